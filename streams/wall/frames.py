"""Frames: what a query gave, as Grafana sees it: named fields of one kind each."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, tzinfo
from decimal import Decimal
from math import isfinite
from typing import Any, Final, Literal

Kind = Literal["time", "number", "string", "boolean"]
Value = float | int | str | bool | None

_WRAPPERS: Final = re.compile(r"^(?:Nullable|LowCardinality|SimpleAggregateFunction)\((?:\w+, ?)?(.*)\)$")
_MAX_SERIES: Final = 100


@dataclass(frozen=True)
class Column:
    """A field: times are milliseconds since 1970, a missing or infinite number is None."""

    name: str
    kind: Kind
    values: tuple[Value, ...]
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Frame:
    """The fields of one result, all of one length."""

    columns: tuple[Column, ...] = ()
    ref_id: str = "A"

    @property
    def time(self) -> Column | None:
        """Give the first time field."""
        return next((column for column in self.columns if column.kind == "time"), None)

    @property
    def length(self) -> int:
        """Give the number of rows."""
        return len(self.columns[0].values) if self.columns else 0


def make_column(name: str, type_name: str, cells: Sequence[Any], zone: tzinfo) -> Column:
    """Make a field of a ClickHouse column; a Date is midnight in the board's zone."""
    kind = _kind(type_name)
    return Column(name, kind, tuple(_value(cell, kind, zone) for cell in cells))


def to_wide(frame: Frame) -> Frame:
    """Turn a long series (time, strings, numbers) into one column a series, missing moments None.

    Raises:
        ValueError: the times of a long series are not ascending, which Grafana refuses as well.
    """
    time = frame.time
    words = [column for column in frame.columns if column.kind == "string"]
    if time is None or not words:
        return frame
    moments = list(dict.fromkeys(time.values))
    if moments != sorted(moments, key=lambda moment: moment or 0):
        raise ValueError("a long series must be sorted ascending by time: add ORDER BY time")
    row_of = {moment: row for row, moment in enumerate(moments)}
    series: dict[tuple[str, tuple[Value, ...]], list[Value]] = {}
    for column in (column for column in frame.columns if column.kind in ("number", "boolean")):
        for row, cell in enumerate(column.values):
            key = (column.name, tuple(word.values[row] for word in words))
            series.setdefault(key, [None] * len(moments))[row_of[time.values[row]]] = cell
    names = [word.name for word in words]
    made = [
        Column(name, "number", tuple(cells), dict(zip(names, map(str, texts), strict=True)))
        for (name, texts), cells in list(series.items())[:_MAX_SERIES]
    ]
    return Frame((Column(time.name, "time", tuple(moments)), *made), frame.ref_id)


def _kind(type_name: str) -> Kind:
    while match := _WRAPPERS.match(type_name):
        type_name = match[1]
    if type_name.startswith(("Date", "DateTime")):
        return "time"
    if type_name == "Bool":
        return "boolean"
    return "number" if re.match(r"U?Int|Float|BFloat|Decimal", type_name) else "string"


def _value(cell: Any, kind: Kind, zone: tzinfo) -> Value:  # noqa: ANN401 - whatever the driver gives
    if cell is None:
        return None
    if kind == "time":
        return _millis(cell, zone)
    if kind == "number":
        number = float(cell) if isinstance(cell, Decimal) else cell
        return number if isfinite(number) else None
    if kind == "boolean":
        return bool(cell)
    return (
        json.dumps(cell, ensure_ascii=False, default=str)
        if isinstance(cell, list | dict | tuple)
        else str(cell)
    )


def _millis(cell: datetime | date, zone: tzinfo) -> int:
    if not isinstance(cell, datetime):
        cell = datetime(cell.year, cell.month, cell.day, tzinfo=zone)
    elif cell.tzinfo is None:
        raise ValueError("the driver gave a time without a zone")
    return round(cell.timestamp() * 1000)
