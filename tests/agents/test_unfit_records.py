"""A record whose values the store does not take becomes a dead letter, and its neighbours go on."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.agents import fold_batch
from streams.batches import Batch
from streams.core.processor import Outcome
from streams.core.record import PartitionId, Record
from streams.errors import UnfitError
from streams.pipeline import Pipeline
from streams.registry import load_registry
from tests.driver import drive, in_batches, with_offsets
from tests.events import crossing, output, record_of
from tests.fakes import MemoryDeadLetters, MemoryStore

REGISTRY = load_registry()
VISITS = ("A-1", "B-2", "C-3", "D-4")
POINTS = ("arrived", "booth_start", "booth_end", "crossed")
RECORDS = with_offsets(
    record_of(
        crossing(number + 1, VISITS[number % 4], POINTS[number // 4 % 4], number * 1000)
        if number % 3
        else output(number + 1, number, 10)
    )
    for number in range(32)
)


@dataclass
class PickyStore(MemoryStore):
    """Takes nothing of a batch in which one record's bytes are among those that it refuses."""

    refused: frozenset[bytes] = frozenset()
    tried: int = 0

    async def write(self, outcomes: Sequence[Outcome]) -> None:
        self.tried += 1
        if any(item.record.value in self.refused for outcome in outcomes for item in outcome.events):
            raise UnfitError("trade_day.value_usd_minor does not take the value (DataError)")
        await super().write(outcomes)


async def test_a_batch_tells_which_records_the_store_refused() -> None:
    """The breaker of a running worker counts them, as it does after a restart."""
    pipeline = Pipeline(
        PickyStore(refused=frozenset({RECORDS[3].value or b""})), MemoryDeadLetters(), REGISTRY
    )
    slices = []
    for partition in sorted({record.partition for record in RECORDS}):
        pipeline.assign(partition, set())
        slices.append(pipeline.decode(partition, [r for r in RECORDS if r.partition == partition]))
    batch = Batch(slices, 1)
    await fold_batch(pipeline, batch)

    assert [RECORDS[3]] == batch.refused
    assert batch.finished.is_set()


def fold(store: MemoryStore, size: int, dead: Mapping[PartitionId, set[int]]) -> MemoryDeadLetters:
    """Fold all records in batches of a size, with positions that are dead already."""
    letters = MemoryDeadLetters()
    pipeline = Pipeline(store, letters, REGISTRY, apart_records=8)
    for partition in {record.partition for record in RECORDS}:
        pipeline.assign(partition, set(dead.get(partition, ())))
    asyncio.run(drive(pipeline, in_batches(RECORDS, size)))
    assert len(RECORDS) == pipeline.stored
    return letters


def positions(records: Sequence[Record]) -> dict[PartitionId, set[int]]:
    """Give the positions of records by partition."""
    found: dict[PartitionId, set[int]] = {}
    for record in records:
        found.setdefault(record.partition, set()).add(record.position)
    return found


@given(st.sets(st.sampled_from(range(32)), max_size=6), st.integers(1, 32))
def test_each_refused_record_is_dead_and_the_others_count(refused: set[int], size: int) -> None:
    """Whatever the batches are, the tables are those of a log in which these records were dead before."""
    bad = [RECORDS[number] for number in refused]
    picky, plain = PickyStore(refused=frozenset(record.value or b"" for record in bad)), MemoryStore()

    letters = fold(picky, size, {})
    fold(plain, 32, positions(bad))

    assert plain.measures() == picky.measures()
    assert plain.entity_rows == picky.entity_rows
    assert plain.events.keys() == picky.events.keys()
    assert plain.consumed == picky.consumed
    assert {record.value for record in bad} == {letter.record.value for letter in letters.letters}
    assert positions(bad) == positions([letter.record for letter in picky.dead.values()])
    assert all(letter.reason == "invalid" for letter in letters.letters)
    assert all(letter.detail.startswith("the store refused it: trade_day") for letter in letters.letters)


def test_the_culprit_is_found_by_halving() -> None:
    """One bad record of 32 costs a handful of writes, not one a record."""
    picky = PickyStore(refused=frozenset({RECORDS[13].value or b""}))

    fold(picky, 32, {})

    # Five batches that fail on the way down, the culprit alone, its dead letter, five halves that pass; and
    # a second write for each of the three batches of eight records or more that hold two topics.
    assert 5 + 1 + 1 + 5 + 3 == picky.tried


def test_a_dead_letter_that_does_not_fit_ends_the_worker() -> None:
    """What cannot be stored even as a dead letter is a bug, not to be tried for ever."""

    class Stubborn(MemoryStore):
        async def write(self, _: Sequence[Outcome]) -> None:
            raise UnfitError("no")

    with pytest.raises(UnfitError):
        fold(Stubborn(), 32, {})


def test_what_was_dead_once_stays_dead_when_the_batch_is_cut() -> None:
    """A visit is full, one of its records is then refused: no position is both dead and stored."""
    points = with_offsets(record_of(crossing(n + 1, "A-1", "arrived", n * 1000)) for n in range(66))
    partition = points[0].partition
    store, letters = PickyStore(refused=frozenset([points[10].value or b""])), MemoryDeadLetters()
    pipeline = Pipeline(store, letters, REGISTRY)
    pipeline.assign(partition, set())

    asyncio.run(drive(pipeline, in_batches(points, 66)))

    published = [letter.record.position for letter in letters.letters]
    assert [64, 65, 10] == published
    assert set(range(66)) - set(published) == {item.record.position for item in store.events.values()}
