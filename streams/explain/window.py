"""Which stretch of time a number is made of, and where its rows are read."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any, Final

from streams.clock import HANOI
from streams.core.definitions.behind import Behind
from streams.errors import UsageError
from streams.recompute import FIRST_DAY, midnight, text_of

_MINUTE: Final = timedelta(minutes=1)
_HOUR: Final = timedelta(hours=1)
_MILLISECOND: Final = timedelta(milliseconds=1)
_WAITING: Final = timedelta(hours=72)
# Its last run has no end; those of the others end now, and say that they go on.
_OPEN_ENDED: Final = frozenset({"gate_timeline", "stops"})
# Whole windows up to the one that runs: how many minutes a span has.
_SPAN_MINUTES: Final = {"15m": 15, "1h": 60, "24h": 1440, "7d": 10_080, "30d": 43_200}
SPANS: Final = (*_SPAN_MINUTES, "mtd", "ytd")


@dataclass(frozen=True)
class Window:
    """From `start` to before `end`; `condition` picks the rows of `view`, with its parameters.

    An empty view: no view has this number, it is the sum of its events.
    """

    start: datetime
    end: datetime
    view: str
    condition: str
    parameters: Mapping[str, Any]


#: The shifts of a day in their order: names, and the minutes after local midnight at which they begin.
Shifts = Sequence[tuple[str, int]]


def window_of(behind: Behind, at: datetime, span: str, shifts: Shifts, *, is_now: bool) -> Window:
    """Give the window of a view that a moment lies in.

    Raises:
        UsageError: a rolling view without its span, or nobody said when shifts begin.
    """
    if behind.window == "span":
        return _span(behind, at, span, is_now=is_now)
    if behind.window == "shift":
        return _shift(behind, at, shifts)
    return _MAKERS[behind.window](behind, at)


def _starting(view: str, start: datetime, length: timedelta) -> Window:
    return Window(
        start,
        start + length,
        view,
        "window_start = toDateTime({start:String}, 'UTC')",
        {"start": _text(start)},
    )


def _minute(behind: Behind, at: datetime) -> Window:
    return _starting(behind.view, at.replace(second=0, microsecond=0), _MINUTE)


def _hour(behind: Behind, at: datetime) -> Window:
    return _starting(behind.view, at.replace(minute=0, second=0, microsecond=0), _HOUR)


def _day(behind: Behind, at: datetime) -> Window:
    day = local_day(at)
    end = midnight(day + timedelta(days=1))
    return Window(midnight(day), end, behind.view, "day = {day:Date}", {"day": day})


def _shift(behind: Behind, at: datetime, shifts: Shifts) -> Window:
    """Give the last shift that has begun; what crosses midnight belongs to the day on which it began."""
    if not shifts:
        raise UsageError("the registry names no shifts: add [[shifts]] to it, as in deploy/registry.toml")
    days = [local_day(at) + n * timedelta(days=1) for n in (-1, 0, 1)]
    begins = [(midnight(day) + start * _MINUTE, day, name) for day in days for name, start in shifts]
    number = max(n for n, (begin, _, _) in enumerate(begins) if begin <= at)
    start, day, name = begins[number]
    rows = "day = {day:Date} AND shift = {shift:String}", {"day": day, "shift": name}
    return Window(start, begins[number + 1][0], behind.view, *rows)


def _year(behind: Behind, at: datetime) -> Window:
    year = local_day(at).year
    end = midnight(date(year + 1, 1, 1))
    return Window(midnight(date(year, 1, 1)), end, behind.view, "year = {year:UInt16}", {"year": year})


def _waiting(behind: Behind, at: datetime) -> Window:
    return Window(at - _WAITING, at + _MILLISECOND, behind.view, "true", {})


def _last_hour(behind: Behind, at: datetime) -> Window:
    at = at.replace(second=0, microsecond=0)
    return Window(at - 59 * _MINUTE, at + _MINUTE, behind.view, "true", {})


def _sixty_minutes(behind: Behind, at: datetime) -> Window:
    return Window(at - _HOUR + _MILLISECOND, at + _MILLISECOND, behind.view, "true", {})


def _days(behind: Behind, at: datetime, count: int) -> Window:
    """Give so many local days up to the one that runs; rows of now do not say which."""
    day = local_day(at)
    first, end = day - timedelta(days=count - 1), day + timedelta(days=1)
    return Window(midnight(first), midnight(end), behind.view, "true", {})


def _run(behind: Behind, at: datetime) -> Window:
    """Give the run that a moment lies in; its end is known only once its row is read."""
    goes_on = "ended_at IS NULL" if behind.view in _OPEN_ENDED else "ongoing"
    moment = "toDateTime64({at:String}, 3, 'UTC')"
    rows = f"started_at <= {moment} AND ({goes_on} OR ended_at > {moment})"
    return Window(at, at + _MILLISECOND, behind.view, rows, {"at": text_of(at)})


def _ever(behind: Behind, at: datetime) -> Window:
    return Window(midnight(FIRST_DAY), at + _HOUR, behind.view, "true", {})


_MAKERS: Final[Mapping[str, Callable[[Behind, datetime], Window]]] = {
    "minute": _minute, "hour": _hour, "day": _day, "year": _year, "waiting": _waiting,
    "last_hour": _last_hour, "sixty_minutes": _sixty_minutes, "today": partial(_days, count=1),
    "week": partial(_days, count=7), "state": _ever, "standing": _ever, "run": _run, "declared": _day,
    "declaration": _ever, "newest": _ever,
}  # fmt: skip


def _span(behind: Behind, at: datetime, span: str, *, is_now: bool) -> Window:
    """Give the whole windows of a span that ends at a moment; the rolling view itself tells only of now."""
    if span not in SPANS:
        raise UsageError(f"{behind.view} needs one span: --where span=24h; there are: {', '.join(SPANS)}")
    small, large = behind.made_of
    if span not in _SPAN_MINUTES:
        day = local_day(at)
        first = day.replace(day=1) if span == "mtd" else day.replace(month=1, day=1)
        start, end = midnight(first), midnight(day + timedelta(days=1))
        rows = "day >= {first:Date} AND day <= {last:Date}", {"first": first, "last": day}
        window = Window(start, end, large, *rows)
    else:
        window = _recent(small, at, _SPAN_MINUTES[span])
    if not is_now:
        return window
    return Window(window.start, window.end, behind.view, "span = {span:String}", {"span": span})


def _recent(view: str, at: datetime, minutes: int) -> Window:
    hourly = view.endswith("_by_hour")
    if hourly and minutes <= _SPAN_MINUTES["1h"]:
        # Reports are kept by the hour: shorter spans are the reports themselves.
        return Window(at - minutes * _MINUTE + _MILLISECOND, at + _MILLISECOND, "", "", {})
    at = at.replace(minute=0 if hourly else at.minute, second=0, microsecond=0)
    step = _HOUR if hourly else _MINUTE
    start, end = at + step - minutes * _MINUTE, at + step
    rows = (
        "window_start >= toDateTime({first:String}, 'UTC')"
        " AND window_start < toDateTime({last:String}, 'UTC')"
    )
    return Window(start, end, view, rows, {"first": _text(start), "last": _text(end)})


def _text(moment: datetime) -> str:
    return text_of(moment)[:19]


def local_day(moment: datetime) -> date:
    """Give the local day of a moment."""
    return moment.astimezone(HANOI).date()


def utc(moment: datetime) -> datetime:
    """Read a time of the store, which is in UTC, as such."""
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
