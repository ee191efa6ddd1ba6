"""Drawings: what the panel types make of frames."""

import json
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from streams.wall.board import Panel, Span
from streams.wall.choice import Choice
from streams.wall.frames import Column, Frame
from streams.wall.panels.axis import nice_axis
from streams.wall.panels.drawing import Drawing, Picture
from streams.wall.panels.gauge import arc
from streams.wall.panels.registry import draw
from streams.wall.panels.stat import sparkline
from streams.wall.timerange import TimeRange

SPAN = TimeRange(datetime(2024, 1, 1, tzinfo=UTC), datetime(2024, 1, 2, tzinfo=UTC))
GATES = Frame((Column("gate", "string", ("kim-thanh", "<b>x</b>")), Column("value", "number", (6.36, 2))))
SERIES = Frame(
    (
        Column("time", "time", (1704067200000, 1704070800000)),
        Column("p50", "number", (1.5, 2.5)),
        Column("p90", "number", (3, None)),
    )
)


def drawn(kind: str, *frames: Frame, **panel: Any) -> Drawing:
    """Draw a panel of a type."""
    model = {"id": 7, "type": kind, "gridPos": {"x": 0, "y": 0, "w": 6, "h": 8}, **panel}
    return draw(Picture(Panel.model_validate(model), frames, SPAN, ZoneInfo("Asia/Ho_Chi_Minh")))


@pytest.mark.parametrize("kind", ["stat", "gauge", "bargauge"])
def test_each_row_is_a_value_with_its_name(kind: str) -> None:
    """With `values`, each row is drawn, named by its words, with stable ids, and escaped."""
    html = drawn(kind, GATES, options={"reduceOptions": {"values": True}}).html

    assert 'data-testid="panel-7-value"' in html
    assert 'data-testid="panel-7-value-1"' in html
    assert "kim-thanh" in html
    assert "6,36" in html
    assert "<b>" not in html


@pytest.mark.parametrize("kind", ["stat", "gauge", "bargauge", "timeseries", "table", "state-timeline"])
def test_no_result_shows_no_value(kind: str) -> None:
    """Without a frame a panel says so; it never shows a zero."""
    assert "Chưa có" in drawn(kind, fieldConfig={"defaults": {"noValue": "Chưa có"}}).html


def test_a_series_is_reduced_to_its_last_value() -> None:
    """Without `values`, each number field is one value, the last that there is."""
    html = drawn("stat", SERIES).html

    assert "2,5" in html
    assert ">3<" in html


def test_a_stat_of_a_series_has_a_sparkline() -> None:
    """The series behind a value is drawn behind it, unless the board says otherwise."""
    assert "<path" in drawn("stat", SERIES).html
    assert "<path" not in drawn("stat", SERIES, options={"graphMode": "none"}).html


def test_a_pattern_chooses_fields() -> None:
    """`fields` takes the fields whose names match, words too."""
    html = drawn("stat", GATES, options={"reduceOptions": {"fields": "/gate/"}}).html

    assert "&lt;b&gt;x&lt;/b&gt;" in html
    assert "6,36" not in html


def test_bars_share_one_scale() -> None:
    """The longest bar is the largest number; the board's minimum is where bars begin."""
    options = {"reduceOptions": {"values": True}}
    html = drawn("bargauge", GATES, options=options, fieldConfig={"defaults": {"min": 0}}).html

    assert "--share:1.0" in html
    assert f"--share:{2 / 6.36:.4f}" in html


def test_a_chart_has_a_series_a_field_in_the_boards_zone() -> None:
    """Moments are moved to the board's zone, for the chart writes them as UTC."""
    chart = drawn("timeseries", SERIES).chart

    assert chart is not None
    assert ["p50", "p90"] == [series["name"] for series in chart["series"]]
    assert [1704067200000 + 7 * 3_600_000, 1.5] == chart["series"][0]["data"][0]


def test_a_chart_writes_its_last_values_as_text() -> None:
    """Who cannot see the chart reads each series' last value."""
    html = drawn("timeseries", SERIES, fieldConfig={"defaults": {"unit": "suffix:phút"}}).html

    assert "2,50 phút" in html
    assert "3 phút" in html


