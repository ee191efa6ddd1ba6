"""The season of a year: which days are open, and what part of the year's value is planned by the end of each.

A season is made of month weights (what each month of the base year brought), weekday factors and factors of
the days around Tết. The Tết effect is taken out of the base year's months and put where Tết lies in the
year asked for, so a late Tết moves value from January to February and the plan stays comparable:

    rate(month) = weight(month) / sum of weekday x tet over the month's days of the base year
    planned(day) = rate(month of day) x weekday(day) x tet(day)
    share(day)   = planned(1 January .. day) / planned(whole year)

A leap day is a February day like any other. Months, factors and closed days: domain report, section 4
(4.1 trade, 4.3 factories); what is marked [A] there is our assumption, and so is every season here.
"""

import calendar
from bisect import bisect_left
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache, cached_property
from itertools import accumulate
from typing import Final

import holidays

#: Shares are integers in billionths: a second of a day is still some thirty of them.
WHOLE: Final = 1_000_000_000

_BASE_YEAR: Final = 2023
_SCALE: Final = 10**18
_NORMAL: Final = 100


@dataclass(frozen=True)
class Season:
    """How value spreads over a year; factors are percent of a normal day."""

    months: tuple[int, ...]
    weekdays: tuple[int, ...] = (_NORMAL,) * 7
    #: Days counted from the day of Tết, and their factor.
    tet: tuple[tuple[range, int], ...] = ()
    #: Days counted from the day of Tết that are not open.
    closed: range = range(0)


# Month weights in M USD of 2023: January, April, January-April, the half-year and the year are published or
# derived, the rest, the weekdays and Tết are assumed; that gates count the five days of Tết (Labour Code
# 2019, article 112) as closed is assumed too.
_GATES: Final = Season(
    months=(131, 140, 176, 143, 176, 190, 185, 210, 225, 215, 180, 179),
    weekdays=(102, 105, 105, 104, 105, 98, 81),
    tet=((range(-7, -1), 130), (range(-1, 4), 15), (range(4, 8), 60)),
    closed=range(-1, 4),
)
# Tenths of a percent: January-February and the half-year are derived from published sums, the rest is
# assumed. Plants run day and night, so every day is open.
_PLANTS: Final = Season(months=(68, 59, 79, 81, 84, 87, 89, 90, 89, 91, 90, 93))

#: The season of each indicator that adds up over a year; budget revenue is earned by what passes the gates.
SEASONS: Final = {"trade_value": _GATES, "budget_revenue": _GATES, "industrial_output": _PLANTS}


@dataclass(frozen=True)
class YearCurve:
    """One year of a season; both tuples have one entry a day, from 1 January to 31 December."""

    year: int
    #: Billionths of the year's value planned by the end of the day.
    shares: tuple[int, ...]
    #: Open days from 1 January to the end of the day.
    open_days: tuple[int, ...]

    @cached_property
    def days(self) -> int:
        """Count the days of the year."""
        return len(self.shares)

    def share_before(self, days: int) -> int:
        """Give the share planned in the first `days` days."""
        return self.shares[days - 1] if days else 0

    def open_before(self, days: int) -> int:
        """Count the open days among the first `days` days."""
        return self.open_days[days - 1] if days else 0

    def day_of_share(self, share: int) -> int | None:
        """Give the index of the first day by whose end `share` is planned; no day for more than the whole."""
        index = bisect_left(self.shares, share)
        return index if index < self.days else None


@cache
def tet(year: int) -> date:
    """Give the day of Tết in the Vietnamese lunar calendar, which is that of UTC+7."""
    vietnam = holidays.country_holidays("VN", years=year, observed=False, language="vi")
    return next(iter(vietnam.get_named("Tết Nguyên Đán", lookup="exact")))


@cache
def curve(indicator: str, year: int) -> YearCurve | None:
    """Give the curve of an indicator's year; none where the indicator does not add up over a year."""
    season = SEASONS.get(indicator)
    return None if season is None else _curve(season, year)


@cache
def _curve(season: Season, year: int) -> YearCurve:
    rates = _month_rates(season)
    days = _days(year)
    weights = zip(days, _factors(season, year), strict=True)
    planned = list(accumulate(rates[day.month - 1] * factor for day, factor in weights))
    # Rounded half up, each for itself: the differences of two days are off by at most one billionth.
    shares = tuple((2 * value * WHOLE + planned[-1]) // (2 * planned[-1]) for value in planned)
    closed = {tet(year) + timedelta(days=n) for n in season.closed}
    return YearCurve(year, shares, tuple(accumulate(int(day not in closed) for day in days)))


@cache
def _month_rates(season: Season) -> tuple[int, ...]:
    totals = [0] * 12
    for day, factor in zip(_days(_BASE_YEAR), _factors(season, _BASE_YEAR), strict=True):
        totals[day.month - 1] += factor
    return tuple(weight * _SCALE // total for weight, total in zip(season.months, totals, strict=True))


def _factors(season: Season, year: int) -> list[int]:
    around = {tet(year) + timedelta(days=n): factor for days, factor in season.tet for n in days}
    return [season.weekdays[day.weekday()] * around.get(day, _NORMAL) for day in _days(year)]


@cache
def _days(year: int) -> list[date]:
    first = date(year, 1, 1)
    return [first + timedelta(days=n) for n in range(365 + calendar.isleap(year))]
