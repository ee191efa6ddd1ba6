"""Events from CSV: a header of attributes and body fields, one event a row.

A column is a CloudEvents attribute (`id`, `type`, `subject`, `time`, ...) or a field of the body
(`gate_id`, `point`, ...); `data.NAME` is always a field of the body, which the targets' own `source`
needs. `goods` is a JSON list in one cell. An empty cell is null. `type` may be short, such as gate.crossing.
"""

import json
import re
from collections.abc import Sequence
from functools import cache
from typing import Any, Final

from streams.events import TYPE_PREFIX, json_schemas
from streams.topics import EVENT_TOPICS

_INTEGER: Final = re.compile(r"-?[0-9]{1,19}", re.ASCII)
_BOOLEANS: Final = {"true": True, "false": False}
_BODY: Final = "data."
# How a byte that is no UTF-8 comes out of a decoder that lets it pass.
_STRAY: Final = re.compile("[\udc80-\udcff]")


class CsvError(ValueError):
    """A header or a row from which no event can be made; the text says why."""


class CsvEvents:
    """Makes events of the rows below one header."""

    def __init__(self, header: Sequence[str]) -> None:
        self._columns = [_column(name.strip()) for name in header]
        twice = {name for name in self._columns if self._columns.count(name) > 1}
        if twice:
            raise CsvError(f"header: {', '.join(sorted(twice))} stands there twice")
        if "type" not in self._columns:
            raise CsvError("header: there is no column type")

    def event(self, cells: Sequence[str]) -> bytes:
        """Make the JSON bytes of one row's event.

        Raises:
            CsvError: the row has not the header's cells, or a cell that cannot be read.
        """
        if len(cells) != len(self._columns):
            raise CsvError(f"{len(cells)} cells, but the header has {len(self._columns)}")
        row = {name: cell for name, cell in zip(self._columns, cells, strict=True) if cell != ""}
        stray = next((name for name, cell in row.items() if _STRAY.search(cell)), None)
        if stray:
            raise CsvError(f"{stray}: is not UTF-8")
        return json.dumps(_cloud_event(row), ensure_ascii=False).encode()


def _cloud_event(row: dict[str, str]) -> dict[str, Any]:
    short = row.get("type", "")
    row["type"] = f"{TYPE_PREFIX}{short}.v1" if short in EVENT_TOPICS else short
    kinds = _kinds().get(row["type"], {})
    event: dict[str, Any] = {"specversion": "1.0"}
    body: dict[str, Any] = {}
    for name, cell in row.items():
        value = _typed(name, cell, kinds.get(name, "string"))
        if name.startswith(_BODY):
            body[name.removeprefix(_BODY)] = value
        else:
            event[name] = value
    return event | {"data": body}


def _typed(name: str, cell: str, kind: str) -> Any:  # noqa: ANN401 - any JSON
    """Read a cell as its kind; what is not of that kind stays text, and the contract says so."""
    if kind == "integer" and _INTEGER.fullmatch(cell):
        return int(cell)
    if kind == "boolean":
        return _BOOLEANS.get(cell.lower(), cell)
    if kind == "array":
        try:
            return json.loads(cell)
        except ValueError:
            raise CsvError(f"{name}: is no JSON list") from None
    return cell


def _column(name: str) -> str:
    """Give the full name of a column: an attribute as it is, a field of the body as data.NAME."""
    known = {column for kinds in _kinds().values() for column in kinds}
    for full in (name, _BODY + name):
        if full in known:
            return full
    raise CsvError(f"header: {name!r} is no attribute and no field of an event; see: kpi schema")


@cache
def _kinds() -> dict[str, dict[str, str]]:
    """Give the JSON kind of each column, by event type."""
    kinds = {}
    for event_type, schema in json_schemas().items():
        definitions = schema["$defs"]
        envelope = definitions[schema["$ref"].rpartition("/")[2]]["properties"]
        body = definitions[envelope["data"]["$ref"].rpartition("/")[2]]["properties"]
        columns = {name: _kind(field) for name, field in envelope.items() if name != "data"}
        kinds[event_type] = columns | {_BODY + name: _kind(field) for name, field in body.items()}
    return kinds


def _kind(field: dict[str, Any]) -> str:
    options = [option.get("type") for option in field.get("anyOf", [field])]
    return next((kind for kind in options if kind and kind != "null"), "string")
