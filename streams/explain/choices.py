"""From the columns that were chosen to the values of events; and what could have been chosen instead."""

from collections.abc import Mapping, Sequence
from typing import Final

from clickhouse_connect.driver.client import Client

from streams.core.definitions.behind import Behind
from streams.errors import UsageError
from streams.explain.number import Number, first_and_last, values_in
from streams.explain.request import Request
from streams.explain.window import Window

_PROVINCE: Final = "lao-cai"
_PARKS: Final = "parks"


def values_of(
    client: Client, behind: Behind, where: Mapping[str, str], number: Number
) -> dict[str, Sequence[str]]:
    """Give the values that the events of the rows have, by column."""
    chosen = {name: (value,) for name, value in where.items()}
    values: dict[str, Sequence[str]] = {**behind.when, **behind.only, **chosen}
    if behind.single and "lane_id" in behind.dimensions:
        values["lane_id"] = _lanes_of(client, number)
    if not number.rows or "scope" not in number.rows[0]:
        return values
    row = number.rows[0]
    scope = where.get("scope") or (row["scope"] if len(number.rows) == 1 else _PROVINCE)
    values |= {"indicator": (row.get("indicator", ""),), "scope": (scope,)}
    return values | _place_of(client, behind, scope)


def _lanes_of(client: Client, number: Number) -> Sequence[str]:
    """Give the lane that a row is about, or those of the registry at its gate."""
    lanes = client.query("SELECT gate_id, lane_id FROM lanes FINAL").result_rows
    return [
        lane
        for gate, lane in lanes
        for row in number.rows
        if (gate, lane) == (row["gate_id"], row.get("lane_id", lane))
    ]


def _place_of(client: Client, behind: Behind, scope: str) -> dict[str, Sequence[str]]:
    """Give the place that a scope is to these events: all of the province, the parks, a gate or a zone."""
    if scope == _PROVINCE:
        return {}
    if scope != _PARKS:
        return {"zone_id" if "zone_id" in behind.dimensions else "gate_id": (scope,)}
    parks = client.query("SELECT zone_id FROM zones FINAL WHERE park").result_columns
    return {"zone_id": parks[0] if parks else ()}


def check_one_row(request: Request, behind: Behind, number: Number) -> None:
    """Refuse to add up rows whose numbers do not.

    Raises:
        UsageError: several rows match.
    """
    if not behind.single or len(number.rows) <= 1:
        return
    rows = sorted(" ".join(f"--where {name}={row[name]}" for name in behind.columns) for row in number.rows)
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
    column = next(
        (name for name in ("window_start", "started_at", "day", "year") if window.condition.startswith(name)),
        "",
    )
    if not column:
        return ""
    known = first_and_last(client, database, window.view, column)
    zone = " UTC" if column in ("window_start", "started_at") else ""
    return f"; its rows are from {known[0]} to {known[1]}{zone}" if known else "; it is empty"
