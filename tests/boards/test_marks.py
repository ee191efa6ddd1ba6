"""What happened, on the wall's charts: when it is asked for, where it lies, what the legend says of it."""

import asyncio
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from streams.annotations import ABOUT_GATES, ALERT, PLANT_STOP, Mark, meant_by, tags_of
from streams.errors import KpiError
from streams.registry import load_registry
from streams.wall.board import Board, Panel
from streams.wall.feed import BoardFeed
from streams.wall.frames import Column, Frame, Value
from streams.wall.panels.drawing import Drawing, Marks, Picture
from streams.wall.panels.registry import draw
from streams.wall.timerange import TimeRange

NOON = datetime(2024, 1, 1, 5, tzinfo=UTC)
HOUR = timedelta(hours=1)
HANOI_MS = 7 * 3_600_000
PLACE = {"x": 0, "y": 0, "w": 12, "h": 8}


def ms(moment: datetime) -> int:
    """Give a moment as a chart has it: Hanoi's time, written as UTC."""
    return int(moment.timestamp() * 1000) + HANOI_MS


def drawn(*marks: Mark) -> Drawing:
    """Draw four hours from noon on with these marks."""
    times = tuple(int((NOON + n * HOUR).timestamp() * 1000) for n in range(5))
    frame = Frame((Column("time", "time", times), Column("n", "number", (1, 2, 3, 4, 5))))
    panel = Panel.model_validate({"id": 1, "type": "timeseries", "gridPos": PLACE})
    span = TimeRange(NOON, NOON + 4 * HOUR)
    stops = Marks("Dừng máy", "red", marks)
    return draw(Picture(panel, (frame,), span, ZoneInfo("Asia/Ho_Chi_Minh"), (stops,)))


def stop(begins: float, ends: float | None) -> Mark:
    """Give a stop from one hour after noon to another."""
    over = None if ends is None else NOON + ends * HOUR
    return Mark(f"{begins}", NOON + begins * HOUR, over, "Dừng máy DAP 2")


def first_series(drawing: Drawing) -> dict[str, Any]:
    """Give what ECharts draws marks with."""
    assert drawing.chart is not None
    found: dict[str, Any] = drawing.chart["series"][0]
    return found


def test_what_took_time_is_shaded_between_two_lines() -> None:
    """From where it began to where it ended."""
    series = first_series(drawn(stop(1, 2)))

    ((left, right),) = series["markArea"]["data"]
    assert [ms(NOON + HOUR), ms(NOON + 2 * HOUR)] == [left["xAxis"], right["xAxis"]]
    assert [left["xAxis"], right["xAxis"]] == [line["xAxis"] for line in series["markLine"]["data"]]


def test_what_reaches_beyond_the_chart_is_cut_off() -> None:
    """What began before and goes on is shaded from end to end, without a line at either."""
    series = first_series(drawn(stop(-3, None)))

    ((left, right),) = series["markArea"]["data"]
    assert [ms(NOON), ms(NOON + 4 * HOUR)] == [left["xAxis"], right["xAxis"]]
    assert series["markLine"] is None


def test_what_happened_at_once_is_shaded_once() -> None:
    """Two that overlap are one shade between three lines and the end; another one has its own."""
    series = first_series(drawn(stop(0.5, 1.5), stop(1, 2), stop(3, None)))

    spans = [(left["xAxis"], right["xAxis"]) for left, right in series["markArea"]["data"]]
    assert [
        (ms(NOON + 0.5 * HOUR), ms(NOON + 2 * HOUR)), (ms(NOON + 3 * HOUR), ms(NOON + 4 * HOUR)),
    ] == spans  # fmt: skip
    assert 5 == len(series["markLine"]["data"])


def test_a_moment_is_one_line() -> None:
    """Nothing is shaded where nothing took time."""
    series = first_series(drawn(stop(1, 1)))

    assert series["markArea"] is None
    assert [ms(NOON + HOUR)] == [line["xAxis"] for line in series["markLine"]["data"]]


def test_what_the_chart_does_not_show_is_not_marked() -> None:
    """Neither on the chart nor in its legend."""
    drawing = drawn(stop(-3, -2), stop(5, None))

    assert (None, None) == (first_series(drawing)["markArea"], first_series(drawing)["markLine"])
    assert "Dừng máy" not in drawing.html


def test_the_legend_says_it_without_colour() -> None:
    """How many of each kind, and for who cannot see the chart what and when, in Hanoi's time."""
    html = drawn(stop(1, 2), stop(3, None)).html

    assert "Dừng máy (2)" in html
    assert "13:00 01/01 đến 14:00 01/01: Dừng máy DAP 2; 15:00 01/01: Dừng máy DAP 2" in html


