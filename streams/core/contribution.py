"""What a set of facts contributes - rows, registers, findings - and the difference of two sets."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple, TypeVar

K = TypeVar("K")
V = TypeVar("V")

# A column's name, or the number of a sketch bucket.
Measure = str | int
Measures = dict[Measure, int]


class RowKey(NamedTuple):
    """A window of a table and its dimensions; `window` is in the table's own unit (see tables.py)."""

    table: str
    window: int
    dimensions: tuple[str | int, ...]


class FindingKey(NamedTuple):
    """What a finding is about within its entity."""

    kind: str
    qualifier: str


class Finding(NamedTuple):
    """Facts that say something against each other: the ids, when (ms), and in words."""

    ids: tuple[str, ...]
    at: int
    detail: str


class RegisterKey(NamedTuple):
    """A register and the id of the original event."""

    table: str
    id: str


Register = Mapping[str, object]


# Not frozen: there is one for every record, and a frozen one takes twice as long to make.
@dataclass(slots=True)
class Contribution:
    """All that one entity gives to the KPIs."""

    rows: dict[RowKey, Measures] = field(default_factory=dict)
    findings: dict[FindingKey, Finding] = field(default_factory=dict)
    registers: dict[RegisterKey, Register] = field(default_factory=dict)

    def add(self, key: RowKey, measures: Mapping[Any, int]) -> None:
        """Add measures (by column name or sketch bucket) to a row."""
        row = self.rows.get(key)
        if row is None:
            self.rows[key] = dict(measures)
            return
        for measure, amount in measures.items():
            row[measure] = row.get(measure, 0) + amount


class Difference(NamedTuple):
    """The difference that one record makes; None in `findings` or `registers` takes the entry away."""

    rows: dict[RowKey, Measures]
    findings: dict[FindingKey, Finding | None]
    registers: dict[RegisterKey, Register | None]


def difference(before: Contribution, after: Contribution) -> Difference:
    """Give `after - before`; what did not change is not in it."""
    return Difference(
        _changed_rows(before.rows, after.rows),
        _changed(before.findings, after.findings),
        _changed(before.registers, after.registers),
    )


def _changed_rows(before: dict[RowKey, Measures], after: dict[RowKey, Measures]) -> dict[RowKey, Measures]:
    # Of many rows one event changes few: to compare them costs a fraction of subtracting them.
    changes = {}
    for key, measures in after.items():
        known = before.get(key)
        if measures != known and (change := minus(measures, known or {})):
            changes[key] = change
    if not before.keys() <= after.keys():
        gone = {key: minus({}, measures) for key, measures in before.items() if key not in after}
        changes |= {key: change for key, change in gone.items() if change}
    return changes


def minus(after: Measures, before: Measures) -> Measures:
    """Give the measures in which `after` differs from `before`."""
    if not before and 0 not in after.values():
        return after
    changes = {m: after.get(m, 0) - before.get(m, 0) for m in before.keys() | after.keys()}
    return {measure: amount for measure, amount in changes.items() if amount}


def _changed(before: Mapping[K, V], after: Mapping[K, V]) -> dict[K, V | None]:
    if before == after:
        return {}
    gone: dict[K, V | None] = {key: None for key in before if key not in after}
    return gone | {key: value for key, value in after.items() if before.get(key) != value}
