"""From the rows of a number to the stretch of time that its events lie in, where the rows tell it."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

from clickhouse_connect.driver.client import Client

from streams.core.definitions.behind import Behind
from streams.explain.number import Number
from streams.explain.window import Shifts, Window, utc

_HOUR: Final = timedelta(hours=1)
_MILLISECOND: Final = timedelta(milliseconds=1)


def shifts_of(client: Client) -> Shifts:
    """Read the shifts of a day, in their order, as the views know them."""
    rows = client.query("SELECT names, starts FROM shifts FINAL").result_rows
    return [pair for names, starts in rows for pair in zip(names, starts, strict=True)]


def stretch_of(behind: Behind, window: Window, number: Number, now: datetime) -> Window:
    """Give the window, from when to when its rows say that they are."""
    rows = number.rows
    if behind.window == "newest":
        return _between(window, [newest - _HOUR for newest in _times(rows, "last_event_time")][-1:], now)
    if behind.window == "standing":
        return _between(window, _times(rows, "status_since"), now)
    if behind.window == "run":
        ends = [now if row["ended_at"] is None else utc(row["ended_at"]) for row in rows]
        return _between(window, _times(rows, "started_at"), max(ends, default=now))
    return window


def _times(rows: Sequence[Any], column: str) -> list[datetime]:
    return sorted(utc(row[column]) for row in rows if row[column] is not None)


def _between(window: Window, starts: Sequence[datetime], end: datetime) -> Window:
    return replace(window, start=min(starts), end=end) if starts else window


def declared(client: Client, window: Window, number: Number) -> tuple[Window, Sequence[str]]:
    """Give the declarations that rows count, and the time in which they were spoken of."""
    names = {row["declaration_no"] for row in number.rows if "declaration_no" in row}
    numbers = sorted(names | set(_declarations_of_days(client, number.rows)))
    first, last, count = client.query(
        "SELECT min(time), max(time), count() FROM declarations"
        " WHERE declaration_no IN {numbers:Array(String)}",
        parameters={"numbers": numbers},
    ).result_rows[0]
    return (_between(window, [utc(first)], utc(last) + _MILLISECOND) if count else window), numbers


def _declarations_of_days(client: Client, rows: Sequence[Any]) -> Iterable[str]:
    days = [f"{row['day']} {row['gate_id']}" for row in rows if "declaration_no" not in row]
    found = client.query(
        "SELECT leftPad(toString(number), 12, '0') FROM declaration_states"
        " WHERE concat(toString(toDate(first_at, 'Asia/Ho_Chi_Minh')), ' ', gate_id) IN {days:Array(String)}",
        parameters={"days": days},
    )
    return (number for (number,) in found.result_rows)
