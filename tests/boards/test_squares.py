"""Status history: a square for each step, where it lies, and its value."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from streams.wall.board import Panel
from streams.wall.colors import css_color
from streams.wall.frames import Column, Frame
from streams.wall.panels.drawing import Picture
from streams.wall.panels.registry import draw
from streams.wall.timerange import TimeRange

NOON = datetime(2024, 1, 1, 5, tzinfo=UTC)
SPAN = TimeRange(NOON, NOON + timedelta(hours=4))
SHARES = {
    "mode": "absolute",
    "steps": [{"color": "dark-red", "value": None}, {"color": "green", "value": 90}],
}


def drawn(*rows: tuple[float, str, float], **options: Any) -> str:
    """Draw (hour, lane, percent) as a status history."""
    hours, lanes, shares = zip(*rows, strict=True)
    moments = tuple(int((NOON + timedelta(hours=hour)).timestamp() * 1000) for hour in hours)
    frame = Frame(
        (Column("time", "time", moments), Column("lane", "string", lanes), Column("x", "number", shares))
    )
    model = {
        "id": 3,
        "type": "status-history",
        "gridPos": {"x": 0, "y": 0, "w": 12, "h": 8},
        "fieldConfig": {"defaults": {"thresholds": SHARES}},
        "options": options,
    }
    return draw(Picture(Panel.model_validate(model), (frame,), SPAN, ZoneInfo("Asia/Ho_Chi_Minh"))).html


def squares(html: str) -> list[tuple[str, str, str]]:
    """Give left end, width and word of each square."""
    return re.findall(r'class="segment" style="left:([\d.]+)%;width:([\d.]+)%;[^"]*" title="([^"]*)"', html)


def test_a_value_is_a_square_of_one_step() -> None:
    """Neighbours of one value are not joined, and a step without a value is empty."""
    html = drawn((0, "a", 95), (1, "a", 95), (3, "a", 40), colWidth=1)

    assert [("0.0", "25.0", "95"), ("25.0", "25.0", "95"), ("75.0", "25.0", "40")] == squares(html)
    assert f"background:{css_color('dark-red')}" in html


def test_each_series_has_a_row() -> None:
    """In the order in which they came."""
    html = drawn((0, "a", 95), (0, "b", 40), (1, "a", 95))

    assert ["a", "b"] == re.findall(r'name-\d">([^<]*)<', html)


def test_a_step_that_began_before_is_cut_off() -> None:
    """A bucket may begin before the panel's time does; none reaches over its end."""
    html = drawn((-0.5, "a", 95), (0.5, "a", 40), (3.5, "a", 40), colWidth=1)

    assert [("0.0", "12.5"), ("12.5", "25.0"), ("87.5", "12.5")] == [one[:2] for one in squares(html)]


def test_a_square_says_its_value_where_there_is_room() -> None:
    """A narrow one says it to who cannot see it, and so does one that shall not say it."""
    assert 'class="unseen"' not in drawn((0, "a", 95), (1, "a", 95))
    assert 'class="unseen"' in drawn((0, "a", 95), (0.02, "a", 95))
    assert 'class="unseen"' in drawn((0, "a", 95), (1, "a", 95), showValue="never")
