"""From the columns that were chosen to the values of events; and what could have been chosen instead."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from clickhouse_connect.driver.client import Client

from streams.core.definitions.behind import Behind
from streams.errors import UsageError
from streams.explain.number import Number, first_and_last, values_in
from streams.explain.request import Request
from streams.explain.window import Window

_PROVINCE: Final = "lao-cai"
_PARKS: Final = "parks"
# stem -> the place that a scope of a target is
_PLACE_OF_SCOPE: Final = {"trade": "gate_id", "output": "zone_id"}


def values_of(
    client: Client, behind: Behind, where: Mapping[str, str], number: Number
) -> dict[str, Sequence[str]]:
    """Give the values that the events of the rows have, by column."""
    values: dict[str, Sequence[str]] = dict(behind.when)
    values |= {name: (value,) for name, value in where.items()}
    if behind.window == "year":
        return _of_target(client, behind, number.rows[0]) if number.rows else values
    return values


def _of_target(client: Client, behind: Behind, row: Mapping[str, Any]) -> dict[str, Sequence[str]]:
    scope, place = row["scope"], _PLACE_OF_SCOPE.get(behind.stem)
    if place is None:
        return {"indicator": (row["indicator"],), "scope": (scope,)}
    if scope == _PROVINCE:
        return {}
    if scope != _PARKS:
        return {place: (scope,)}
    parks = client.query("SELECT zone_id FROM zones FINAL WHERE park").result_columns
    return {place: parks[0] if parks else ()}


def check_one_row(request: Request, behind: Behind, number: Number) -> None:
    """Refuse to add up rows of yearly targets.

    Raises:
        UsageError: several rows match.
    """
    if behind.window != "year" or len(number.rows) <= 1:
        return
    rows = [" ".join(f"--where {name}={row[name]}" for name in behind.columns) for row in number.rows]
    raise UsageError(f"{request.view} has {len(rows)} rows there; choose one:\n  " + "\n  ".join(rows))


def nothing_there(client: Client, database: str, window: Window, request: Request) -> str:
    """Say that there is no such row, and what there is instead."""
    where = " ".join(f"{name}={value}" for name, value in request.where.items())
    text = f"{request.view} has no row there" + (f" with {where}" if where else "")
    if not window.view:
        return text
    return text + (_other_values(client, database, window, request) or _known(client, database, window))


def _other_values(client: Client, database: str, window: Window, request: Request) -> str:
    """Name the values that the chosen columns have in this window."""
    there = {
        column: values_in(client, database, window, column) for column in request.where if column != "span"
    }
    named = [f"{column}: {', '.join(map(repr, values))}" for column, values in there.items() if values]
    return f"; it has {'; '.join(named)}" if named else ""


def _known(client: Client, database: str, window: Window) -> str:
    """Name the first and the last window that has rows."""
    column = next((name for name in ("window_start", "day", "year") if window.condition.startswith(name)), "")
    if not column:
        return ""
    known = first_and_last(client, database, window.view, column)
    zone = " UTC" if column == "window_start" else ""
    return f"; its rows are from {known[0]} to {known[1]}{zone}" if known else "; it is empty"
