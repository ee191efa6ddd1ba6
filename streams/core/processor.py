"""The Processor: records of one partition in, writes and dead letters out. Pure: no I/O, no clock.

A batch goes through four steps, and the caller loads what the next one reads:

1. `decode` each record;
2. `accept` folds the accepted facts into their entities (needs the `ids` and `entities` of the state, and the
   payloads of what `sent_again` names) and gives the difference that each record makes;
3. `fold_rows` adds the differences to the partial rows (needs their blocks), each only where its position is
   above the row's version;
4. `commit` takes the outcome into the state, once every write is confirmed.

The answer is the same on every redelivery, whatever else has been stored since.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from streams.core.contribution import Difference, Finding, Register, RegisterKey, RowKey, difference
from streams.core.decode import Accepted, DeadLetter
from streams.core.facts import MAX_FACTS, Entity
from streams.core.record import PartitionId
from streams.core.state import PartitionState, Row, id_block_of

# Attributes that say how an event travelled, not what it says.
_DELIVERY_ATTRIBUTES: Final = ("backfill", "replayid", "simulated", "correlationid")


class Seen(NamedTuple):
    """Where an event id was accepted first, and the bytes it came with."""

    position: int
    payload: bytes


@dataclass(frozen=True, slots=True)
class FindingRow:
    """A finding to store; `finding` is None where a correction took it away."""

    kind: str
    qualifier: str
    entity: str
    event_type: str
    subject: str
    finding: Finding | None
    version: int


@dataclass(frozen=True, slots=True)
class RegisterRow:
    """A register entry to store, `removed` once it was cancelled."""

    key: RegisterKey
    entry: Register
    removed: bool
    version: int


@dataclass
class Outcome:
    """All that one partition's slice of a batch leads to."""

    partition: PartitionId
    dead: list[DeadLetter] = field(default_factory=list)
    events: list[Accepted] = field(default_factory=list)
    resent: list[Accepted] = field(default_factory=list)
    entities: dict[str, Entity] = field(default_factory=dict)
    rows: dict[RowKey, Row] = field(default_factory=dict)
    findings: list[FindingRow] = field(default_factory=list)
    registers: list[RegisterRow] = field(default_factory=list)
    differences: list[tuple[int, Difference]] = field(default_factory=list)

    def row_keys(self) -> Iterator[RowKey]:
        """Give the rows that the differences touch."""
        return (key for _, change in self.differences for key in change.rows)


def accept(
    partition: PartitionId,
    decoded: Iterable[Accepted | DeadLetter],
    state: PartitionState,
    payloads: Mapping[int, bytes],
) -> Outcome:
    """Fold records, in the order of their positions, into their entities.

    A position once dead stays dead. Of one event id the lowest position counts; the others are re-sent.
    `payloads` holds the stored bytes, by position, of what is sent again.
    """
    outcome = Outcome(partition)
    ids: dict[tuple[str, int], Seen] = {}
    for item in decoded:
        if item.record.position in state.dead:
            continue
        if isinstance(item, DeadLetter):
            outcome.dead.append(item)
            continue
        entity = outcome.entities.get(item.entity) or state.entities.get(item.entity)
        if entity is None:
            raise LookupError(f"entity {item.entity} was not loaded")
        # The same reach as the store's: an id is looked for in the hour of its time, and in its entity.
        mark = item.fact.id, id_block_of(item.fact.time)
        first = ids.get(mark) or _stored(item, entity, state, payloads)
        if first is not None:
            _note_resent(outcome, item, first)
        elif _accepted(outcome, item, entity):
            ids[mark] = Seen(item.record.position, item.record.value or b"")
    return outcome


def sent_again(items: Iterable[Accepted], state: PartitionState) -> list[Accepted]:
    """Give the events whose ids are stored at lower positions."""
    return [item for item in items if _stored_before(item, state) is not None]


def _stored_before(item: Accepted, state: PartitionState) -> int | None:
    """Give the position, lower than the item's, at which its id is stored."""
    position = state.position_of(item.fact.id, item.fact.time)
    return position if position is not None and position < item.fact.position else None


def _stored(
    item: Accepted, entity: Entity, state: PartitionState, payloads: Mapping[int, bytes]
) -> Seen | None:
    """Give the stored occurrence of the same id at a lower position, if there is one."""
    position = _stored_before(item, state)
    if position is not None:
        return Seen(position, payloads.get(position, b""))
    for fact in entity.facts:
        if fact.position >= item.fact.position:
            return None
        if fact.id == item.fact.id:
            # The same id under another time: the look-up by time cannot have found it.
            return Seen(fact.position, b"")
    return None


def _note_resent(outcome: Outcome, item: Accepted, first: Seen) -> None:
    outcome.resent.append(item)
    if first.payload and same_content(first.payload, item.record.value or b""):
        return
    detail = f"sent again at offset {item.record.offset} with other content; position {first.position} counts"
    finding = Finding((item.fact.id,), item.fact.time, detail)
    qualifier = f"{item.fact.id}@{item.fact.position}"
    outcome.findings.append(_finding_row("resent_differs", qualifier, item, finding))


def same_content(one: bytes, other: bytes) -> bool:
    """Tell whether two messages say the same, however they travelled."""
    return one == other or _content(one) == _content(other)


def _content(payload: bytes) -> object:
    content = json.loads(payload)
    return {name: value for name, value in content.items() if name not in _DELIVERY_ATTRIBUTES}


def _finding_row(kind: str, qualifier: str, item: Accepted, finding: Finding | None) -> FindingRow:
    return FindingRow(
        kind, qualifier, item.entity, item.event.type, item.event.subject, finding, item.fact.position
    )


def _accepted(outcome: Outcome, item: Accepted, entity: Entity) -> bool:
    before = entity.before(item.fact.position)
    if len(before.facts) >= MAX_FACTS:
        detail = f"{item.entity} has {MAX_FACTS} facts already"
        outcome.dead.append(DeadLetter(item.record, "too_many_points", detail))
        return False
    outcome.events.append(item)
    outcome.entities[item.entity] = entity.plus(item.fact)
    after = outcome.entities[item.entity] if before is entity else before.plus(item.fact)
    change = difference(before.contribution, after.contribution)
    outcome.differences.append((item.fact.position, change))
    for key, finding in change.findings.items():
        outcome.findings.append(_finding_row(key.kind, key.qualifier, item, finding))
    for register, entry in change.registers.items():
        known = entry if entry is not None else before.contribution.registers[register]
        outcome.registers.append(RegisterRow(register, known, entry is None, item.fact.position))
    return True


def fold_rows(outcome: Outcome, state: PartitionState) -> None:
    """Add the differences to the partial rows, each only where its position is above the row's version."""
    rows = outcome.rows
    for position, change in outcome.differences:
        for key, measures in change.rows.items():
            row = rows.get(key) or state.row(key)
            if position <= row.version:
                continue
            # What the state holds is copied once a batch; from then on the copy takes it all.
            total = row.measures if key in rows else dict(row.measures)
            for measure, amount in measures.items():
                total[measure] = total.get(measure, 0) + amount
            rows[key] = Row(total, position)


def commit(outcome: Outcome, state: PartitionState) -> None:
    """Take a confirmed outcome into the state."""
    for item in outcome.events:
        state.keep_id(item.fact.id, item.fact.time, item.fact.position)
    for name, entity in outcome.entities.items():
        state.entities.put(name, entity)
    for key, row in outcome.rows.items():
        state.keep_row(key, row)
    state.trim()
