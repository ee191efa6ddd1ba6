"""Every query of every board, on the real engine over the real views."""

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from streams import clock, vocabulary
from streams.annotations import GATE_CLOSURE, KINDS
from streams.clickhouse_client import reader, writer
from streams.explain.request import Request
from streams.grafana.marks import marks_of
from streams.registry import load_registry
from streams.resources import resource
from streams.settings import Settings
from streams.wall.board import Board, Panel, Span, read_boards
from streams.wall.choice import SPANS, Choice
from streams.wall.feed import BoardFeed
from streams.wall.frames import to_wide
from streams.wall.macros import MacroContext, expand
from streams.wall.opened import page
from streams.wall.source import ClickHouseSource, QueryError
from streams.wall.tiles import TILES
from streams.wall.timerange import TimeRange, interval_ms
from streams.wall.variables import Chosen, choose, interpolate
from tests.migrated import migrated_clickhouse
from tests.seeded import seed
from tests.worlds import ring, seed_world

pytestmark = pytest.mark.integration

BOARDS = read_boards(resource("grafana/boards"))
REGISTRY = load_registry()
# What only machines should have to read.
PLACES = [*REGISTRY.gate_by_slug, *REGISTRY.plant_by_slug, *(zone.slug for zone in REGISTRY.zones)]
SLUGS = [*PLACES, *vocabulary.REGIMES, *vocabulary.REASONS, "no_data", "outbound"]
_PROBLEM = re.compile(r'role="alert">([^<]*)<')
DESKS = [board for board in BOARDS if board.variables]
PANELS = [
    pytest.param(board, panel, id=f"{board.uid}-{panel.id}")
    for board in BOARDS
    for panel in board.panels
    if panel.targets
]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """Run an engine over the last two days of the simulated world."""
    with migrated_clickhouse(tmp_path_factory.mktemp("world")) as settings:
        seed_world(settings)
        yield settings


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """Run an engine over a seeded year."""
    with migrated_clickhouse(tmp_path_factory.mktemp("boards")) as settings:
        seed(settings)
        yield settings


async def chosen_of(source: ClickHouseSource, board: Board, *, first: bool = False) -> dict[str, Chosen]:
    """Ask what can be chosen of each variable, and choose all, or the first."""
    context = MacroContext(board.time.at(clock.now(), board.zone), 0, board.zone)
    chosen: dict[str, Chosen] = {}
    for one in board.variables:
        frame = await source.query(expand(interpolate(one.query, chosen), context), board.zone)
        values = [str(value) for value in frame.columns[0].values]
        chosen[one.name] = choose(one, frame, values[:1] if first else ())
    return chosen


@pytest.mark.parametrize(("board", "panel"), PANELS)
async def test_a_panels_query_gives_what_the_panel_draws(world: Settings, board: Board, panel: Panel) -> None:
    """With the macros expanded the query runs within the wall's patience, and gives what the panel names."""
    source, span = ClickHouseSource(world), board.span_of(panel, clock.now())
    interval = interval_ms(span, panel.max_data_points or 1000, panel.interval)
    try:
        for target in panel.targets:
            chosen = await chosen_of(source, board)
            sql = expand(interpolate(target.raw_sql, chosen), MacroContext(span, interval, board.zone))
            frame = await source.query(sql, board.zone)
            assert frame.length > 0
            if target.format == "time_series":
                assert "time" == frame.columns[0].kind
                assert to_wide(frame).length > 0
            assert _named(panel) <= {column.name for column in frame.columns}
    finally:
        await source.close()


def _named(panel: Panel) -> set[str]:
    """Give the fields that a panel has a rule for."""
    return {rule.matcher.options for rule in panel.field_config.overrides if rule.matcher.id == "byName"}


