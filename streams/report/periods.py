"""The periods of reports: shifts, local days, ISO weeks and months, and what each is compared with; pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Final

from streams.clock import HANOI
from streams.errors import UsageError
from streams.registry import Shift

_DAY: Final = timedelta(days=1)
_MOMENT: Final = timedelta(microseconds=1)


class Kind(StrEnum):
    """What a report is of."""

    SHIFT = "shift"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"


@dataclass(frozen=True)
class Period:
    """A stretch of time from `begin` up to, not including, `end`."""

    kind: Kind
    title: str
    begin: datetime
    end: datetime


@dataclass(frozen=True)
class Span:
    """A period as it stands at a moment, and the one before it that it is compared with.

    While the period runs, of both only the time that is over is counted.
    """

    period: Period
    before: Period
    at: datetime

    @property
    def running(self) -> bool:
        """Tell whether the period is not over yet."""
        return self.at < self.period.end

    @property
    def end(self) -> datetime:
        """Give the end of what is counted of the period."""
        return min(self.at, self.period.end)

    @property
    def before_end(self) -> datetime:
        """Give the end of what is counted of the period before."""
        if not self.running:
            return self.before.end
        return min(self.before.begin + (self.end - self.period.begin), self.before.end)


def span_of(kind: Kind, moment: datetime, at: datetime, shifts: Sequence[Shift]) -> Span:
    """Give the period that a moment lies in, as it stands at another moment.

    Raises:
        UsageError: the period has not begun, or nobody said when shifts begin.
    """
    period = period_at(kind, moment, shifts)
    if period.begin > at:
        raise UsageError(f"--at: {period.title.lower()} has not begun yet")
    return Span(period, _before(period, shifts), at)


def period_at(kind: Kind, moment: datetime, shifts: Sequence[Shift]) -> Period:
    """Give the period of a kind that a moment lies in."""
    day = moment.astimezone(HANOI).replace(hour=0, minute=0, second=0, microsecond=0)
    if kind is Kind.SHIFT:
        return _shift_at(moment, day, shifts)
    if kind is Kind.DAY:
        return Period(kind, f"Ngày {day:%d/%m/%Y}", day, day + _DAY)
    if kind is Kind.WEEK:
        monday = day - day.weekday() * _DAY
        year, week, _ = monday.isocalendar()
        return Period(kind, f"Tuần {week} năm {year}", monday, monday + 7 * _DAY)
    first = day.replace(day=1)
    after = (first + 31 * _DAY).replace(day=1)
    return Period(kind, f"Tháng {first.month} năm {first.year}", first, after)


def _shift_at(moment: datetime, day: datetime, shifts: Sequence[Shift]) -> Period:
    """Give the last shift that has begun: of this day, or the last of the day before."""
    if not shifts:
        raise UsageError("the registry names no shifts: add [[shifts]] to it, as in deploy/registry.toml")
    begins = [
        (start + n * _DAY, shift) for n in (-1, 0, 1) for shift in shifts for start in [_at(day, shift)]
    ]
    number = max(n for n, (begin, _) in enumerate(begins) if begin <= moment)
    (begin, shift), (end, _) = begins[number], begins[number + 1]
    return Period(Kind.SHIFT, f"{shift.vi} {begin:%d/%m/%Y}", begin, end)


def _at(day: datetime, shift: Shift) -> datetime:
    hours, minutes = map(int, shift.starts_at.split(":"))
    return day + timedelta(hours=hours, minutes=minutes)


def _before(period: Period, shifts: Sequence[Shift]) -> Period:
    """Give the period before: of a shift the same one a day earlier, for a night is not like a morning."""
    back = _DAY if period.kind is Kind.SHIFT else _MOMENT
    return period_at(period.kind, period.begin - back, shifts)


def first_shift_of(day: date, shifts: Sequence[Shift]) -> datetime:
    """Give the moment at which the first shift of a local day begins."""
    return _at(datetime.combine(day, time(), HANOI), _known(shifts)[0])


def _known(shifts: Sequence[Shift]) -> Sequence[Shift]:
    if not shifts:
        raise UsageError("the registry names no shifts: add [[shifts]] to it, as in deploy/registry.toml")
    return shifts
