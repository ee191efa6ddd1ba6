"""Which stretch of time a number is made of, and where its rows are read."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from streams.clock import HANOI
from streams.core.definitions.behind import Behind
from streams.errors import UsageError
from streams.recompute import FIRST_DAY, midnight, text_of

_MINUTE: Final = timedelta(minutes=1)
_HOUR: Final = timedelta(hours=1)
_MILLISECOND: Final = timedelta(milliseconds=1)
_WAITING: Final = timedelta(hours=72)
# Whole windows up to the one that runs: how many minutes a span has.
_SPAN_MINUTES: Final = {"15m": 15, "1h": 60, "24h": 1440, "7d": 10_080}
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


def window_of(behind: Behind, at: datetime, span: str, *, is_now: bool) -> Window:
    """Give the window of a view that a moment lies in.

    Raises:
        UsageError: a rolling view without its span.
    """
    if behind.window == "span":
        return _span(behind, at, span, is_now=is_now)
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


def _year(behind: Behind, at: datetime) -> Window:
    year = local_day(at).year
    end = midnight(date(year + 1, 1, 1))
    return Window(midnight(date(year, 1, 1)), end, behind.view, "year = {year:UInt16}", {"year": year})


def _waiting(behind: Behind, at: datetime) -> Window:
    return Window(at - _WAITING, at + _MILLISECOND, behind.view, "true", {})


def _ever(behind: Behind, at: datetime) -> Window:
    return Window(midnight(FIRST_DAY), at + _HOUR, behind.view, "true", {})


_MAKERS: Final = {
    "minute": _minute, "hour": _hour, "day": _day, "year": _year, "waiting": _waiting, "state": _ever,
    "newest": _ever,
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
