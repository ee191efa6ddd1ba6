"""The macros of Grafana's ClickHouse plugin (4.20.0), expanded as its backend does."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Final

from streams.wall.timerange import TimeRange, parse_duration

_NAME: Final = re.compile(r"\$__([A-Za-z_]+)")
_COMMENT_OR_TEXT: Final = re.compile(r"--[^\n]*|/\*.*?\*/|'(?:[^'\\]|\\.|'')*'", re.DOTALL)


class MacroError(ValueError):
    """A macro was written with arguments that it does not take; the panel shows the text."""


@dataclass(frozen=True)
class MacroContext:
    """What the macros of one query depend on."""

    span: TimeRange
    interval_ms: int
    zone: tzinfo
    table: str = ""
    column: str = ""


def expand(sql: str, context: MacroContext) -> str:
    """Expand every macro outside comments; an unknown one is left as it is.

    Raises:
        MacroError: wrong number of arguments, or a length that is none.
    """
    comments = [match.span() for match in _COMMENT_OR_TEXT.finditer(sql) if match[0][0] != "'"]
    out, at = [], 0
    for match in _NAME.finditer(sql):
        if match.start() < at or any(start <= match.start() < end for start, end in comments):
            continue
        if (macro := _MACROS.get(match[1])) is None:
            continue
        arguments, end = arguments_at(sql, match.end()) if macro.takes else ([], match.end())
        if len(arguments) != macro.takes:
            raise MacroError(f"$__{match[1]}: expected {macro.takes} argument, received {len(arguments)}")
        out += [sql[at : match.start()], macro.text(context, arguments)]
        at = end
    return "".join([*out, sql[at:]])


def arguments_at(sql: str, at: int) -> tuple[list[str], int]:
    """Read `(a, b)` at a position, and give where it ends; what is inside brackets belongs to the argument.

    Raises:
        MacroError: the bracket is never closed.
    """
    if sql[at : at + 1] != "(":
        return [], at
    depth, start, found = 0, at + 1, []
    for index in range(at, len(sql)):
        depth += {"(": 1, ")": -1}.get(sql[index], 0)
        if depth == 0 or (depth == 1 and sql[index] == ","):
            found.append(sql[start:index].strip())
            start = index + 1
        if depth == 0:
            return ([] if found == [""] else found), index + 1
    raise MacroError("a macro's bracket is never closed")


@dataclass(frozen=True)
class _Macro:
    takes: int
    text: Callable[[MacroContext, list[str]], str]


def _seconds(moment: datetime) -> str:
    return f"toDateTime({int(moment.timestamp())})"


def _millis(moment: datetime) -> str:
    return f"fromUnixTimestamp64Milli({int(moment.timestamp() * 1000)})"


def _between(column: str, span: TimeRange, write: Callable[[datetime], str]) -> str:
    return f"{column} >= {write(span.start)} AND {column} <= {write(span.end)}"


def _date_filter(context: MacroContext, column: str) -> str:
    return _between(
        column, context.span, lambda moment: f"toDate('{moment.astimezone(context.zone):%Y-%m-%d}')"
    )


def _date_time_filter(context: MacroContext, arguments: list[str]) -> str:
    date, time = arguments
    return f"({_date_filter(context, date)}) AND ({_between(time, context.span, _seconds)})"


def _time_group(_: MacroContext, arguments: list[str]) -> str:
    column, length = arguments
    if "d" in length or "w" in length:
        raise MacroError(f"$__timeGroup: {length!r} is not a Go duration; write 24h for a day")
    try:
        seconds = int(parse_duration(length.strip("'\"")))
    except ValueError as error:
        raise MacroError(f"$__timeGroup: {error}") from None
    return f"toStartOfInterval(toDateTime({column}), INTERVAL {seconds} second)"


def _interval_s(context: MacroContext) -> int:
    return max(context.interval_ms // 1000, 1)


def _interval_text(context: MacroContext) -> str:
    for unit, size in (("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000)):
        if context.interval_ms >= size and context.interval_ms % size == 0:
            return f"{context.interval_ms // size}{unit}"
    return f"{context.interval_ms}ms"


_MACROS: Final[dict[str, _Macro]] = {
    "timeFilter": _Macro(1, lambda c, a: _between(a[0], c.span, _seconds)),
    "timeFilter_ms": _Macro(1, lambda c, a: _between(a[0], c.span, _millis)),
    "dateFilter": _Macro(1, lambda c, a: _date_filter(c, a[0])),
    "dateTimeFilter": _Macro(2, _date_time_filter),
    "dt": _Macro(2, _date_time_filter),
    "fromTime": _Macro(0, lambda c, _: _seconds(c.span.start)),
    "toTime": _Macro(0, lambda c, _: _seconds(c.span.end)),
    "fromTime_ms": _Macro(0, lambda c, _: _millis(c.span.start)),
    "toTime_ms": _Macro(0, lambda c, _: _millis(c.span.end)),
    "timeFrom": _Macro(1, lambda c, a: f"{a[0]} >= {_seconds(c.span.start)}"),
    "timeTo": _Macro(1, lambda c, a: f"{a[0]} <= {_seconds(c.span.end)}"),
    "timeInterval": _Macro(
        1, lambda c, a: f"toStartOfInterval(toDateTime({a[0]}), INTERVAL {_interval_s(c)} second)"
    ),
    "timeInterval_ms": _Macro(
        1,
        lambda c, a: (
            f"toStartOfInterval(toDateTime64({a[0]}, 3), INTERVAL {max(c.interval_ms, 1)} millisecond)"
        ),
    ),
    "timeGroup": _Macro(2, _time_group),
    "interval_s": _Macro(0, lambda c, _: str(_interval_s(c))),
    "interval_ms": _Macro(0, lambda c, _: str(c.interval_ms)),
    "interval": _Macro(0, lambda c, _: _interval_text(c)),
    "table": _Macro(0, lambda c, _: c.table),
    "column": _Macro(0, lambda c, _: c.column),
}
