"""The columns of each stored row: the only place that knows what goes into which column."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from hashlib import blake2b
from operator import attrgetter
from typing import Any, Final

from streams.core.contribution import RowKey
from streams.core.decode import Accepted, DeadLetter
from streams.core.facts import Entity
from streams.core.letters import Kept, attempt_of, due_ms, first_failed_ms, kept
from streams.core.processor import FindingRow, Outcome, RegisterRow
from streams.core.record import PartitionId, Record
from streams.core.state import Row
from streams.core.tables import PARTIAL_TABLES, PartialTable
from streams.events import epoch_ms
from streams.topics import TOPIC_MAX_MESSAGE_BYTES

Columns = dict[str, list[Any]]
REGISTERS: Final = {
    "gate_states": (
        "gate_id", "state", "counterpart_state", "reason", "lanes_open", "lanes_max",
        "yard_present", "yard_capacity", "opens_at", "closes_at",
    ),
    "targets": (
        "indicator", "scope", "year", "value_minor", "currency", "qualifier", "effective_from", "source",
    ),
    "declarations": (
        "declaration_no", "system", "version_no", "status", "regime", "gate_id", "value_usd_minor",
        "net_mass_kg", "lines", "duty_minor",
    ),
}  # fmt: skip

_NULLABLE: Final = frozenset(("lanes_open", "lanes_max", "yard_present", "yard_capacity"))


def fingerprint(record: Record) -> int:
    """Give 64 bits that tell a record from another at the same offset."""
    digest = blake2b(record.value or b"", digest_size=8, key=(record.key or b"")[:64])
    return int.from_bytes(digest.digest(), "little")


def _columns(items: Sequence[Any], getters: Mapping[str, Callable[[Any], Any]]) -> Columns:
    return {name: list(map(get, items)) for name, get in getters.items()}


_EVENT: Final[dict[str, Callable[[Accepted], Any]]] = {
    "type": attrgetter("event.type"),
    "time": attrgetter("fact.time"),
    "id": attrgetter("event.id"),
    "source": attrgetter("event.source"),
    "subject": attrgetter("event.subject"),
    "topic": attrgetter("record.partition.topic"),
    "partition": attrgetter("record.partition.partition"),
    "offset": attrgetter("record.offset"),
    "position": attrgetter("record.position"),
    "received_at": attrgetter("record.received_ms"),
    "corrects_id": attrgetter("event.correctsid"),
    "corrects_time": lambda e: epoch_ms(e.event.correctstime) if e.event.correctstime else None,
    "correction_kind": lambda e: e.event.correctionkind or "",
    "correction_no": attrgetter("event.correctionno"),
    "simulated": attrgetter("event.simulated"),
    "late": attrgetter("is_late"),
    "redriven": attrgetter("fact.redriven"),
    "payload": attrgetter("record.value"),
}

_DEAD: Final[dict[str, Callable[[tuple[DeadLetter, Kept]], Any]]] = {
    "topic": lambda d: d[0].record.partition.topic,
    "partition": lambda d: d[0].record.partition.partition,
    "offset": lambda d: d[0].record.offset,
    "position": lambda d: d[0].record.position,
    "reason": lambda d: d[0].reason,
    "detail": lambda d: d[0].detail,
    "failed_at": lambda d: d[0].record.received_ms,
    "first_failed_at": lambda d: first_failed_ms(d[0].record),
    # One that is not kept whole cannot be redriven.
    "due_at": lambda d: None if d[1].cut else due_ms(d[0]),
    "attempt": lambda d: attempt_of(d[0].record),
    "status": lambda _: "dead",
    "key": lambda d: d[1].key,
    "payload": lambda d: d[1].value or b"",
    "no_value": lambda d: d[1].value is None,
    "headers": lambda d: list(d[1].headers),
    "cut": lambda d: d[1].cut,
    "revision": lambda _: 1,
}

_ENTITY: Final[dict[str, Callable[[tuple[PartitionId, str, Entity]], Any]]] = {
    "topic": lambda item: item[0].topic,
    "partition": lambda item: item[0].partition,
    "entity": lambda item: item[1],
    "facts": lambda item: item[2].to_json(),
    "version": lambda item: item[2].version,
}

_FINDING: Final[dict[str, Callable[[tuple[PartitionId, FindingRow]], Any]]] = {
    "kind": lambda item: item[1].kind,
    "topic": lambda item: item[0].topic,
    "partition": lambda item: item[0].partition,
    "entity": lambda item: item[1].entity,
    "qualifier": lambda item: item[1].qualifier,
    "type": lambda item: item[1].event_type,
    "subject": lambda item: item[1].subject,
    "ids": lambda item: list(item[1].finding.ids) if item[1].finding else [],
    "at": lambda item: item[1].finding.at if item[1].finding else 0,
    "detail": lambda item: item[1].finding.detail if item[1].finding else "",
    "removed": lambda item: item[1].finding is None,
    "version": lambda item: item[1].version,
}


def event_columns(events: Sequence[Accepted]) -> Columns:
    """Give the rows of `events`."""
    return _columns(events, _EVENT)


def dead_letter_columns(letters: Sequence[DeadLetter]) -> Columns:
    """Give the rows of `dead_letters`; `failed_at` is when the record came: a repeat is the same row."""
    return _columns([(letter, kept(letter.record, TOPIC_MAX_MESSAGE_BYTES)) for letter in letters], _DEAD)


def tables_of(outcomes: Sequence[Outcome]) -> dict[str, Columns]:
    """Give all rows that a batch leads to, by table; a table without rows is left out."""
    tables = {
        "events": event_columns([event for o in outcomes for event in o.events]),
        "entities": _columns(
            [(o.partition, *item) for o in outcomes for item in o.entities.items()], _ENTITY
        ),
        "findings": _columns([(o.partition, row) for o in outcomes for row in o.findings], _FINDING),
        **_register_tables(outcomes),
        **_partial_tables(outcomes),
    }
    return {name: columns for name, columns in tables.items() if next(iter(columns.values()))}


def _partial_tables(outcomes: Sequence[Outcome]) -> dict[str, Columns]:
    rows: dict[str, list[tuple[PartitionId, RowKey, Row]]] = {}
    for outcome in outcomes:
        for key, row in outcome.rows.items():
            rows.setdefault(key.table, []).append((outcome.partition, key, row))
    return {name: _partial_columns(PARTIAL_TABLES[name], items) for name, items in rows.items()}


def partial_column_names(table: PartialTable) -> list[str]:
    """Give the columns of a partial table in the order of `_partial_columns`."""
    sketch = ["sketch"] if table.has_sketch else []
    keys = [table.window_column, *table.dimensions, "topic", "partition"]
    return [*keys, *table.measures, *sketch, "version"]


def _partial_columns(table: PartialTable, items: Iterable[tuple[PartitionId, RowKey, Row]]) -> Columns:
    rows = [_partial_row(table, *item) for item in items]
    names = partial_column_names(table)
    return dict(zip(names, map(list, zip(*rows, strict=True)), strict=True))


def _partial_row(table: PartialTable, partition: PartitionId, key: RowKey, row: Row) -> list[Any]:
    measures = [row.measures.get(name, 0) for name in table.measures]
    sketch = [{b: n for b, n in row.measures.items() if isinstance(b, int)}] if table.has_sketch else []
    return [key.window, *key.dimensions, *partition, *measures, *sketch, row.version]


def partial_row_from(table: PartialTable, values: Sequence[Any]) -> tuple[PartitionId, RowKey, Row]:
    """Read back one row of a partial table, its window as a whole number."""
    dimensions = len(table.dimensions)
    window, keys, rest = values[0], tuple(values[1 : 1 + dimensions]), values[1 + dimensions :]
    measures: dict[str | int, int] = dict(zip(table.measures, rest[2:], strict=False))
    if table.has_sketch:
        measures |= rest[-2]
    return PartitionId(rest[0], rest[1]), RowKey(table.name, window, keys), Row(measures, rest[-1])


def _register_tables(outcomes: Sequence[Outcome]) -> dict[str, Columns]:
    rows: dict[str, list[tuple[PartitionId, RegisterRow]]] = {}
    for outcome in outcomes:
        for row in outcome.registers:
            rows.setdefault(row.key.table, []).append((outcome.partition, row))
    return {name: _columns(items, _register_getters(name)) for name, items in rows.items()}


def _register_getters(table: str) -> dict[str, Callable[[tuple[PartitionId, RegisterRow]], Any]]:
    def entry(name: str) -> Callable[[tuple[PartitionId, RegisterRow]], Any]:
        return lambda item: _stored(name, item[1].entry[name])

    common: dict[str, Callable[[tuple[PartitionId, RegisterRow]], Any]] = {
        "id": lambda item: item[1].key.id,
        "time": entry("time"),
        "removed": lambda item: item[1].removed,
        "topic": lambda item: item[0].topic,
        "partition": lambda item: item[0].partition,
        "version": lambda item: item[1].version,
    }
    return {name: entry(name) for name in REGISTERS[table]} | common


def _stored(name: str, value: Any) -> Any:  # noqa: ANN401 - whatever the column takes
    if name == "effective_from":
        return date.fromisoformat(value)
    return "" if value is None and name not in _NULLABLE else value
