"""The plugin's macros, one row of its table each."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from streams.wall.macros import MacroContext, MacroError, expand
from streams.wall.timerange import TimeRange

# 1700000000 and 1700003600.5 in seconds since 1970; the first is already 15 November in Hanoi.
SPAN = TimeRange(
    datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC), datetime(2023, 11, 14, 23, 13, 20, 500_000, tzinfo=UTC)
)
CONTEXT = MacroContext(SPAN, 10_000, ZoneInfo("Asia/Ho_Chi_Minh"), "events", "time")
SECONDS = "toDateTime(1700000000)", "toDateTime(1700003600)"
BOTH = (
    f"(d >= toDate('2023-11-15') AND d <= toDate('2023-11-15')) AND (t >= {SECONDS[0]} AND t <= {SECONDS[1]})"
)
MILLIS = "fromUnixTimestamp64Milli(1700000000000)", "fromUnixTimestamp64Milli(1700003600500)"


@pytest.mark.parametrize(
    ("written", "expanded"),
    [
        ("$__timeFilter(ts)", f"ts >= {SECONDS[0]} AND ts <= {SECONDS[1]}"),
        ("$__timeFilter_ms(ts)", f"ts >= {MILLIS[0]} AND ts <= {MILLIS[1]}"),
        ("$__dateFilter(d)", "d >= toDate('2023-11-15') AND d <= toDate('2023-11-15')"),
        (
            "$__dateTimeFilter(d, t)",
            BOTH,
        ),
        (
            "$__dt(d,t)",
            BOTH,
        ),
        ("$__fromTime - $__toTime", " - ".join(SECONDS)),
        ("$__fromTime_ms - $__toTime_ms", " - ".join(MILLIS)),
        ("$__timeFrom(ts)", f"ts >= {SECONDS[0]}"),
        ("$__timeTo(ts)", f"ts <= {SECONDS[1]}"),
        ("$__timeInterval(ts)", "toStartOfInterval(toDateTime(ts), INTERVAL 10 second)"),
        ("$__timeInterval_ms(ts)", "toStartOfInterval(toDateTime64(ts, 3), INTERVAL 10000 millisecond)"),
        ("$__timeGroup(ts, 5m)", "toStartOfInterval(toDateTime(ts), INTERVAL 300 second)"),
        ("$__timeGroup(ts, 24h)", "toStartOfInterval(toDateTime(ts), INTERVAL 86400 second)"),
        ("$__interval_s $__interval_ms $__interval", "10 10000 10s"),
        ("$__table.$__column", "events.time"),
        ("$__unknown(ts)", "$__unknown(ts)"),
        ("a -- $__timeFilter(ts)\n$__toTime", f"a -- $__timeFilter(ts)\n{SECONDS[1]}"),
        ("/* $__fromTime */ 1", "/* $__fromTime */ 1"),
        ("'-- no comment' $__toTime", f"'-- no comment' {SECONDS[1]}"),
        ("$__timeFilter(f(a, b))", f"f(a, b) >= {SECONDS[0]} AND f(a, b) <= {SECONDS[1]}"),
    ],
)
def test_expands_as_the_plugin(written: str, expanded: str) -> None:
    """A macro becomes exactly what the plugin's backend makes of it."""
    assert expanded == expand(written, CONTEXT)


@pytest.mark.parametrize(
    "written",
    ["$__timeFilter()", "$__timeFilter(a, b)", "$__dt(a)", "$__timeGroup(ts, 1d)", "$__timeGroup(ts, x)"],
)
def test_refuses_wrong_arguments(written: str) -> None:
    """A macro with the wrong arguments is an error in words, not SQL."""
    with pytest.raises(MacroError):
        expand(written, CONTEXT)


def test_an_open_bracket_is_an_error() -> None:
    """A bracket that is never closed is found, not read beyond."""
    with pytest.raises(MacroError, match="bracket"):
        expand("$__timeFilter(ts", CONTEXT)
