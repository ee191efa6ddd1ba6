"""The oracle of findings and registers agrees with what is folded from the same topics, without servers."""

import asyncio
from collections import Counter, defaultdict

import pytest

from streams.core.record import PartitionId, Record
from streams.pipeline import Pipeline
from streams.registry import load_registry
from streams.topics import EVENT_TOPICS, partition_of
from tests.driver import drive, in_batches
from tests.events import START_MS
from tests.fakes import MemoryDeadLetters, MemoryStore
from tests.faults.facts import Contradiction, expect_facts
from tests.faults.oracle import expect
from tests.faults.topics import LogRecord, Place
from tests.faults.traffic import Traffic

_RECEIVED_MS = START_MS + 60 * 86_400_000


@pytest.mark.parametrize("seed", range(3))
def test_the_fold_tells_the_contradictions_and_entries_that_the_oracle_finds(seed: int) -> None:
    """Two thousand messages, out of order, sent again, corrected: the same findings and entries, by ids."""
    log: dict[Place, list[LogRecord]] = defaultdict(list)
    records: list[Record] = []
    for m in Traffic(seed).take(2000):
        place = Place(m.topic, partition_of(m.key or b"", EVENT_TOPICS[m.topic].partitions))
        at = len(log[place])
        log[place].append(LogRecord(at, m.key, m.value, m.identity, m.dead))
        records.append(Record(PartitionId(*place), at, at, _RECEIVED_MS, m.key, m.value))
    store = MemoryStore()
    pipeline = Pipeline(store, MemoryDeadLetters(), load_registry())
    for place in log:
        pipeline.assign(PartitionId(*place), set())
    asyncio.run(drive(pipeline, in_batches(records, 300)))
    facts = expect_facts(log, expect(log))

    rows = [row for row in store.findings.values() if row.finding is not None]
    told = Counter(Contradiction(r.kind, r.finding.ids, r.finding.at) for r in rows if r.finding)
    assert told == facts.contradictions
    standing = {(r.key.table, r.key.id) for r in store.registers.values() if not r.removed}
    assert standing == facts.entries.keys()
    assert {"negative_interval", "resent_differs"} <= {c.kind for c in facts.contradictions}
    assert {"gate_states", "declarations"} <= {table for table, _ in facts.entries}
