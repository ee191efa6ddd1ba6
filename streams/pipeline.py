"""The pipeline around the Processor: decode, load what it reads, fold, write, and only then remember.

The order of the writes is the promise: dead letters, then everything else, then `consumed`. The caller
acknowledges the offsets after `process` returned.
"""

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple, Protocol

from streams.core.decode import Accepted, DeadLetter, decode
from streams.core.facts import Fact
from streams.core.kinds import KINDS
from streams.core.processor import Outcome, accept, commit, fold_rows, sent_again
from streams.core.record import PartitionId, Record
from streams.core.state import Block, BlockId, IdBlock, PartitionState
from streams.errors import UnfitError
from streams.registry import Registry
from streams.topics import DEFAULT_PARTITIONS

# What folds batches sets these: a batch makes 100,000s of small objects that live until it is stored and form
# no cycles, and the collector's default would walk all that is remembered several times a batch.
COLLECTOR_THRESHOLDS: Final = (1_000_000, 20, 100)
# Smaller batches are written whole: parted, they would only make more inserts.
_APART_RECORDS: Final = 2_000


class InterruptedWriteError(Exception):
    """The store failed while a batch was written: what it had confirmed by then may be gone."""


class Slice(NamedTuple):
    """Consecutive records of one partition, ascending in position, and what each was decoded to."""

    partition: PartitionId
    records: Sequence[Record]
    decoded: Sequence[Accepted | DeadLetter]


class Store(Protocol):
    """Where state and results live; a method returns once the store confirmed, however often it tries."""

    async def ids(
        self, wanted: Mapping[PartitionId, set[int]]
    ) -> Mapping[PartitionId, Mapping[int, IdBlock]]:
        """Give the ids of blocks with their lowest positions; an empty block may be left out."""

    async def payloads(self, items: Sequence[Accepted]) -> Mapping[PartitionId, Mapping[int, bytes]]:
        """Give the stored bytes, by position, of events that are sent again."""

    async def entities(
        self, wanted: Mapping[PartitionId, set[str]]
    ) -> Mapping[PartitionId, Mapping[str, list[Fact]]]:
        """Give the facts of entities; one that is not stored may be left out."""

    async def blocks(
        self, wanted: Mapping[PartitionId, set[BlockId]]
    ) -> Mapping[PartitionId, Mapping[BlockId, Block]]:
        """Give the rows of blocks; an empty block may be left out."""

    async def write_dead(self, letters: Sequence[DeadLetter]) -> None:
        """Store dead letters."""

    async def write(self, outcomes: Sequence[Outcome]) -> None:
        """Store events, entities, rows, findings and registers; each write is idempotent by itself.

        Raises:
            UnfitError: a value does not fit; nothing is stored.
        """

    async def write_consumed(self, slices: Sequence[Slice]) -> None:
        """Record that everything up to the end of each slice is stored.

        Raises:
            InterruptedWriteError: the batch is to be written again first.
        """


class DeadLetterSink(Protocol):
    """Where dead letters go besides the store."""

    async def publish(self, letters: Sequence[DeadLetter]) -> None:
        """Return once every letter is acknowledged."""


AcceptedBy = dict[PartitionId, list[Accepted]]


