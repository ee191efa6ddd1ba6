"""Which window a moment falls into; days turn over at midnight of Asia/Ho_Chi_Minh."""

from datetime import date, datetime, time, timedelta, timezone
from typing import Final

MINUTE_S: Final = 60
HOUR_S: Final = 3600
DAY_S: Final = 86_400
# Asia/Ho_Chi_Minh has been UTC+7 without daylight saving since 1975; events are from 2000 on.
_HANOI_OFFSET_S: Final = 7 * HOUR_S


def minute_of(time_ms: int) -> int:
    """Give the start of the UTC minute, in seconds since 1970."""
    return time_ms // 60_000 * MINUTE_S


def hour_of(time_ms: int) -> int:
    """Give the start of the UTC hour, in seconds since 1970."""
    return time_ms // 3_600_000 * HOUR_S


def local_day_of(time_ms: int) -> int:
    """Give the local calendar day, in days since 1970-01-01."""
    return (time_ms // 1000 + _HANOI_OFFSET_S) // DAY_S


def local_ms_of(time_ms: int) -> int:
    """Give the milliseconds between the local midnight of 1970-01-01 and a moment."""
    return time_ms + _HANOI_OFFSET_S * 1000


def local_midnight(day: date) -> datetime:
    """Give the moment at which a local day begins."""
    return datetime.combine(day, time(), timezone(timedelta(seconds=_HANOI_OFFSET_S)))
