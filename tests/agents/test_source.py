"""How the source cuts what a poll brought, and what a rebalance amid a fetch leaves."""

import asyncio
from collections.abc import Collection, Mapping
from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka import TopicPartition
from hypothesis import given
from hypothesis import strategies as st

from streams.batches import BATCH_MAX_BYTES, Batch, cut
from streams.core.breaker import History
from streams.core.record import PartitionId
from streams.pipeline import Pipeline
from streams.registry import load_registry
from streams.settings import Settings
from streams.source import PartitionSource
from streams.store_lookups import PartitionStart
from tests.fakes import MemoryDeadLetters, MemoryStore

SIZES = st.lists(st.integers(1, BATCH_MAX_BYTES), max_size=8)


@given(st.lists(SIZES, min_size=1, max_size=3))
def test_a_cut_keeps_every_record_in_order_and_bounds_the_bytes(partitions: list[list[int]]) -> None:
    """However large the records are, each is in one batch, in its order, and batches stay small."""
    fetched: Any = {
        TopicPartition("t", number): [
            SimpleNamespace(offset=offset, key=None, value=Value(size), headers=())
            for offset, size in enumerate(sizes)
        ]
        for number, sizes in enumerate(partitions)
    }
    batches = cut(fetched)

    for tp, messages in fetched.items():
        assert messages == [m for batch in batches for part, some in batch if part == tp for m in some]
    for batch in batches:
        sizes = [len(message.value) for _, messages in batch for message in messages]
        assert len(sizes) == 1 or sum(sizes) <= BATCH_MAX_BYTES


class Value:
    """Bytes of a length, without the bytes."""

    def __init__(self, length: int) -> None:
        self._length = length

    def __len__(self) -> int:
        return self._length


TAKEN = TopicPartition("gate.crossing", 0)


class OnePartition:
    """What both consumers below answer alike: they have one partition, and nothing of it is paused."""

    def subscribe(self, _topics: list[str], listener: Any) -> None:
        self.listener = listener

    def assignment(self) -> set[TopicPartition]:
        # As aiokafka has it until the group gives another one.
        return {TAKEN}

    def paused(self) -> set[TopicPartition]:
        return set()

    def pause(self, *_partitions: TopicPartition) -> None: ...

    def resume(self, *_partitions: TopicPartition) -> None: ...

    async def start(self) -> None: ...

    async def stop(self) -> None: ...


class TakenAway(OnePartition):
    """A consumer whose partition is taken away while a record with a bad header name is read."""

    def __init__(self, **_options: Any) -> None:
        self.polls = 0
        self.read_again = asyncio.Event()

    async def getmany(self, **_limits: Any) -> dict[TopicPartition, list[Any]]:
        self.polls += 1
        if self.polls == 1:
            await self.listener.on_partitions_revoked([TAKEN])
            raise UnicodeDecodeError("utf-8", b"\xff", 0, 1, "invalid start byte")
        self.read_again.set()
        await asyncio.sleep(0.01)
        return {}


async def test_what_was_taken_away_amid_a_bad_header_is_not_begun_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The partition is another worker's now: this one has none until the group gives it some."""
    monkeypatch.setattr("streams.source.tolerate_any", lambda: None)
    made: list[TakenAway] = []
    failures: list[Exception] = []

    def consumer(**options: Any) -> Any:
        made.append(TakenAway(**options))
        return made[0]

    async def fail(error: Exception) -> None:
        failures.append(error)
        made[0].read_again.set()

    nothing: Any = None
    pipeline = Pipeline(MemoryStore(), MemoryDeadLetters(), load_registry())
    source = PartitionSource(Settings(_env_file=None), nothing, pipeline, nothing, fail, consumer=consumer)
    await source.start()
    try:
        await asyncio.wait_for(made[0].read_again.wait(), 5)
        assert (None, [], []) == (source.to_begin(), source.partitions(), failures)
    finally:
        await source.stop()


HEAVY = 1 << 20