class Pipeline:
    """Folds batches into the store, remembering the state of the partitions that it owns.

    `partitions` is the number of partitions of each topic, which says where a key belongs; batches of
    `apart_records` or more are folded in two parts; `stored` counts the records that were stored.
    """

    def __init__(
        self,
        store: Store,
        dead_letters: DeadLetterSink,
        registry: Registry,
        partitions: Mapping[str, int] = DEFAULT_PARTITIONS,
        apart_records: int = _APART_RECORDS,
    ) -> None:
        self._store = store
        self._dead_letters = dead_letters
        self._registry = registry
        self.partitions = partitions
        self._apart_records = apart_records
        self._states: dict[PartitionId, PartitionState] = {}
        self.stored = 0

    def assign(self, partition: PartitionId, dead: set[int]) -> None:
        """Start a partition with nothing remembered but the positions that are dead."""
        self._states[partition] = PartitionState(dead)

    def forget(self, partition: PartitionId) -> None:
        """Drop what is remembered of a partition."""
        self._states.pop(partition, None)

    def decode(self, partition: PartitionId, records: Sequence[Record]) -> Slice:
        """Decode records; this needs nothing that is remembered, so it can run ahead."""
        decoded = [decode(record, self._registry, self.partitions) for record in records]
        return Slice(partition, records, decoded)

    async def process(self, slices: Sequence[Slice]) -> list[Outcome]:
        """Fold one batch and store all that it leads to.

        A record that the store does not take becomes a dead letter, and the others go on. Any other failure
        leaves what is remembered as it was, so the same batch can come again.

        Raises:
            KeyError: a partition that is not assigned.
        """
        # Looked up once: a batch that outlasts its assignment folds on in the state that it began with.
        return await self._fold(slices, {part.partition: self._states[part.partition] for part in slices})

    async def _fold(
        self, slices: Sequence[Slice], states: Mapping[PartitionId, PartitionState]
    ) -> list[Outcome]:
        try:
            return await self._fold_whole(slices, states)
        except UnfitError as error:
            # Smaller batches, from the same state, lead to what does not fit; what is stored stays the same.
            halves = _halves(slices)
            if not halves:
                return await self._fold_whole(_refused(slices, error), states)
        return [outcome for half in halves for outcome in await self._fold(half, states)]

    async def _fold_whole(
        self, slices: Sequence[Slice], states: Mapping[PartitionId, PartitionState]
    ) -> list[Outcome]:
        # None is cancelled for another's failure: letters that are out and not stored would be forgotten.
        folded = await asyncio.gather(
            *(self._fold_part(part, states) for part in self._parts(slices)), return_exceptions=True
        )
        outcomes = [outcome for part in folded if isinstance(part, list) for outcome in part]
        for failure in folded:
            if isinstance(failure, BaseException):
                _keep_dead(outcomes, states)
                raise failure
        await self._record(slices, outcomes)
        for outcome in outcomes:
            commit(outcome, states[outcome.partition])
        self.stored += _size(slices)
        return outcomes

    def _parts(self, slices: Sequence[Slice]) -> list[Sequence[Slice]]:
        """Part a large batch: while one part waits for the store, the other computes."""
        return [slices] if _size(slices) < self._apart_records else [*_apart(slices)]

    async def _fold_part(
        self, slices: Sequence[Slice], states: Mapping[PartitionId, PartitionState]
    ) -> list[Outcome]:
        """Fold some partitions of a batch and store all of it but that it is stored."""
        outcomes = await self._accept(slices, states)
        await self._load_blocks(outcomes, states)
        for outcome in outcomes:
            fold_rows(outcome, states[outcome.partition])
        if letters := _letters(outcomes):
            await self._dead_letters.publish(letters)
        try:
            await self._write(outcomes)
        except UnfitError:
            _keep_dead(outcomes, states)
            raise
        return outcomes

    async def _accept(
        self, slices: Sequence[Slice], states: Mapping[PartitionId, PartitionState]
    ) -> list[Outcome]:
        accepted = {
            part.partition: [item for item in part.decoded if isinstance(item, Accepted)] for part in slices
        }
        await asyncio.gather(self._load_ids(accepted, states), self._load_entities(accepted, states))
        again = [
            item for partition, items in accepted.items() for item in sent_again(items, states[partition])
        ]
        payloads = await self._store.payloads(again) if again else {}
        return [
            accept(part.partition, part.decoded, states[part.partition], payloads.get(part.partition, {}))
            for part in slices
        ]

    async def _load_ids(self, accepted: AcceptedBy, states: Mapping[PartitionId, PartitionState]) -> None:
        missing = {
            partition: states[partition].missing_ids(item.fact.time for item in items)
            for partition, items in accepted.items()
        }
        wanted = {partition: blocks for partition, blocks in missing.items() if blocks}
        loaded = await self._store.ids(wanted) if wanted else {}
        for partition, blocks in wanted.items():
            for block in blocks:
                states[partition].ids.put(block, dict(loaded.get(partition, {}).get(block, {})))

    async def _load_entities(
        self, accepted: AcceptedBy, states: Mapping[PartitionId, PartitionState]
    ) -> None:
        missing = {
            partition: states[partition].missing_entities(item.entity for item in items)
            for partition, items in accepted.items()
        }
        wanted = {partition: names for partition, names in missing.items() if names}
        loaded = await self._store.entities(wanted) if wanted else {}
        for partition, names in wanted.items():
            kind, facts = KINDS[partition.topic], loaded.get(partition, {})
            for name in names:
                states[partition].entities.put(name, kind.load(facts.get(name, [])))

    async def _load_blocks(
        self, outcomes: Sequence[Outcome], states: Mapping[PartitionId, PartitionState]
    ) -> None:
        missing = {o.partition: states[o.partition].missing_blocks(o.row_keys()) for o in outcomes}
        wanted = {partition: blocks for partition, blocks in missing.items() if blocks}
        loaded = await self._store.blocks(wanted) if wanted else {}
        for partition, blocks in wanted.items():
            for block in blocks:
                rows = loaded.get(partition, {}).get(block, {})
                states[partition].blocks.put(block, dict(rows))

    async def _write(self, outcomes: Sequence[Outcome]) -> None:
        if letters := _letters(outcomes):
            await self._store.write_dead(letters)
        await self._store.write(outcomes)

    async def _record(self, slices: Sequence[Slice], outcomes: Sequence[Outcome]) -> None:
        while True:
            try:
                return await self._store.write_consumed(slices)
            except InterruptedWriteError:
                await self._write(outcomes)


