"""State timelines: runs of one value, where they lie, and their words."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from streams.wall.board import Panel
from streams.wall.colors import css_color, ink_on
from streams.wall.frames import Column, Frame
from streams.wall.panels.drawing import Picture
from streams.wall.panels.registry import draw
from streams.wall.panels.strip import runs
from streams.wall.panels.ticks import ticks
from streams.wall.timerange import TimeRange

HANOI = ZoneInfo("Asia/Ho_Chi_Minh")
# Noon to four in the afternoon in Hanoi.
NOON = datetime(2024, 1, 1, 5, tzinfo=UTC)
SPAN = TimeRange(NOON, NOON + timedelta(hours=4))
STATES = {
    "type": "value",
    "options": {
        "2": {"text": "Đóng", "color": "red"},
        "4": {"text": "Mở", "color": "green"},
    },
}


def hour(number: int) -> int:
    """Give a moment of the afternoon in milliseconds."""
    return int((NOON + timedelta(hours=number)).timestamp() * 1000)


def drawn(*rows: tuple[int, str, int], **options: Any) -> str:
    """Draw (hour, gate, state) as a state timeline."""
    times, gates, states = zip(*rows, strict=True)
    frame = Frame(
        (
            Column("time", "time", tuple(map(hour, times))),
            Column("gate", "string", gates),
            Column("state", "number", states),
        )
    )
    model = {
        "id": 3,
        "type": "state-timeline",
        "gridPos": {"x": 0, "y": 0, "w": 12, "h": 8},
        "fieldConfig": {"defaults": {"mappings": [STATES]}},
        "options": options,
    }
    return draw(Picture(Panel.model_validate(model), (frame,), SPAN, HANOI)).html


def segments(html: str) -> list[tuple[str, str, str]]:
    """Give left end, width and word of each segment."""
    return re.findall(r'class="segment" style="left:([\d.]+)%;width:([\d.]+)%;[^"]*" title="([^"]*)"', html)


def test_equal_neighbours_are_one_segment_and_the_last_lasts_until_now() -> None:
    """Closed for an hour, then open for three."""
    html = drawn((0, "a", 2), (1, "a", 4), (2, "a", 4))

    assert [("0.0", "25.0", "Đóng"), ("25.0", "75.0", "Mở")] == segments(html)


def test_each_series_has_a_strip_and_a_gap_where_nothing_was_said() -> None:
    """What one gate says at a moment says nothing of another."""
    html = drawn((0, "a", 4), (1, "a", 4), (1, "b", 2))

    assert [("0.0", "100.0", "Mở"), ("25.0", "75.0", "Đóng")] == segments(html)
    assert 2 == html.count('class="strip"')


def test_values_are_not_joined_unless_the_board_says_so() -> None:
    """As in Grafana."""
    assert 2 == len(segments(drawn((0, "a", 4), (2, "a", 4), mergeValues=False)))


def test_colours_are_told_by_words_too() -> None:
    """Each segment has its word, hidden from the eye where there is no room, and the legend has them all."""
    html = drawn((0, "a", 2), (1, "a", 4))

    assert 2 == html.count(">Đóng<")
    assert f"background:{css_color('red')}" in html
    assert 'class="unseen"' in drawn((0, "a", 2), (1, "a", 4), showValue="never")


def test_a_run_ends_where_the_next_begins() -> None:
    """Values that are missing are a run of their own."""
    assert [(0, 2, "x"), (2, 3, None), (3, 9, "x")] == list(
        runs((0, 1, 2, 3), ("x", "x", None, "x"), 9, merge=True)
    )


@pytest.mark.parametrize(
    ("hours", "words"),
    [
        (4, ["12:30", "13:00", "13:30", "14:00", "14:30", "15:00", "15:30"]),
        (12, ["14:00", "16:00", "18:00", "20:00", "22:00"]),
        (72, ["02/01", "12:00", "03/01", "12:00", "04/01"]),
    ],
)
def test_marks_of_time_are_round_in_the_boards_zone(hours: int, words: list[str]) -> None:
    """And none is so near to an end that it would reach over it."""
    found = ticks(TimeRange(NOON, NOON + timedelta(hours=hours)), HANOI)

    assert words == [word for _, word in found]
    assert all(0 < place < 100 for place, _ in found)


@pytest.mark.parametrize(
    "name", ["green", "orange", "dark-red", "#4F5B73", "yellow", "purple", "super-light-blue"]
)
def test_words_on_a_colour_can_be_read(name: str) -> None:
    """The contrast of ink and ground is at least 4.5, as WCAG 2 asks of text."""
    ground = css_color(name)
    dark, light = sorted((_luminance(ground), _luminance(ink_on(ground))))

    assert (light + 0.05) / (dark + 0.05) >= 4.5


def _luminance(code: str) -> float:
    parts = [int(code[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
