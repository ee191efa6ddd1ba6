"""Time within a gate's ordinary opening hours.

Between two moments a gate was open for as long as it is open before the later one, less what it is open
before the earlier one; before a moment that is its hours of each whole day, and what of today's are over:

    open_before(t) = days(t) x (closes - opens) + min(max(time of day(t) - opens, 0), closes - opens)

The views use the same formula (`kpi_open_ms` in sql/migrations); a test holds both equal.
"""

from typing import NamedTuple

from streams.core.windows import local_day_of, local_time_of

_MINUTE_MS = 60_000


class OpeningHours(NamedTuple):
    """From when to when a gate is open each local day, in minutes after midnight; 1440 is its end."""

    opens: int
    closes: int


def minutes_of(clock_time: str) -> int:
    """Read `HH:MM` as minutes after midnight; `24:00` is the end of the day."""
    hours, minutes = clock_time.split(":")
    return int(hours) * 60 + int(minutes)


def open_ms(start_ms: int, end_ms: int, hours: OpeningHours) -> int:
    """Give the milliseconds between two moments at which a gate of these hours is open."""
    return _open_before(end_ms, hours) - _open_before(start_ms, hours)


def _open_before(time_ms: int, hours: OpeningHours) -> int:
    length = (hours.closes - hours.opens) * _MINUTE_MS
    today = local_time_of(time_ms) - hours.opens * _MINUTE_MS
    return local_day_of(time_ms) * length + min(max(today, 0), length)