@pytest.mark.parametrize("board", DESKS, ids=[board.uid for board in DESKS])
async def test_what_can_be_chosen_has_a_name_and_is_in_every_query(world: Settings, board: Board) -> None:
    """Each variable offers something by a name that is no slug; with the first of each every query runs."""
    source = ClickHouseSource(world)
    chosen = await chosen_of(source, board, first=True)
    choice = Choice(tuple((name, one.values) for name, one in chosen.items()))
    feed = BoardFeed(board, source, choice)
    await feed.refresh()
    await source.close()

    assert all(one.options for one in chosen.values())
    assert [] == [text for one in chosen.values() for value, text in one.options if text == value]
    assert chosen == feed.chosen
    assert {} == {panel: state.problem for panel, state in feed.states.items() if state.problem}


@pytest.mark.parametrize("span", SPANS)
@pytest.mark.parametrize("board", DESKS, ids=[board.uid for board in DESKS])
async def test_a_desk_shows_every_time_that_it_offers(world: Settings, board: Board, span: str) -> None:
    """An hour or a year: no query fails or takes longer than the wall waits."""
    source = ClickHouseSource(world)
    feed = BoardFeed(board, source, Choice(span=SPANS[span]))
    await feed.refresh()
    await source.close()

    assert {} == {panel: state.problem for panel, state in feed.states.items() if state.problem}
    assert feed.states.keys() == {panel for panel, state in feed.states.items() if state.drawing}


async def test_a_board_shows_the_seeded_year(engine: Settings) -> None:
    """Gauges, sums, the queue and the zone show what is in the tables, and no panel has a problem."""
    source = ClickHouseSource(engine)
    feed = BoardFeed(next(board for board in BOARDS if board.uid == "tong-quan"), source)
    await feed.refresh()
    await source.close()

    assert {} == {panel: state.problem for panel, state in feed.states.items() if state.problem}
    shown = " ".join(state.drawing.html for state in feed.states.values() if state.drawing)
    for expected in ("mục tiêu 5 tỷ USD", "mục tiêu trên 51.100 tỷ đồng", "20,00", "1,00000", "10.220,0"):
        assert expected in shown
    for expected in (
        "Kim Thành · 2 giờ 30 · 1 xe &gt; 2 giờ",
        "KCN Tằng Loỏng",
        "7,0",
        "DỮ LIỆU MÔ PHỎNG",
    ):
        assert expected in shown
    assert feed.status.simulated
    assert feed.status.last_event_at is not None


@pytest.mark.parametrize("board", BOARDS, ids=[board.uid for board in BOARDS])
async def test_every_board_is_drawn(world: Settings, board: Board) -> None:
    """No panel has a problem, none is empty, and no slug of a place or a word of a view is left as it is."""
    source = ClickHouseSource(world)
    feed = BoardFeed(board, source)
    await feed.refresh()
    await source.close()
    shown = {panel: state.drawing.html for panel, state in feed.states.items() if state.drawing}

    assert {} == {panel: state.problem for panel, state in feed.states.items() if state.problem}
    assert feed.states.keys() == shown.keys()
    if board.uid != "dinh-nghia":
        words = " ".join(re.sub(r"<[^>]*>", " ", html) for html in shown.values())
        assert set() == {slug for slug in SLUGS if re.search(rf"\b{slug}\b", words)}


def test_the_plan_lines_reach_to_this_moment(engine: Settings) -> None:
    """The point of now has the plan of now, as `progress` has it, not that of the last midnight."""
    lines = resource("sql/queries/tong-quan/duong-nam.sql").read_text(encoding="utf-8")
    with reader(engine) as client:
        client.database = engine.database
        now = client.query(
            f"SELECT * FROM ({lines}) WHERE time <= now() ORDER BY time DESC LIMIT 1"
        ).result_rows[0]
        planned = client.query(
            "SELECT planned_minor / target_minor * 100 FROM progress"
            " WHERE scope = 'lao-cai' ORDER BY indicator DESC"
        ).result_columns[0]

    assert pytest.approx(planned, rel=1e-4) == now[3:5]


def test_what_is_behind_a_panel_can_be_read(engine: Settings) -> None:
    """Its page has the words of the panel and its numbers: two vehicles wait."""
    board = next(board for board in BOARDS if board.uid == "tong-quan")
    panel = next(panel for panel in board.panels if panel.title == "Xe đang chờ · chờ lâu nhất")
    shown = page(engine, board, panel)

    assert panel.title in shown
    assert "2 xe" in shown
    assert 'data-testid="number-1"' in shown
    assert "ClickHouse refused" not in shown


