"""How the source cuts what a poll brought, and what a rebalance amid a fetch leaves."""

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka import TopicPartition
from hypothesis import given
from hypothesis import strategies as st

from streams.batches import BATCH_MAX_BYTES, cut
from streams.pipeline import Pipeline
from streams.registry import load_registry
from streams.settings import Settings
from streams.source import PartitionSource
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


class TakenAway:
    """A consumer whose partition is taken away while a record with a bad header name is read."""

    def __init__(self, **_options: Any) -> None:
        self.polls = 0
        self.read_again = asyncio.Event()

    def subscribe(self, _topics: list[str], listener: Any) -> None:
        self.listener = listener

    async def getmany(self, **_limits: Any) -> dict[TopicPartition, list[Any]]:
        self.polls += 1
        if self.polls == 1:
            await self.listener.on_partitions_revoked([TAKEN])
            raise UnicodeDecodeError("utf-8", b"\xff", 0, 1, "invalid start byte")
        self.read_again.set()
        await asyncio.sleep(0.01)
        return {}

    def assignment(self) -> set[TopicPartition]:
        # As aiokafka has it until the group gives another one.
        return {TAKEN}

    def paused(self) -> set[TopicPartition]:
        return set()

    def pause(self, *_partitions: TopicPartition) -> None: ...

    def resume(self, *_partitions: TopicPartition) -> None: ...

    async def start(self) -> None: ...

    async def stop(self) -> None: ...


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
