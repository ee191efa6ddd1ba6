"""Time ranges as boards write them."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from streams.wall.timerange import TimeRange, interval_ms, parse_duration, parse_moment

HANOI = ZoneInfo("Asia/Ho_Chi_Minh")
# 23:30 in Hanoi on 31 March: the day, month and year there count.
NOW = datetime(2024, 3, 31, 16, 30, 15, 250_000, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "up", "expected"),
    [
        ("now", False, "2024-03-31T23:30:15.250000+07:00"),
        ("now-24h", False, "2024-03-30T23:30:15.250000+07:00"),
        ("now/d", False, "2024-03-31T00:00:00+07:00"),
        ("now/d", True, "2024-03-31T23:59:59.999000+07:00"),
        ("now/y", False, "2024-01-01T00:00:00+07:00"),
        ("now/y", True, "2024-12-31T23:59:59.999000+07:00"),
        ("now-1y/y", False, "2023-01-01T00:00:00+07:00"),
        ("now-1M", False, "2024-02-29T23:30:15.250000+07:00"),
        ("now-1Q/Q", False, "2023-10-01T00:00:00+07:00"),
        ("now/w", False, "2024-03-25T00:00:00+07:00"),
        ("now/h", False, "2024-03-31T23:00:00+07:00"),
        ("now/m", False, "2024-03-31T23:30:00+07:00"),
        ("now+1d", False, "2024-04-01T23:30:15.250000+07:00"),
        ("2024-02-01 00:00:00", False, "2024-02-01T00:00:00+07:00"),
        ("2024-02-01T00:00:00+00:00", False, "2024-02-01T00:00:00+00:00"),
    ],
)
def test_reads_moments(text: str, up: bool, expected: str) -> None:
    """A moment is counted and rounded in the board's zone."""
    assert datetime.fromisoformat(expected) == parse_moment(text, NOW, HANOI, round_up=up)


@pytest.mark.parametrize("text", ["now-", "now-1x", "yesterday", "now/"])
def test_refuses_what_is_no_moment(text: str) -> None:
    """A text that is no moment is an error, never a guess."""
    with pytest.raises(ValueError, match=r".+"):
        parse_moment(text, NOW, HANOI)


@pytest.mark.parametrize(
    ("text", "seconds"), [("10s", 10), ("1m30s", 90), ("24h", 86_400), ("7d", 604_800), ("500ms", 0.5)]
)
def test_reads_lengths(text: str, seconds: float) -> None:
    """A length is read in all its units."""
    assert seconds == parse_duration(text)


def test_refuses_what_is_no_length() -> None:
    """A text that is no length is an error."""
    with pytest.raises(ValueError, match="ten"):
        parse_duration("ten seconds")


@pytest.mark.parametrize(
    ("hours", "points", "minimum", "expected"),
    [
        (24, 300, "10s", 300_000),
        (24, 300, "15m", 900_000),
        (1, 1000, None, 5_000),
        (1, 1000, "10s", 10_000),
        (24 * 366, 300, "10s", 86_400_000),
    ],
)
def test_rounds_intervals_as_grafana(hours: int, points: int, minimum: str | None, expected: int) -> None:
    """An interval is the range over the points, rounded to a round number, at least the minimum."""
    span = TimeRange(datetime(2024, 1, 1, tzinfo=UTC), datetime.fromtimestamp(1704067200 + hours * 3600, UTC))
    assert expected == interval_ms(span, points, minimum)
