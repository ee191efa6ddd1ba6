"""Local days and how busy they are: weekday, Tết, and the gates' hours."""

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Final

from streams.clock import HANOI

MINUTE_MS: Final = 60_000
HOUR_MS: Final = 60 * MINUTE_MS
DAY_MS: Final = 24 * HOUR_MS

# Monday first (assumption, domain.md 4.1).
WEEKDAY_FACTOR: Final = (1.02, 1.05, 1.05, 1.04, 1.05, 0.98, 0.81)
# First and last day relative to the new year's day, and the factor (assumption, domain.md 4.1).
TET_FACTORS: Final = ((-7, -2, 1.30), (-1, 3, 0.15), (4, 7, 0.60))
# New year's day of the Vietnamese lunar calendar (after Hồ Ngọc Đức's published tables).
TET: Final = {
    2020: date(2020, 1, 25),
    2021: date(2021, 2, 12),
    2022: date(2022, 2, 1),
    2023: date(2023, 1, 22),
    2024: date(2024, 2, 10),
    2025: date(2025, 1, 29),
    2026: date(2026, 2, 17),
    2027: date(2027, 2, 6),
    2028: date(2028, 1, 26),
    2029: date(2029, 2, 13),
    2030: date(2030, 2, 2),
    2031: date(2031, 1, 23),
    2032: date(2032, 2, 11),
    2033: date(2033, 1, 31),
    2034: date(2034, 2, 19),
    2035: date(2035, 2, 8),
}


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


def _tet_factor(day: date) -> float:
    tet = TET.get(day.year)
    distance = (day - tet).days if tet else None
    if distance is None:
        return 1.0
    return next((factor for first, last, factor in TET_FACTORS if first <= distance <= last), 1.0)


def _busyness(day: date) -> float:
    return WEEKDAY_FACTOR[day.weekday()] * _tet_factor(day)


@lru_cache(maxsize=1024)
def share_of_month(day: date) -> float:
    """Give a day's share of its month's traffic."""
    days = [day.replace(day=n) for n in range(1, days_in_month(day) + 1)]
    return _busyness(day) / sum(map(_busyness, days))


@lru_cache(maxsize=8192)
def _minute_text(minute: int) -> str:
    return datetime.fromtimestamp(minute * 60, tz=UTC).strftime("%Y-%m-%dT%H:%M:")


def time_text(at_ms: int) -> str:
    """Write a moment as the contract has it, as `events.time_to_text` does, only faster."""
    minute, rest = divmod(at_ms, MINUTE_MS)
    return f"{_minute_text(minute)}{rest // 1000:02d}.{rest % 1000:03d}Z"
