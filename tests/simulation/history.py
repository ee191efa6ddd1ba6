"""All that was ever produced, and what must be stored of it."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from aiokafka import TopicPartition

from streams.core.processor import Outcome
from streams.core.record import PartitionId, Record
from streams.pipeline import Pipeline
from streams.registry import load_registry
from tests.fakes import MemoryDeadLetters, MemoryStore
from tests.oracle import expected
from tests.simulation.store import Engine, check_fit
from tests.simulation.traffic import PARTITIONS, RECEIVED_MS, Sent

_REGISTRY: Final = load_registry()


@dataclass
class Incarnation:
    """One life of a log: its base, once it is accepted, and its records by offset."""

    base: int = 0
    sent: dict[int, Sent] = field(default_factory=dict)


class _PickyStore(MemoryStore):
    """Refuses what the simulated one refuses."""

    async def write(self, outcomes: Sequence[Outcome]) -> None:
        check_fit(outcomes)
        await super().write(outcomes)


class History:
    """What was produced to each partition, over all lives of its log."""

    def __init__(self) -> None:
        self._lives: dict[PartitionId, list[Incarnation]] = {}

    def life(self, partition: PartitionId) -> Incarnation:
        """Give the present life of a log."""
        return self._lives.setdefault(partition, [Incarnation()])[-1]

    def begin_anew(self, partition: PartitionId) -> None:
        """Note that a log begins again; its base is known once it is accepted."""
        self._lives[partition].append(Incarnation())

    def records(self, *, dead: bool | None = None) -> dict[PartitionId, list[Record]]:
        """Give the records of each partition in order; all, or those that are dead or not."""
        return {
            partition: [
                Record(partition, offset, life.base + offset, RECEIVED_MS, sent.key, sent.value)
                for life in lives
                for offset, sent in life.sent.items()
                if dead is None or sent.is_dead == dead
            ]
            for partition, lives in self._lives.items()
        }


def homeless(records: list[Record], tables: MemoryStore, up_to: int) -> list[str]:
    """Name the records of a partition that are not exactly one of stored, dead and sent again."""
    if not records:
        return []
    partition = records[0].partition
    mine = [item for item in tables.events.values() if item.record.partition == partition]
    stored = {item.record.position for item in mine}
    lowest: dict[str, int] = {}
    for item in mine:
        lowest[item.fact.id] = min(item.record.position, lowest.get(item.fact.id, item.record.position))
    wrong = []
    for record in records:
        homes = (record.position in stored) + ((partition, record.position) in tables.dead)
        if not homes and record.position <= up_to:
            homes += lowest.get(_id_of(record), record.position) < record.position
        if homes > 1 or (homes == 0 and record.position <= up_to):
            wrong.append(f"{partition.topic}/{partition.partition} position {record.position}: {homes} homes")
    return wrong


def _id_of(record: Record) -> str:
    try:
        return str(json.loads(record.value or b"")["id"])
    except (ValueError, KeyError):
        return ""


async def differences(history: History, engine: Engine) -> list[str]:
    """Compare what is stored with the oracle, and with one worker that folded everything undisturbed."""
    tables, everything = engine.tables, history.records()
    wrong = [line for records in everything.values() for line in homeless(records, tables, 1 << 60)]
    dead = {(r.partition, r.position) for records in history.records(dead=True).values() for r in records}
    if dead != tables.dead.keys():
        wrong.append(f"dead letters differ: {sorted(dead ^ tables.dead.keys())}")
    if not dead <= engine.published:
        wrong.append(f"never published: {sorted(dead - engine.published)}")
    if expected(history.records(dead=False)) != tables.measures():
        wrong.append("the measures are not the oracle's")
    reference = await _undisturbed(everything)
    for name in ("entity_rows", "rows", "findings", "registers"):
        ours, theirs = getattr(tables, name), getattr(reference, name)
        keys = [key for key in ours.keys() | theirs.keys() if ours.get(key) != theirs.get(key)]
        wrong += [f"{name}: {key}: {ours.get(key)} is not {theirs.get(key)}" for key in keys]
    return wrong


async def _undisturbed(everything: dict[PartitionId, list[Record]]) -> MemoryStore:
    store = _PickyStore()
    pipeline = Pipeline(store, MemoryDeadLetters(), _REGISTRY, PARTITIONS)
    for partition, records in everything.items():
        pipeline.assign(partition, set())
        await pipeline.process([pipeline.decode(partition, records)] if records else [])
    return store


def kafka_name(partition: PartitionId) -> TopicPartition:
    """Name a partition as Kafka does."""
    return TopicPartition(*partition)
