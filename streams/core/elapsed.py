"""How much of a local year has gone by at a moment: whole days, and the part of the day that is running."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from streams.core.season import WHOLE, YearCurve
from streams.core.windows import local_midnight

DAY_MS: Final = 86_400_000


@dataclass(frozen=True)
class Elapsed:
    """Local days that are over, and milliseconds of the one that is running; never beyond the year."""

    days: int
    part_ms: int


def elapsed(curve: YearCurve, moment: datetime) -> Elapsed:
    """Give what of the curve's year is over: nothing before it, all of it after it."""
    gone_ms = (moment - local_midnight(date(curve.year, 1, 1))) // timedelta(milliseconds=1)
    return Elapsed(*divmod(min(max(gone_ms, 0), curve.days * DAY_MS), DAY_MS))


def season_share(curve: YearCurve, gone: Elapsed) -> int:
    """Give the share of the year planned by now; the running day brings its part evenly, rounded down."""
    before = curve.share_before(gone.days)
    if not gone.part_ms:
        return before
    return before + (curve.shares[gone.days] - before) * gone.part_ms // DAY_MS


def straight_share(curve: YearCurve, gone: Elapsed) -> int:
    """Give the share of the year's time that is over, rounded down: the straight line."""
    return (gone.days * DAY_MS + gone.part_ms) * WHOLE // (curve.days * DAY_MS)


def open_days_left(curve: YearCurve, gone: Elapsed) -> int:
    """Count the open days from today to 31 December; today counts as long as it runs."""
    return curve.open_before(curve.days) - curve.open_before(gone.days)
