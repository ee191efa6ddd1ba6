"""The same period of last year, aligned in two ways; a plain date would compare a Tết with a normal week.

* **Open days**: last year's value on as many open days as this year has had. Leap years need no rule: 29
  February is an open day like any other.
* **Season** (Tết-aligned): last year's value up to the point where the same share of its season was planned.
  Both seasons have Tết where it was, so a year whose Tết is still to come is compared with the days before
  Tết of last year's, weighted as they are.

A year that is over is compared with the whole year before it, as the source documents do (63.62 % of 2021).
"""

from bisect import bisect_left
from collections.abc import Sequence

from streams.core.elapsed import DAY_MS, Elapsed
from streams.core.season import WHOLE, YearCurve


def same_open_days(year: YearCurve, gone: Elapsed, before: YearCurve, values: Sequence[int]) -> int:
    """Give what last year had brought by as many open days; the running one counts by its part.

    Closed days before the open day that is running count whole. Rounded down.
    """
    done = year.open_before(gone.days)
    index = bisect_left(before.open_days, done + 1)
    if gone.days == year.days or index == before.days:
        return sum(values)
    runs = year.open_before(gone.days + 1) > done
    return sum(values[:index]) + (values[index] * gone.part_ms // DAY_MS if runs else 0)


def same_season(share: int, before: YearCurve, values: Sequence[int]) -> int:
    """Give what last year had brought when this share of its season was planned, rounded down."""
    index = before.day_of_share(min(share, WHOLE)) or 0
    start = before.share_before(index)
    part = values[index] * (share - start) // (before.shares[index] - start)
    return sum(values[:index]) + part
