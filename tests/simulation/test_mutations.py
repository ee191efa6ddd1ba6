"""The simulation can fail: each promise, broken on purpose, is found within a few seeds."""

from collections.abc import Callable, Iterable
from typing import Any, Final

import pytest

from streams import agents, ownership
from streams.batches import Batch
from streams.core.kinds import KINDS
from streams.core.state import PartitionState, Row
from streams.pipeline import Pipeline
from streams.positions import start_offset
from streams.source import PartitionSource
from tests.simulation.world import SimulationError, run

_SEEDS: Final = 200
Break = Callable[[Any, str, Any], None]


def acknowledge_before_the_write(put: Break) -> None:
    """The agent says that a batch is done before it folds it."""
    fold = agents.fold_batch

    async def early(pipeline: Pipeline, batch: Batch) -> None:
        batch.done()
        await fold(pipeline, batch)

    put(agents, "fold_batch", early)


def record_before_the_write(put: Break) -> None:
    """`consumed` is written before the rows."""
    fold_part = vars(Pipeline)["_fold_part"]

    async def early(self: Any, slices: Any, states: Any) -> Any:
        await self._store.write_consumed(slices)
        return await fold_part(self, slices, states)

    put(Pipeline, "_fold_part", early)


def record_when_one_part_is_written(put: Break) -> None:
    """`consumed` of the whole batch is written once the first of its parts is."""
    fold_whole, write = vars(Pipeline)["_fold_whole"], vars(Pipeline)["_write"]
    batches: dict[Any, Any] = {}

    async def remembered(self: Any, slices: Any, states: Any) -> Any:
        batches[self] = slices
        return await fold_whole(self, slices, states)

    async def early(self: Any, outcomes: Any) -> None:
        await write(self, outcomes)
        await self._store.write_consumed(batches[self])

    put(Pipeline, "_fold_whole", remembered)
    put(Pipeline, "_write", early)


def bury_after_the_record(put: Break) -> None:
    """Dead letters are written last."""
    record = vars(Pipeline)["_record"]
    held: dict[Any, list[Any]] = {}

    async def without_letters(self: Any, outcomes: Any) -> None:
        held.setdefault(self, []).extend(letter for outcome in outcomes for letter in outcome.dead)
        await self._store.write(outcomes)

    async def late(self: Any, slices: Any, outcomes: Any) -> None:
        await record(self, slices, outcomes)
        await self._store.write_dead(held.pop(self, []))

    put(Pipeline, "_write", without_letters)
    put(Pipeline, "_record", late)


def no_version_check(put: Break) -> None:
    """A difference enters a row, whatever the row's version says."""
    row = PartitionState.row
    put(PartitionState, "row", lambda self, key: Row(row(self, key).measures, -1))


def caches_outlive_a_rebalance(put: Break) -> None:
    """A partition that comes back is not forgotten."""

    def assign(self: Any, partition: Any, dead: set[int]) -> None:
        self._states.setdefault(partition, PartitionState(dead))

    put(Pipeline, "forget", lambda *_: None)
    put(Pipeline, "assign", assign)


def commit_of_a_stale_assignment(put: Break) -> None:
    """A batch is committed under an assignment that it was not read under."""
    commit = vars(PartitionSource)["_commit"]

    async def anyhow(self: Any, batch: Batch) -> None:
        batch.assignment = self._owned.number
        await commit(self, batch)

    put(PartitionSource, "_commit", anyhow)


def batches_of_a_stale_assignment(put: Break) -> None:
    """A batch that waits is folded though its partitions moved meanwhile."""
    pump_once = vars(PartitionSource)["_pump_once"]

    async def anyhow(self: Any) -> None:
        for batch in self._ready:
            batch.assignment = self._owned.number
        await pump_once(self)

    put(PartitionSource, "_pump_once", anyhow)


def entities_are_not_loaded(put: Break) -> None:
    """What an entity knew before is left in the store."""

    async def empty(_: Any, accepted: Any, states: Any) -> None:
        for partition, items in accepted.items():
            for name in states[partition].missing_entities(item.entity for item in items):
                states[partition].entities.put(name, KINDS[partition.topic].load([]))

    put(Pipeline, "_load_entities", empty)


def ids_are_not_loaded(put: Break) -> None:
    """An event that is sent again much later is not known."""

    async def empty(_: Any, accepted: Any, states: Any) -> None:
        for partition, items in accepted.items():
            for block in states[partition].missing_ids(item.fact.time for item in items):
                states[partition].ids.put(block, {})

    put(Pipeline, "_load_ids", empty)


def start_at_the_committed_offset(put: Break) -> None:
    """An engine that was restored is not caught up from Kafka."""

    def committed(partition: Any, known: Any, log: Any) -> int:
        start_offset(partition, known, log)
        return max(int(log.start), log.committed or 0)

    put(ownership, "start_offset", committed)


def take_any_log(put: Break) -> None:
    """Another record at the stored offset is not noticed."""

    async def unchecked(*_: Any) -> None:
        return

    put(ownership.Ownership, "_check_same_log", unchecked)


MUTATIONS: Final[Iterable[Callable[[Break], None]]] = (
    acknowledge_before_the_write,
    record_before_the_write,
    record_when_one_part_is_written,
    bury_after_the_record,
    no_version_check,
    caches_outlive_a_rebalance,
    commit_of_a_stale_assignment,
    batches_of_a_stale_assignment,
    entities_are_not_loaded,
    ids_are_not_loaded,
    start_at_the_committed_offset,
    take_any_log,
)


@pytest.mark.parametrize("mutation", MUTATIONS)
def test_a_broken_promise_is_found(
    mutation: Callable[[Break], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Within 200 seeds one ends with a violation."""
    mutation(monkeypatch.setattr)
    with pytest.raises(SimulationError):
        _run_all()


def _run_all() -> None:
    for seed in range(_SEEDS):
        run(seed)