class Endless(OnePartition):
    """A consumer of one partition that never runs out of records of 1 MiB."""

    size = HEAVY

    def __init__(self, **_options: Any) -> None:
        self.given = 0
        self._begun = False

    async def getmany(self, *_partitions: TopicPartition, **_limits: Any) -> dict[TopicPartition, list[Any]]:
        await asyncio.sleep(0)
        if not self._begun:
            self._begun = True
            await self.listener.on_partitions_assigned([TAKEN])
            return {}
        offset, self.given = self.given, self.given + 1
        record = SimpleNamespace(offset=offset, key=None, value=bytes(self.size), headers=())
        record.timestamp = record.timestamp_type = 0
        return {TAKEN: [record]}

    async def beginning_offsets(self, partitions: list[TopicPartition]) -> dict[TopicPartition, int]:
        return dict.fromkeys(partitions, 0)

    async def end_offsets(self, partitions: list[TopicPartition]) -> dict[TopicPartition, int]:
        return dict.fromkeys(partitions, 1_000_000)

    async def committed(self, _partition: TopicPartition) -> None: ...

    async def commit(self, _offsets: Any) -> None: ...

    def partitions_for_topic(self, _topic: str) -> set[int]:
        return {0, 1, 2, 3}

    def highwater(self, _partition: TopicPartition) -> int:
        return 1_000_000

    def seek(self, *_place: Any) -> None: ...


class NothingStored:
    """Knows of no record."""

    async def partition_starts(
        self, partitions: Collection[PartitionId]
    ) -> dict[PartitionId, PartitionStart]:
        return {partition: PartitionStart(0, None) for partition in partitions}

    async def dead_positions(self, firsts: Mapping[PartitionId, int]) -> dict[PartitionId, set[int]]:
        return {partition: set() for partition in firsts}

    async def bad_records(self, lasts: Mapping[PartitionId, int]) -> dict[PartitionId, History]:
        return {partition: History(-1, ()) for partition in lasts}


class Trickle(Endless):
    """The same with records of a byte, one a poll."""

    size = 1


def source_of(consumer: Endless, channel: "asyncio.Queue[Batch]") -> PartitionSource:
    """Give a source that reads a consumer, over a store that holds nothing."""

    async def fail(error: Exception) -> None:
        raise error

    pipeline = Pipeline(MemoryStore(), MemoryDeadLetters(), load_registry())
    made: Any = consumer
    settings = Settings(_env_file=None)
    return PartitionSource(settings, NothingStored(), pipeline, channel, fail, consumer=lambda **_: made)


async def test_small_batches_that_follow_each_other_are_one() -> None:
    """The first record waits for none; what trickles in after it is stored together: each batch costs."""
    channel: asyncio.Queue[Batch] = asyncio.Queue()
    source = source_of(Trickle(), channel)
    await source.start()
    try:
        first = await asyncio.wait_for(channel.get(), 5)
        first.done()
        second = await asyncio.wait_for(channel.get(), 5)
        second.done()
    finally:
        await source.stop()

    assert [1, True] == [
        len(first.slices[0].records), sum(len(part.records) for part in second.slices) > 100,
    ]  # fmt: skip


async def test_what_is_read_ahead_while_the_store_is_away_is_bounded_in_bytes() -> None:
    """Ten thousand records of the largest size would fill the memory of the worker that waits."""
    channel: asyncio.Queue[Batch] = asyncio.Queue()
    consumer = Endless()
    source = source_of(consumer, channel)
    await source.start()
    try:
        waiting = await asyncio.wait_for(channel.get(), 5)
        asyncio.get_running_loop().call_later(0.5, waiting.abandon)
        ahead = await asyncio.wait_for(channel.get(), 5)
    finally:
        await source.stop()

    # One batch that is handed out, and one ahead of it.
    assert consumer.given <= 2 * (1 + BATCH_MAX_BYTES // HEAVY)
    assert sum(len(part.records) for part in ahead.slices) * HEAVY <= BATCH_MAX_BYTES
