"""A store that is filled from nothing asks for little, and the numbers are the same."""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from typing import Any, cast

import pytest
from clickhouse_connect.driver.client import Client
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.core.processor import Outcome
from streams.core.record import PartitionId
from streams.pipeline import Pipeline, Slice
from streams.registry import load_registry
from streams.replay.burial import BuryingStore, BuryLetters
from streams.replay.new_store import Names, NewStore
from streams.store import ClickHouseStore
from tests.driver import with_offsets
from tests.events import others, record_of, visits
from tests.fakes import MemoryStore

REGISTRY = load_registry()
RECORDS = with_offsets([record_of(event) for event in visits(0, 30) + others() + visits(3, 4)])
PARTITIONS = {record.partition for record in RECORDS}
ASKED = ("ids", "entities", "blocks")


def stored(held: Collection[PartitionId] | None, size: int) -> tuple[dict[str, Any], list[Any]]:
    """Fold through a store over memory; none: one that asks for all. Give what stands, and what was asked."""
    memory, asked = MemoryStore(), list[Any]()

    def answer(name: str) -> Any:
        async def ask(_: ClickHouseStore, wanted: Mapping[PartitionId, Any]) -> Any:
            asked.append((name, wanted))
            return await getattr(memory, name)(wanted)

        return ask

    async def write(_: ClickHouseStore, outcomes: Sequence[Outcome]) -> None:
        await memory.write(outcomes)

    async def write_consumed(_: ClickHouseStore, slices: Sequence[Slice]) -> None:
        await memory.write_consumed(slices)

    with pytest.MonkeyPatch.context() as patch:
        for name in (*ASKED, "payloads"):
            patch.setattr(ClickHouseStore, name, answer(name))
        patch.setattr(ClickHouseStore, "write", write)
        patch.setattr(ClickHouseStore, "write_consumed", write_consumed)
        client = cast("Client", None)
        store = BuryingStore(client, "", {}) if held is None else NewStore(client, "", {}, held)
        asyncio.run(folded(store, size))
    return {**vars(memory)}, asked


async def folded(store: ClickHouseStore, size: int) -> None:
    """Fold the records in batches; after each one everything is forgotten, so that all is loaded anew."""
    pipeline = Pipeline(store, BuryLetters(), REGISTRY)
    for start in range(0, len(RECORDS), size):
        part = RECORDS[start : start + size]
        for partition in {record.partition for record in part}:
            pipeline.assign(partition, set())
        parts = {at: [one for one in part if one.partition == at] for at in {one.partition for one in part}}
        await pipeline.process([pipeline.decode(*item) for item in parts.items()])


WHOLE, _ = stored(None, len(RECORDS))


@settings(max_examples=15, deadline=None)
@given(st.integers(1, len(RECORDS)), st.sets(st.sampled_from(sorted(PARTITIONS))))
def test_whatever_is_not_looked_up_is_not_there(size: int, held: set[PartitionId]) -> None:
    """Every row is the same to the bit, though nothing is remembered from batch to batch."""
    assert WHOLE == stored(held, size)[0]


def test_nothing_is_asked_of_what_is_empty() -> None:
    """Of a partition that held something before, all is."""
    at = min(PARTITIONS)

    assert [] == stored((), len(RECORDS))[1]
    assert [{at}] * len(ASKED) == [set(wanted) for _, wanted in stored({at}, len(RECORDS))[1]]


def test_a_name_that_was_given_is_known() -> None:
    """Hardly any other is taken for one."""
    names = Names()
    for number in range(10_000):
        names.add(("target", str(number)))

    assert all(("target", str(number)) in names for number in range(10_000))
    assert 10 > sum(("gate.state", str(number)) in names for number in range(10_000))