def _letters(outcomes: Iterable[Outcome]) -> list[DeadLetter]:
    return [letter for outcome in outcomes for letter in outcome.dead]


def _keep_dead(outcomes: Iterable[Outcome], states: Mapping[PartitionId, PartitionState]) -> None:
    """Let positions whose letters are out stay dead, however the batch is cut from here on."""
    for letter in _letters(outcomes):
        states[letter.record.partition].dead.add(letter.record.position)


def _apart(slices: Sequence[Slice]) -> list[list[Slice]]:
    """Part a batch in two of about one size; a topic stays whole, as most tables take rows of one alone."""
    topics: defaultdict[str, list[Slice]] = defaultdict(list)
    for part in slices:
        topics[part.partition.topic].append(part)
    parts: tuple[list[Slice], list[Slice]] = [], []
    for topic in sorted(topics.values(), key=_size, reverse=True):
        min(parts, key=_size).extend(topic)
    return [part for part in parts if part]


def _size(slices: Iterable[Slice]) -> int:
    return sum(len(part.records) for part in slices)


def _halves(slices: Sequence[Slice]) -> list[list[Slice]]:
    """Cut a batch into two, each partition's records in order; empty: it has one record."""
    total = _size(slices)
    if total == 1:
        return []
    first, second, room = [], [], total // 2
    for part in slices:
        taken = min(room, len(part.records))
        room -= taken
        first.append(Slice(part.partition, part.records[:taken], part.decoded[:taken]))
        second.append(Slice(part.partition, part.records[taken:], part.decoded[taken:]))
    return [[part for part in half if part.records] for half in (first, second)]


def _refused(slices: Sequence[Slice], error: UnfitError) -> list[Slice]:
    """Make the only record of a batch a dead letter.

    Raises:
        UnfitError: it is one already.
    """
    [(partition, [record], [decoded])] = slices
    if isinstance(decoded, DeadLetter):
        raise error
    detail = f"the store refused it: {error}"
    return [Slice(partition, [record], [DeadLetter(record, "invalid", detail, refused=True)])]
