"""Where a year ends if the rest of its season goes as what is known of it: value, band, day of the target.

The projection is the ratio method of seasonal planning, which actuaries call chain ladder (T. Mack,
"Distribution-free calculation of the standard error of chain ladder reserve estimates", ASTIN Bulletin 23/2):

    covered    = share(now) - share(day before the first known day of the year)
    projection = actual + (1 - share(now)) x actual / covered

The band is no confidence interval: its low and high ends say where the year would end if all the rest went
as the slowest and as the fastest of the last twelve complete months, each measured against its own share of
the season. It holds for what happened in those months; a longer closure than any of them is outside it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import accumulate
from typing import Final

from streams.core.history import History
from streams.core.season import WHOLE, YearCurve, curve

_MONTHS: Final = 12
#: Fewer complete months than these say nothing of how months differ.
_ENOUGH_MONTHS: Final = 3


@dataclass(frozen=True)
class Projection:
    """A year's end in minor units, rounded down; without a band where too few months are known."""

    value: int
    low: int | None
    high: int | None


def covered_share(year: YearCurve, share: int, since: date | None) -> int:
    """Give the share of the year that is over and known: a history that begins within it knows less."""
    if since is None or since.year > year.year:
        return 0
    unknown = year.share_before((since - date(year.year, 1, 1)).days) if since.year == year.year else 0
    return max(share - unknown, 0)


def project(actual: int, share: int, covered: int, months: Sequence[tuple[int, int]]) -> Projection | None:
    """Project the year's end; `months` are (value, share) of the complete months that are known."""
    if covered == 0:
        return None
    rest = WHOLE - share
    value = actual + actual * rest // covered
    if len(months) < _ENOUGH_MONTHS:
        return Projection(value, None, None)
    ends = [value, *(actual + brought * rest // planned for brought, planned in months)]
    return Projection(value, min(ends), max(ends))


def complete_months(indicator: str, history: History, today: date) -> list[tuple[int, int]]:
    """Give (value, share of its year) of the last twelve months that are over and known, newest first."""
    months = []
    month = today.replace(day=1)
    for _ in range(_MONTHS):
        after, month = month, (month - timedelta(days=1)).replace(day=1)
        year = curve(indicator, month.year)
        if year is None or not history.knows(month):
            break
        months.append((_sum(history, month, after), _share(year, month, after)))
    return months


def reached_on(target: int, year: YearCurve, share: int, covered: int, values: Sequence[int]) -> date | None:
    """Give the day on which the target was reached, or will be at this pace; none if not within the year."""
    reached = next((n for n, total in enumerate(accumulate(values)) if total >= target), None)
    actual = sum(values)
    if reached is None and actual and covered:
        needed = share - ((actual - target) * covered // actual)
        reached = year.day_of_share(needed)
    return None if reached is None else date(year.year, 1, 1) + timedelta(days=reached)


def _sum(history: History, first: date, after: date) -> int:
    return sum(history.values.get(first + timedelta(days=n), 0) for n in range((after - first).days))


def _share(year: YearCurve, first: date, after: date) -> int:
    new_year = date(year.year, 1, 1)
    return year.share_before((after - new_year).days) - year.share_before((first - new_year).days)
