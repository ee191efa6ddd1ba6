"""The number itself: the rows of the view that were asked for, and their sum."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from clickhouse_connect.driver.client import Client

from streams.core.definitions import DIMENSIONS, Definition, defining
from streams.core.definitions.behind import Behind
from streams.core.sketch import quantile
from streams.explain.window import Window

_QUANTILES: Final = {"p50_ms": 0.5, "p90_ms": 0.9, "p95_ms": 0.95, "p99_ms": 0.99}
# They share the columns of percentiles.
_INTERVALS: Final = frozenset({"booth_service", "gate_dwell", "clearance"})
Row = Mapping[str, Any]


@dataclass(frozen=True)
class Number:
    """The measures of the rows that match; of several rows, what can be added up."""

    rows: Sequence[Row]
    measures: Mapping[str, Any]


def read_number(
    client: Client, database: str, window: Window, where: Mapping[str, str], kinds: Sequence[Behind]
) -> Number:
    """Read the rows of a window, and add them up; a number that no view has is none."""
    if not window.view:
        return Number((), {})
    conditions = [window.condition]
    parameters: dict[str, Any] = {"database": database, "view": window.view, **window.parameters}
    for n, (column, value) in enumerate(where.items()):
        if window.view == kinds[0].view or column != "span":
            conditions.append(f"toString({{column{n}:Identifier}}) = {{value{n}:String}}")
            parameters |= {f"column{n}": column, f"value{n}": value}
    sql = "SELECT * FROM {database:Identifier}.{view:Identifier} WHERE " + " AND ".join(conditions)
    result = client.query(sql, parameters=parameters)
    rows = [dict(zip(result.column_names, row, strict=True)) for row in result.result_rows]
    return Number(rows, _sum(rows, kinds))


def values_in(client: Client, database: str, window: Window, column: str) -> list[str]:
    """Give some of the values that a column has in the rows of a window."""
    sql = (
        "SELECT DISTINCT toString({column:Identifier}) AS value FROM {database:Identifier}.{view:Identifier}"
    )
    result = client.query(
        f"{sql} WHERE {window.condition} ORDER BY value LIMIT 30",
        parameters={"column": column, "database": database, "view": window.view, **window.parameters},
    )
    return [row[0] for row in result.result_rows]


def first_and_last(client: Client, database: str, view: str, column: str) -> tuple[str, str] | None:
    """Give the first and the last window of a view; None: it is empty."""
    result = client.query(
        "SELECT count(), toString(min({column:Identifier})), toString(max({column:Identifier}))"
        " FROM {database:Identifier}.{view:Identifier}",
        parameters={"column": column, "database": database, "view": view},
    )
    count, first, last = result.result_rows[0]
    return (first, last) if count else None


def definitions_of(view: str, number: Number) -> list[Definition]:
    """Give what the measures mean."""
    shown = {str(row.get("interval")) for row in number.rows}
    names = {one.name: one for column in number.measures for one in defining(view, column)}
    return [one for name, one in names.items() if name not in _INTERVALS or name in shown]


def _sum(rows: Sequence[Row], kinds: Sequence[Behind]) -> dict[str, Any]:
    if len(rows) == 1:
        return {name: value for name, value in rows[0].items() if name not in DIMENSIONS}
    units = {row.get("unit") for row in rows}
    measures = (name for kind in kinds for name in kind.measures)
    additive = [name for name in dict.fromkeys(measures) if name != "quantity" or len(units) <= 1]
    sums = {name: sum(row[name] or 0 for row in rows) for name in additive if rows and name in rows[0]}
    return sums | _percentiles(rows)


def _percentiles(rows: Sequence[Row]) -> dict[str, Any]:
    sketch: Counter[int] = Counter()
    for row in rows:
        sketch.update(row.get("sketch", {}))
    if not sketch:
        return {}
    return {name: quantile(sketch, q) for name, q in _QUANTILES.items()} | {"sketch": dict(sketch)}