def _opening_all() -> Iterator[Any]:
    """Give panels that together open every number that any panel opens, each number once."""
    opened: list[Request] = []
    for board in BOARDS:
        for panel in board.panels:
            requests = TILES.get(board.uid, {}).get(panel.title, ())
            if any(request not in opened for request in requests):
                opened += requests
                yield pytest.param(board, panel, id=f"{board.uid}-{panel.id}")


@pytest.mark.parametrize(("board", "panel"), _opening_all())
def test_every_number_can_be_opened(world: Settings, board: Board, panel: Panel) -> None:
    """Each page has what is behind its numbers; only of stops there may be none."""
    problems = _PROBLEM.findall(page(world, board, panel))

    assert [] == [text for text in problems if not text.startswith("stops has no row there")]


async def test_a_refused_query_keeps_clickhouses_words(engine: Settings) -> None:
    """What ClickHouse says of a bad query reaches the panel."""
    source = ClickHouseSource(engine)
    with pytest.raises(QueryError, match="no_such_column"):
        await source.query("SELECT no_such_column FROM progress", BOARDS[0].zone)
    await source.close()


async def test_boards_show_alerts_that_are_open_and_those_that_are_over(world: Settings) -> None:
    """On the wall the gravest first, then what was over last; on the desk all, with who was told."""
    ring(world, clock.now())
    source = ClickHouseSource(world)
    shown = {}
    for uid in ("canh-bao", "chi-tiet-du-lieu"):
        board = next(one for one in BOARDS if one.uid == uid)
        feed = BoardFeed(board, source, Choice(span=Span(start="now-7d")))
        await feed.refresh()
        [panel] = [one.id for one in board.panels if one.title.startswith("Cảnh báo")]
        drawing = feed.states[panel].drawing
        assert drawing is not None
        shown[uid] = re.sub(r"(<[^>]*>|\s)+", " ", drawing.html)
    await source.close()

    wall = [
        shown["canh-bao"].index(words)
        for words in ("■ nghiêm trọng Nhiều xe", "◆ cảnh báo Tờ khai", "○ đã đổi")
    ]
    assert wall == sorted(wall)
    assert "từ mở sang đóng" in shown["canh-bao"]
    for words in ("◆ đang mở 30 phút 0", "○ đã hết 1 giờ 0", "○ đã đổi"):
        assert words in shown["chi-tiet-du-lieu"]


@pytest.mark.parametrize("kind", KINDS)
def test_what_happened_is_read_for_annotations(world: Settings, kind: str) -> None:
    """Each mark lies in the span that was asked for, has a name that is no slug, and is like no other."""
    span = TimeRange(clock.now() - timedelta(days=7), clock.now())
    _put_alert_and_replay(world)
    with reader(world) as client:
        client.database = world.database
        marks = marks_of(kind, client, REGISTRY, span)

    assert len(marks) == len({mark.key for mark in marks})
    assert all(mark.begins <= span.end and (mark.ends is None or mark.ends >= span.start) for mark in marks)
    assert [] == [mark.text for mark in marks for slug in SLUGS if re.search(rf"\b{slug}\b", mark.text)]
    assert marks or kind == GATE_CLOSURE


def _put_alert_and_replay(world: Settings) -> None:
    """Let a queue have been told of three hours ago, and the boards have been switched to a replay since."""
    then = clock.now() - timedelta(hours=3)
    told = {"alert_id": "a", "rule": "waiting", "scope": "x", "place": "Kim Thành", "severity": "warning"}
    with writer(world, world.database) as client:
        for table, row in (
            ("alerts", {**told, "fired_at": then, "title_vi": "Nhiều xe chờ", "revision": 1}),
            ("replay_actions", {"at": then, "who": "me", "action": "promote", "run": "may"}),
        ):
            client.insert(table, [list(row.values())], column_names=list(row))