def test_a_charts_points_are_told_as_all_numbers_are() -> None:
    """With unit and a decimal comma; what is missing is a dash."""
    chart = drawn("timeseries", SERIES, fieldConfig={"defaults": {"unit": "suffix:phút"}}).chart

    assert chart is not None
    told = [series["tooltip"][":valueFormatter"] for series in chart["series"]]
    assert json.dumps(["1,50 phút", "2,50 phút"]) in told[0]
    assert json.dumps(["3 phút", "—"]) in told[1]


def test_a_line_that_is_only_expected_tells_where_it_ends() -> None:
    """A dotted line to the chart's end has its last value there, a solid one has it in the legend alone."""
    override = {
        "matcher": {"id": "byName", "options": "p50"},
        "properties": [{"id": "custom.lineStyle", "value": {"fill": "dot"}}],
    }
    expected = drawn("timeseries", SERIES, fieldConfig={"overrides": [override]}).chart
    plain = drawn("timeseries", SERIES).chart

    assert expected is not None
    assert plain is not None
    assert [True, True] == [one["endLabel"]["show"] for one in expected["series"]]
    assert [False, True] == [one["endLabel"]["show"] for one in plain["series"]]


def test_a_chart_draws_threshold_lines() -> None:
    """A threshold is a line where the board asks for one."""
    defaults = {
        "thresholds": {
            "mode": "absolute",
            "steps": [{"color": "green", "value": None}, {"color": "red", "value": 2}],
        },
        "custom": {"thresholdsStyle": {"mode": "dashed"}},
    }
    chart = drawn("timeseries", SERIES, fieldConfig={"defaults": defaults}).chart

    assert chart is not None
    assert [2] == [line["yAxis"] for line in chart["series"][0]["markLine"]["data"]]


def test_a_table_writes_cells() -> None:
    """A table shows every cell of every row, numbers to the right, coloured where the board asks."""
    cell = {"id": "custom.cellOptions", "value": {"type": "color-background"}}
    html = drawn(
        "table",
        GATES,
        fieldConfig={
            "defaults": {"unit": "suffix:xe"},
            "overrides": [{"matcher": {"id": "byName", "options": "value"}, "properties": [cell]}],
        },
    ).html

    assert '<td class="right filled"' in html
    assert "6,36 xe" in html
    assert "<b>" not in html


def test_a_cell_leads_to_what_it_names_and_keeps_what_is_chosen() -> None:
    """The time of the board, too."""
    link = {"title": "", "url": "/d/b?var-gate=${__value.raw}&${__url_time_range}"}
    override = {
        "matcher": {"id": "byName", "options": "gate"},
        "properties": [{"id": "links", "value": [link]}],
    }
    model = {"id": 7, "type": "table", "gridPos": {"x": 0, "y": 0, "w": 6, "h": 8}}
    panel = Panel.model_validate({**model, "fieldConfig": {"overrides": [override]}})
    choice = Choice(span=Span(start="now-7d", end="now"))
    html = draw(Picture(panel, (GATES,), SPAN, ZoneInfo("Asia/Ho_Chi_Minh"), choice=choice)).html

    assert 'href="/d/b?var-gate=kim-thanh&amp;from=now-7d&amp;to=now"' in html


def test_an_unknown_type_says_so() -> None:
    """A panel type that the wall does not draw is named, not left blank."""
    assert "geomap" in drawn("geomap", GATES).html


@pytest.mark.parametrize(
    ("low", "high", "ticks"),
    [
        (0, 100, [0, 20, 40, 60, 80, 100]),
        (0, 3.4, [0, 1, 2, 3, 4]),
        (0, 0, [0, 0.2, 0.4, 0.6, 0.8, 1]),
        (-3, 7, [-4, -2, 0, 2, 4, 6, 8]),
    ],
)
def test_axes_are_round(low: float, high: float, ticks: list[float]) -> None:
    """An axis covers its numbers in round steps."""
    assert pytest.approx(ticks) == nice_axis(low, high).ticks


def test_an_empty_arc_is_nothing() -> None:
    """A gauge at zero draws no arc, and a full one draws the whole dial."""
    assert arc(0, 0, 80) == ""
    assert arc(0, 1, 80).startswith("M")


def test_a_flat_series_has_a_flat_sparkline() -> None:
    """A series that does not move is a line, not an error."""
    assert "M0.0 94.0 L100.0 94.0" == sparkline((5, 5))
