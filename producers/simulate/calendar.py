"""Local days and how busy they are: weekday, Tết, and the gates' hours."""

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Final

from holidays import country_holidays

from streams.clock import HANOI

MINUTE_MS: Final = 60_000
HOUR_MS: Final = 60 * MINUTE_MS
DAY_MS: Final = 24 * HOUR_MS

# Monday first (assumption, domain.md 4.1).
WEEKDAY_FACTOR: Final = (1.02, 1.05, 1.05, 1.04, 1.05, 0.98, 0.81)
# First and last day relative to the new year's day, and the factor (assumption, domain.md 4.1).
TET_FACTORS: Final = ((-7, -2, 1.30), (-1, 3, 0.15), (4, 7, 0.60))
# The year whose months are published; other years have its months, moved as Tết moves.
BASE_YEAR: Final = 2023


@lru_cache(maxsize=128)
def tet(year: int) -> date:
    """Give the new year's day of the Vietnamese lunar calendar, which is that of UTC+7."""
    vietnam = country_holidays("VN", years=year, observed=False, language="vi")
    return vietnam.get_named("Tết Nguyên Đán", lookup="exact")[0]


def local_day(at_ms: int) -> date:
    """Give the Hanoi day of a moment."""
    return datetime.fromtimestamp(at_ms / 1000, tz=HANOI).date()


@lru_cache(maxsize=1024)
def day_start_ms(day: date) -> int:
    """Give the moment at which a Hanoi day starts."""
    return int(datetime(day.year, day.month, day.day, tzinfo=HANOI).timestamp()) * 1000


def clock_ms(day: date, hour_minute: str) -> int:
    """Give the moment of a Hanoi clock time, such as 07:00 or 24:00, of a day."""
    hour, minute = hour_minute.split(":")
    return day_start_ms(day) + int(hour) * HOUR_MS + int(minute) * MINUTE_MS


def days_in_month(day: date) -> int:
    """Count the days of a day's month."""
    return ((day.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)).day


def _busyness(day: date) -> float:
    distance = (day - tet(day.year)).days
    around = (factor for first, last, factor in TET_FACTORS if first <= distance <= last)
    return WEEKDAY_FACTOR[day.weekday()] * next(around, 1.0)


@lru_cache(maxsize=12)
def _busyness_of_base_month(month: int) -> float:
    first = date(BASE_YEAR, month, 1)
    return sum(_busyness(first.replace(day=n)) for n in range(1, days_in_month(first) + 1))


@lru_cache(maxsize=1024)
def share_of_month(day: date) -> float:
    """Give a day's traffic as a share of what its month brought in the base year."""
    return _busyness(day) / _busyness_of_base_month(day.month)


@lru_cache(maxsize=8192)
def _minute_text(minute: int) -> str:
    return datetime.fromtimestamp(minute * 60, tz=UTC).strftime("%Y-%m-%dT%H:%M:")


def time_text(at_ms: int) -> str:
    """Write a moment as the contract has it, as `events.time_to_text` does, only faster."""
    minute, rest = divmod(at_ms, MINUTE_MS)
    return f"{_minute_text(minute)}{rest // 1000:02d}.{rest % 1000:03d}Z"
