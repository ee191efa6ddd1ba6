"""How many vehicles to expect at a gate in an hour: what is usual then, and what was declared already.

    usual    = arrivals of the weekday / weeks * arrivals of the hour / all arrivals of these weeks
    factor   = (declarations open now + 5) / (open at this time of the week in the weeks before + 5)
    expected = usual * factor
    band     = expected +- 1.645 * sqrt(dispersion * expected)

The first line is the expected cell of a table whose rows (weekdays) and columns (hours) are independent. The
factor is that of a gamma-Poisson model: a prior of 5 declarations keeps a few more or fewer from moving it.
The band is the 90 % one of a quasi-Poisson count, with Pearson's estimate of the dispersion (McCullagh and
Nelder, Generalized Linear Models): a train brings sixteen wagons at once. What is published and what is
assumed: domain report, 4.1; the need: 2, row 26.

The view `arrivals_forecast` says the same in SQL; a test holds both equal.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from math import ceil, floor, sqrt
from typing import Final

MAX_WEEKS: Final = 4
PRIOR_DECLARATIONS: Final = 5
_DEVIATIONS: Final = 1.645
_HOURS: Final = range(24)
_WEEKDAYS: Final = range(1, 8)
# From 07:00 on, in thousandths: assumed, with one published hour to check them (domain report, 4.1).
_FIRST_HOUR: Final = 7
_SHARES: Final = {
    "outbound": (85, 115, 120, 105, 80, 60, 75, 90, 85, 70, 55, 35, 12, 8, 5),
    "inbound": (40, 70, 95, 105, 90, 70, 80, 95, 100, 95, 75, 50, 18, 10, 7),
}
#: Vehicles a day at Kim Thành in 2024, as published, for as long as there is no history.
PUBLISHED_A_DAY: Final = {("kim-thanh", "outbound"): 180.0, ("kim-thanh", "inbound"): 190.0}

#: Arrivals of each local day and hour.
Arrivals = Mapping[tuple[date, int], int]


@dataclass(frozen=True)
class Profile:
    """What is usual: vehicles a day by weekday from Monday, the part of each hour, and the dispersion."""

    days: tuple[float, ...]
    hours: tuple[float, ...]
    dispersion: float = 1.0

    def usual(self, day: date, hour: int) -> float:
        """Give the vehicles that usually arrive in an hour of such a day."""
        return self.days[day.isoweekday() - 1] * self.hours[hour]


def profile(arrivals: Arrivals, today: date, weeks: int) -> Profile:
    """Give what was usual in the whole weeks before a day."""
    first = today - timedelta(days=7 * weeks)
    cells = [(day.isoweekday(), hour, n) for (day, hour), n in arrivals.items() if first <= day < today and n]
    days: Counter[int] = Counter()
    hours: Counter[int] = Counter()
    for weekday, hour, n in cells:
        days[weekday] += n
        hours[hour] += n
    total = sum(days.values())
    if not total:
        return Profile((0.0,) * 7, (0.0,) * 24)
    squares = sum(n * n / (days[weekday] * hours[hour]) for weekday, hour, n in cells) * weeks * total
    freedom = weeks * len(days) * len(hours) - len(days) - len(hours) + 1
    return Profile(
        tuple(days[weekday] / weeks for weekday in _WEEKDAYS),
        tuple(hours[hour] / total for hour in _HOURS),
        max(1.0, (squares - total) / freedom) if freedom > 0 else 1.0,
    )


def published_hours(direction: str, opens_hour: int, closes_hour: int) -> tuple[float, ...]:
    """Give the assumed part of each hour, of those in which a gate is open; day and night, all alike."""
    if (opens_hour, closes_hour) == (0, 24):
        return (1 / 24,) * 24
    shares = dict(enumerate(_SHARES[direction], _FIRST_HOUR))
    parts = [shares.get(hour, 0) if opens_hour <= hour < closes_hour else 0 for hour in _HOURS]
    return tuple(part / max(1, sum(parts)) for part in parts)


def factor(opened: float, usually_open: float) -> float:
    """Give how much busier than usual the declarations say that it becomes."""
    return (opened + PRIOR_DECLARATIONS) / (usually_open + PRIOR_DECLARATIONS)


def band(expected: float, dispersion: float) -> tuple[int, int]:
    """Give the whole numbers between which nine hours of ten should lie."""
    reach = _DEVIATIONS * sqrt(dispersion * expected)
    return max(0, floor(expected - reach)), ceil(expected + reach)
