"""Time within a gate's ordinary opening hours.

Between two moments a gate was open for as long as it is open before the later one, less what it is open
before the earlier one. Its days begin when it opens, and are open for `length`, also over midnight:

    open_before(t) = days(t - opens) x length + min(time of day(t - opens), length)

The views use the same formula (`kpi_open_ms` in sql/migrations); a test holds both equal.
"""

from typing import Final, NamedTuple

from streams.core.windows import local_ms_of

_MINUTE_MS: Final = 60_000
_DAY_MINUTES: Final = 1440


class OpeningHours(NamedTuple):
    """From when to when a gate is open each local day, in minutes after midnight; 1440 is the day's end."""

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
    length = hours.closes - hours.opens + (0 if hours.closes > hours.opens else _DAY_MINUTES)
    days, today = divmod(local_ms_of(time_ms) - hours.opens * _MINUTE_MS, _DAY_MINUTES * _MINUTE_MS)
    return days * length * _MINUTE_MS + min(today, length * _MINUTE_MS)