class StopSource:
    """Answers what happened with one stop, everything else with a number; refuses the former on demand."""

    def __init__(self) -> None:
        """Start well."""
        self.asked = 0
        self.numbers_asked = 0
        self.trouble: Exception | None = None
        self.waits_for: asyncio.Event | None = None

    async def query(self, sql: str, zone: tzinfo, ref_id: str = "A") -> Frame:  # noqa: ARG002 - the protocol
        """Answer."""
        now = int(datetime.now(UTC).timestamp() * 1000)
        if "FROM stops" not in sql:
            self.numbers_asked += sql == "SELECT 1"
            return Frame((Column("time", "time", (now - 1000,)), Column("n", "number", (1,))))
        self.asked += 1
        if self.waits_for:
            await self.waits_for.wait()
        if self.trouble:
            raise self.trouble
        cells: dict[str, Value] = {
            "subject": "dap-2-tang-loong/dap-1",
            "begins": now - 1000,
            "ends": None,
            "why": "power",
        }
        return Frame(tuple(Column(name, "string", (cell,)) for name, cell in cells.items()))


def feed_over(source: StopSource) -> BoardFeed:
    """Make the feed of a board of two charts that marks stops."""
    chart = {"type": "timeseries", "gridPos": PLACE, "targets": [{"rawSql": "SELECT 1"}]}
    shown = {"name": "Dừng máy", "iconColor": "red", "target": {"tags": tags_of(PLANT_STOP)}}
    body = {"uid": "b", "title": "B", "annotations": {"list": [shown]}}
    model = {**body, "panels": [{"id": 1, **chart}, {"id": 2, **chart}]}
    return BoardFeed(Board.model_validate(model), source, registry=load_registry())


async def test_marks_are_asked_once_for_all_charts_and_not_with_every_refresh() -> None:
    """Two charts marked at once, two refreshes, one question; no chart asks for its numbers a second time."""
    source = StopSource()
    feed = feed_over(source)
    await feed.refresh()
    shown = [state.drawing.html for state in feed.states.values() if state.drawing]
    assert 2 == source.numbers_asked
    await feed.refresh()

    assert 1 == source.asked
    assert [True, True] == ["Dừng máy (1)" in html and "mất điện" in html.lower() for html in shown]


class AlertSource(StopSource):
    """Answers what rang with an alert at a gate and one about the data."""

    async def query(self, sql: str, zone: tzinfo, ref_id: str = "A") -> Frame:
        """Answer."""
        if "FROM alerts" not in sql:
            return await super().query(sql, zone, ref_id)
        now = int(datetime.now(UTC).timestamp() * 1000)
        cells: dict[str, tuple[Value, ...]] = {
            "subject": ("waiting/kim-thanh", "match-rate/lao-cai"),
            "begins": (now - 1000, now - 2000),
            "ends": (None, None),
            "why": ("Nhiều xe · Kim Thành", "Không khớp · Lào Cai"),
            "kpi": ("waiting_vehicles", "match_rate_60"),
        }
        return Frame(tuple(Column(name, "string", values) for name, values in cells.items()))


async def test_alerts_are_marked_where_they_concern_a_chart() -> None:
    """Of those that rang a board shows those about its gates, on the charts that it names."""
    shown = {"name": "Cảnh báo", "target": {"tags": tags_of(ALERT, ABOUT_GATES)}}
    body = {"uid": "b", "title": "B", "annotations": {"list": [{**shown, "filter": {"ids": [2]}}]}}
    chart = {"type": "timeseries", "gridPos": PLACE, "targets": [{"rawSql": "SELECT 1"}]}
    model = {**body, "panels": [{"id": 1, **chart}, {"id": 2, **chart}]}
    feed = BoardFeed(Board.model_validate(model), AlertSource(), registry=load_registry())
    await feed.refresh()

    other, chosen = (feed.states[panel].drawing for panel in (1, 2))
    assert other is not None
    assert chosen is not None
    assert "Cảnh báo" not in other.html
    assert "Cảnh báo (1)" in chosen.html
    assert "Nhiều xe · Kim Thành" in chosen.html


@pytest.mark.parametrize(
    ("tags", "meant"),
    [
        (["kpi", "alert"], (ALERT, "")),
        (["kpi", "alert", "gates"], (ALERT, ABOUT_GATES)),
        (["kpi", "alert", "gates", "plants"], None),
        (["kpi", "weather"], None),
        (["alert"], None),
        ([], None),
    ],
)
def test_tags_say_which_annotations_are_meant(tags: list[str], meant: tuple[str, str] | None) -> None:
    """A kind, and what it is about if that is named; tags of others mean none of ours."""
    assert meant == meant_by(tags)


@pytest.mark.parametrize("trouble", [KpiError("Code: 60. unknown table"), RuntimeError("odd")])
async def test_charts_are_drawn_where_marks_are_refused(trouble: Exception) -> None:
    """Numbers matter more than what is marked beside them; what failed is not asked with every refresh."""
    source = StopSource()
    source.trouble = trouble
    feed = feed_over(source)
    await feed.refresh()
    await feed.refresh()

    assert ["", ""] == [state.problem for state in feed.states.values()]
    assert all(state.drawing for state in feed.states.values())
    assert 1 == source.asked


async def test_charts_do_not_wait_for_marks() -> None:
    """They are drawn while what happened is still looked for."""
    source = StopSource()
    source.waits_for = asyncio.Event()
    feed = feed_over(source)
    refresh = asyncio.create_task(feed.refresh())
    for _ in range(20):
        await asyncio.sleep(0)
    drawn_before = [state.drawing for state in feed.states.values()]
    source.waits_for.set()
    await refresh

    assert all(drawn_before)
    assert 1 == source.asked
