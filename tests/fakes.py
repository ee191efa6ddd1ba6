"""Hand-written doubles: a store and a dead-letter sink that keep everything in memory."""

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from streams.core.contribution import Measures, RowKey
from streams.core.decode import Accepted, DeadLetter
from streams.core.facts import Fact, facts_from_json
from streams.core.processor import FindingRow, Outcome, RegisterRow
from streams.core.record import PartitionId
from streams.core.state import Block, BlockId, IdBlock, Row, block_of, id_block_of
from streams.pipeline import Slice

EventKey = tuple[PartitionId, str, int, str]


class CrashError(Exception):
    """The process died here."""


@dataclass
class MemoryStore:
    """Keeps rows as ClickHouse does: by key, the highest version wins, the last of equals.

    `crash_after` writes let that many tables through and then raise, as a process that dies in between.
    """

    events: dict[EventKey, Accepted] = field(default_factory=dict)
    entity_rows: dict[tuple[PartitionId, str], tuple[int, str]] = field(default_factory=dict)
    rows: dict[tuple[PartitionId, RowKey], Row] = field(default_factory=dict)
    findings: dict[tuple[object, ...], FindingRow] = field(default_factory=dict)
    registers: dict[tuple[object, ...], RegisterRow] = field(default_factory=dict)
    dead: dict[tuple[PartitionId, int], DeadLetter] = field(default_factory=dict)
    consumed: dict[PartitionId, int] = field(default_factory=dict)
    crash_after: int | None = None

    def _write(self) -> None:
        if self.crash_after is not None:
            if self.crash_after == 0:
                self.crash_after = None
                raise CrashError
            self.crash_after -= 1

    async def ids(
        self, wanted: Mapping[PartitionId, set[int]]
    ) -> Mapping[PartitionId, Mapping[int, IdBlock]]:
        found: dict[PartitionId, dict[int, IdBlock]] = {}
        for (partition, _, time, event_id), item in self.events.items():
            if id_block_of(time) in wanted.get(partition, ()):
                block = found.setdefault(partition, {}).setdefault(id_block_of(time), {})
                block[event_id] = min(item.record.position, block.get(event_id, item.record.position))
        return found

    async def payloads(self, items: Sequence[Accepted]) -> Mapping[PartitionId, Mapping[int, bytes]]:
        found: dict[PartitionId, dict[int, bytes]] = {}
        for item in items:
            stored = self.events.get((item.record.partition, item.event.type, item.fact.time, item.fact.id))
            if stored is not None:
                kept = found.setdefault(item.record.partition, {})
                kept[stored.record.position] = stored.record.value or b""
        return found

    async def entities(
        self, wanted: Mapping[PartitionId, set[str]]
    ) -> Mapping[PartitionId, Mapping[str, list[Fact]]]:
        return {
            partition: {
                name: facts_from_json(self.entity_rows[partition, name][1])
                for name in names
                if (partition, name) in self.entity_rows
            }
            for partition, names in wanted.items()
        }

    async def blocks(
        self, wanted: Mapping[PartitionId, set[BlockId]]
    ) -> Mapping[PartitionId, Mapping[BlockId, Block]]:
        found: dict[PartitionId, dict[BlockId, Block]] = {}
        for (partition, key), row in self.rows.items():
            if block_of(key) in wanted.get(partition, ()):
                found.setdefault(partition, {}).setdefault(block_of(key), {})[key] = copy.deepcopy(row)
        return found

    async def write_dead(self, letters: Sequence[DeadLetter]) -> None:
        self._write()
        for letter in letters:
            self.dead[letter.record.partition, letter.record.position] = letter

    async def write(self, outcomes: Sequence[Outcome]) -> None:
        for outcome in outcomes:
            for write in (self._write_events, self._write_entities, self._write_rows, self._write_registers):
                self._write()
                write(outcome)

    def _write_events(self, outcome: Outcome) -> None:
        for item in outcome.events:
            self.events[outcome.partition, item.event.type, item.fact.time, item.fact.id] = item

    def _write_entities(self, outcome: Outcome) -> None:
        for name, entity in outcome.entities.items():
            known = self.entity_rows.get((outcome.partition, name), (-1, ""))
            if entity.version >= known[0]:
                self.entity_rows[outcome.partition, name] = entity.version, entity.to_json()

    def _write_rows(self, outcome: Outcome) -> None:
        for key, row in outcome.rows.items():
            known = self.rows.get((outcome.partition, key))
            if known is None or row.version >= known.version:
                self.rows[outcome.partition, key] = copy.deepcopy(row)

    def _write_registers(self, outcome: Outcome) -> None:
        for finding in outcome.findings:
            key = (outcome.partition, finding.kind, finding.entity, finding.qualifier)
            _keep_highest(self.findings, key, finding)
        for register in outcome.registers:
            _keep_highest(self.registers, (outcome.partition, register.key), register)

    async def write_consumed(self, slices: Sequence[Slice]) -> None:
        self._write()
        for part in slices:
            position = part.records[-1].position
            self.consumed[part.partition] = max(position, self.consumed.get(part.partition, -1))

    def measures(self) -> dict[RowKey, Measures]:
        """Give what readers see: measures summed over partitions, without zeros."""
        sums: dict[RowKey, Measures] = {}
        for (_, key), row in self.rows.items():
            total = sums.setdefault(key, {})
            for measure, amount in row.measures.items():
                total[measure] = total.get(measure, 0) + amount
        clean = {key: {m: n for m, n in total.items() if n} for key, total in sums.items()}
        return {key: total for key, total in clean.items() if total}


Versioned = TypeVar("Versioned", FindingRow, RegisterRow)


def _keep_highest(kept: dict[tuple[object, ...], Versioned], key: tuple[object, ...], row: Versioned) -> None:
    if key not in kept or row.version >= kept[key].version:
        kept[key] = row


@dataclass
class MemoryDeadLetters:
    """Keeps published dead letters."""

    letters: list[DeadLetter] = field(default_factory=list)

    async def publish(self, letters: Sequence[DeadLetter]) -> None:
        self.letters.extend(letters)
