"""How fast events are decoded, validated and folded where nothing is stored: the limit of the pipeline."""

from collections.abc import Mapping, Sequence

import pytest

from streams.core.decode import Accepted, DeadLetter
from streams.core.facts import Fact
from streams.core.processor import Outcome
from streams.core.record import PartitionId
from streams.core.state import Block, BlockId, IdBlock
from streams.pipeline import Pipeline, Slice
from streams.registry import load_registry
from tests.bench.measure import Meter, Samples
from tests.driver import Batch, assign, drive, records_of
from tests.fakes import MemoryDeadLetters


class NoStore:
    """Knows nothing and keeps nothing."""

    async def ids(
        self, wanted: Mapping[PartitionId, set[int]]
    ) -> Mapping[PartitionId, Mapping[int, IdBlock]]:
        return {partition: {} for partition in wanted}

    async def payloads(self, items: Sequence[Accepted]) -> Mapping[PartitionId, Mapping[int, bytes]]:
        return {item.record.partition: {} for item in items}

    async def entities(
        self, wanted: Mapping[PartitionId, set[str]]
    ) -> Mapping[PartitionId, Mapping[str, list[Fact]]]:
        return {partition: {} for partition in wanted}

    async def blocks(
        self, wanted: Mapping[PartitionId, set[BlockId]]
    ) -> Mapping[PartitionId, Mapping[BlockId, Block]]:
        return {partition: {} for partition in wanted}

    async def write_dead(self, letters: Sequence[DeadLetter]) -> None:
        pass

    async def write(self, outcomes: Sequence[Outcome]) -> None:
        pass

    async def write_consumed(self, slices: Sequence[Slice]) -> None:
        pass


@pytest.mark.usefixtures("worker_collector")
async def test_fold(bench_round: int, batches: list[Batch], samples: Samples) -> None:
    """Run all batches after the first one through a pipeline without a store."""
    letters = MemoryDeadLetters()
    pipeline = Pipeline(NoStore(), letters, load_registry())
    assign(pipeline, batches)
    await drive(pipeline, batches[:1])

    meter = Meter()
    await drive(pipeline, batches[1:])

    samples.add("fold", bench_round, meter.sample(len(list(records_of(batches[1:])))))
    assert letters.letters == []
