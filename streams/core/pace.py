"""Progress and pace of a yearly target at a moment: pure functions, money in integers of minor units.

Every figure says how it is rounded. Times are aware; days, months and years are those of Asia/Ho_Chi_Minh.
The view `progress` computes the same in SQL from the same curves (table `seasons`); a test holds them equal.
What the users ask for is in the domain report, section 2, rows 1 to 4.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from streams.core.elapsed import Elapsed, elapsed, open_days_left, season_share, straight_share
from streams.core.history import History
from streams.core.last_year import same_open_days, same_season
from streams.core.projection import Projection, complete_months, covered_share, project, reached_on
from streams.core.season import WHOLE, YearCurve, curve

_ONE_PERCENT: Final = WHOLE // 100


@dataclass(frozen=True)
class LastYear:
    """Last year on as many open days and at the same point of its season; this year in percent of each."""

    open_days: int
    open_days_percent: float | None
    season: int
    season_percent: float | None


@dataclass(frozen=True)
class Pace:
    """How a yearly target stands; None is what cannot be said: nothing is known, or nothing was planned."""

    actual: int
    percent: float
    gap: int
    open_days_elapsed: int
    open_days_left: int
    needed_per_open_day: int | None
    planned: int
    planned_straight: int
    pace: float | None
    pace_straight: float | None
    points: float | None
    projection: Projection | None
    reached_on: date | None
    last_year: LastYear | None


def percent(part: int, whole: int) -> float | None:
    """Give part / whole in percent; of nothing there is no percentage."""
    return part / whole * 100 if whole else None


def needed_per_open_day(target: int, actual: int, days_left: int) -> int | None:
    """Give what each open day that is left must bring, rounded up; 0 once reached, None without days left."""
    if actual >= target:
        return 0
    return -((actual - target) // days_left) if days_left else None


def planned(target: int, share: int) -> int:
    """Give the part of the target planned for a share of the year, rounded down."""
    return target * share // WHOLE


def pace_of(indicator: str, year: int, target: int, history: History, moment: datetime) -> Pace | None:
    """Say how a target stands at a moment; None for an indicator that does not add up over a year.

    The plan is that of the whole year against this one target: another record re-bases it from 1 January.
    """
    season = curve(indicator, year)
    if season is None:
        return None
    gone, values = elapsed(season, moment), history.year(season)
    actual, share = sum(values), season_share(season, gone)
    plan, straight = planned(target, share), planned(target, straight_share(season, gone))
    covered = covered_share(season, share, history.since)
    left = open_days_left(season, gone)
    done = actual / target * 100
    return Pace(
        actual=actual,
        percent=done,
        gap=target - actual,
        open_days_elapsed=season.open_before(gone.days),
        open_days_left=left,
        needed_per_open_day=needed_per_open_day(target, actual, left),
        planned=plan,
        planned_straight=straight,
        pace=_ratio(actual, plan, covered),
        pace_straight=_ratio(actual, straight, covered),
        points=done - share / _ONE_PERCENT if covered else None,
        projection=project(actual, share, covered, complete_months(indicator, history, _day(year, gone))),
        reached_on=reached_on(target, season, share, covered, values),
        last_year=_last_year(indicator, season, gone, history, actual),
    )


def _ratio(actual: int, plan: int, covered: int) -> float | None:
    return actual / plan if plan and covered else None


def _day(year: int, gone: Elapsed) -> date:
    return date(year, 1, 1) + timedelta(days=gone.days)


def _last_year(
    indicator: str, season: YearCurve, gone: Elapsed, history: History, actual: int
) -> LastYear | None:
    before = curve(indicator, season.year - 1)
    if before is None or not history.knows(date(before.year, 1, 1)):
        return None
    values = history.year(before)
    open_days = same_open_days(season, gone, before, values)
    by_season = same_season(season_share(season, gone), before, values)
    return LastYear(open_days, percent(actual, open_days), by_season, percent(actual, by_season))
