"""ClickHouse as a worker sees it: each insert travels on its own, lands late, twice, or orphaned.

The rows themselves are kept by `tests.fakes.MemoryStore`, as a ReplacingMergeTree keeps them.
"""

import asyncio
import copy
import random
from collections.abc import Awaitable, Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final, TypeVar

from streams.core.breaker import History
from streams.core.decode import Accepted, DeadLetter
from streams.core.facts import Fact
from streams.core.processor import Outcome
from streams.core.record import PartitionId
from streams.core.state import Block, BlockId, IdBlock
from streams.errors import UnfitError
from streams.pipeline import Slice
from streams.store_columns import fingerprint
from streams.store_lookups import Consumed, PartitionStart
from tests.fakes import MemoryStore
from tests.simulation.process import Process
from tests.simulation.traffic import UNFIT

T = TypeVar("T")
Insert = Callable[[], None]

_LOST_REPLY: Final = 0.05
_BACKOFF_S: Final = 0.5


class BrokenStoreError(Exception):
    """An answer that no retry mends: a bug of the build."""


class Engine:
    """The database server, and what has been published of dead letters.

    `on_consumed` is told before a `consumed` row counts.
    """

    def __init__(self, rng: random.Random, on_consumed: Callable[[PartitionId, int], None]) -> None:
        self.rng = rng
        self.tables = MemoryStore()
        self.consumed: dict[PartitionId, Consumed] = {}
        self.bases: dict[PartitionId, int] = {}
        self.published: set[tuple[PartitionId, int]] = set()
        self.slow_s = 0.0
        self.up = asyncio.Event()
        self.up.set()
        self._on_consumed = on_consumed
        self._incarnation = 0

    def delay_s(self) -> float:
        """Give how long a message is on its way: half of them no time that counts."""
        return max(0.0, self.rng.uniform(-0.02, 0.02)) + self.rng.random() * self.slow_s

    def copy(self) -> tuple[Any, ...]:
        """Make a backup."""
        tables = {name: dict(rows) for name, rows in vars(self.tables).items() if isinstance(rows, dict)}
        return tables, dict(self.consumed), dict(self.bases)

    def restore(self, backup: tuple[Any, ...]) -> None:
        """Go back to a backup; what is on its way to the old server is lost."""
        tables, self.consumed, self.bases = copy.copy(backup)
        self.tables = MemoryStore(**tables)
        self._incarnation += 1

    def accept_new_log(self, partition: PartitionId) -> None:
        """Set the base above all that is stored, as `kpi migrate --accept-new-log` does."""
        positions = [item.record.position for item in self.tables.events.values() if _of(item, partition)]
        positions += [position for owner, position in self.tables.dead if owner == partition]
        positions += [self.consumed[partition].position] if partition in self.consumed else []
        self.bases[partition] = max(positions, default=-1) + 1

    async def land(self, insert: Insert) -> None:
        """Take an insert in, some time from now."""
        incarnation = self._incarnation
        await asyncio.sleep(self.delay_s())
        if incarnation == self._incarnation:
            insert()

    def write_consumed(self, slices: Sequence[Slice]) -> None:
        """Take `consumed` rows in; of one partition the highest counts."""
        for part in slices:
            last = part.records[-1]
            known = self.consumed.get(part.partition)
            if known is None or last.position >= known.position:
                self._on_consumed(part.partition, last.position)
                self.consumed[part.partition] = Consumed(last.position, last.offset, fingerprint(last))


def _of(item: Accepted, partition: PartitionId) -> bool:
    return item.record.partition == partition


def check_fit(outcomes: Sequence[Outcome]) -> None:
    """Refuse what no column takes, before anything is sent.

    Raises:
        UnfitError: a record does not fit.
    """
    if any(UNFIT in (item.record.value or b"") for outcome in outcomes for item in outcome.events):
        raise UnfitError


def inserts_of(outcomes: Sequence[Outcome]) -> Iterator[list[Outcome]]:
    """Take what a batch leads to apart into the inserts that carry it, one a table."""
    yield [Outcome(o.partition, events=o.events) for o in outcomes if o.events]
    yield [Outcome(o.partition, entities=o.entities) for o in outcomes if o.entities]
    yield [Outcome(o.partition, findings=o.findings) for o in outcomes if o.findings]
    yield [Outcome(o.partition, registers=o.registers) for o in outcomes if o.registers]
    for table in sorted({key.table for o in outcomes for key in o.rows}):
        parts = [replace(Outcome(o.partition), rows=_rows_of(o, table)) for o in outcomes]
        yield [part for part in parts if part.rows]


def _rows_of(outcome: Outcome, table: str) -> dict[Any, Any]:
    return {key: row for key, row in outcome.rows.items() if key.table == table}


class SimulatedStore:
    """One process's connection to the engine: the pipeline's store and the source's."""

    def __init__(self, engine: Engine, process: Process) -> None:
        self._engine = engine
        self._process = process
        self.broken = False

    async def partition_starts(
        self, partitions: Collection[PartitionId]
    ) -> dict[PartitionId, PartitionStart]:
        await self._ask()
        bases, consumed = self._engine.bases, self._engine.consumed
        return {one: PartitionStart(bases.get(one, 0), consumed.get(one)) for one in partitions}

    async def dead_positions(self, firsts: Mapping[PartitionId, int]) -> dict[PartitionId, set[int]]:
        await self._ask()
        dead = self._engine.tables.dead
        return {
            one: {position for owner, position in dead if owner == one and position >= first}
            for one, first in firsts.items()
        }

    async def bad_records(self, lasts: Mapping[PartitionId, int]) -> dict[PartitionId, History]:
        bad = await self.dead_positions({one: max(0, last - 999) for one, last in lasts.items()})
        return {one: History(-1, positions) for one, positions in bad.items()}

    async def ids(
        self, wanted: Mapping[PartitionId, set[int]]
    ) -> Mapping[PartitionId, Mapping[int, IdBlock]]:
        return await self._look_up(lambda: self._engine.tables.ids(wanted))

    async def payloads(self, items: Sequence[Accepted]) -> Mapping[PartitionId, Mapping[int, bytes]]:
        return await self._look_up(lambda: self._engine.tables.payloads(items))

    async def entities(
        self, wanted: Mapping[PartitionId, set[str]]
    ) -> Mapping[PartitionId, Mapping[str, list[Fact]]]:
        return await self._look_up(lambda: self._engine.tables.entities(wanted))

    async def blocks(
        self, wanted: Mapping[PartitionId, set[BlockId]]
    ) -> Mapping[PartitionId, Mapping[BlockId, Block]]:
        return await self._look_up(lambda: self._engine.tables.blocks(wanted))

    async def write_dead(self, letters: Sequence[DeadLetter]) -> None:
        await self._insert(lambda: _done(self._engine.tables.write_dead(letters)))

    async def write(self, outcomes: Sequence[Outcome]) -> None:
        check_fit(outcomes)
        parts = [part for part in inserts_of(outcomes) if part]
        await asyncio.gather(*(self._insert(self._writing(part)) for part in parts))

    async def write_consumed(self, slices: Sequence[Slice]) -> None:
        await self._insert(lambda: self._engine.write_consumed(slices))

    def _writing(self, outcomes: Sequence[Outcome]) -> Insert:
        return lambda: _done(self._engine.tables.write(outcomes))

    async def _ask(self) -> None:
        await self._process.turn()
        await asyncio.sleep(self._engine.delay_s())
        await self._engine.up.wait()
        await self._process.turn()

    async def _look_up(self, read: Callable[[], Awaitable[T]]) -> T:
        """Read at one moment; the answer is some time on its way."""
        await self._ask()
        found = await read()
        await asyncio.sleep(self._engine.delay_s())
        await self._process.turn()
        return found

    async def _insert(self, insert: Insert) -> None:
        """Send rows until they are confirmed; what seemed lost may land, and the same rows again after it."""
        while True:
            await self._engine.up.wait()
            await self._process.turn()
            if self.broken:
                raise BrokenStoreError
            landing = asyncio.ensure_future(self._engine.land(insert))
            if self._engine.rng.random() < _LOST_REPLY:
                await asyncio.sleep(self._engine.rng.random() * _BACKOFF_S)
                continue
            await asyncio.shield(landing)
            self._process.wrote()
            await asyncio.sleep(self._engine.delay_s())
            await self._process.turn()
            return


def _done(write: Awaitable[None]) -> None:
    """Run a write of the memory store: nothing in it waits, so it is one moment."""
    try:
        write.__await__().send(None)
    except StopIteration:
        return
    raise RuntimeError("a write of the memory store waited")


class SimulatedDeadLetters:
    """The topic of dead letters."""

    def __init__(self, engine: Engine, process: Process) -> None:
        self._engine = engine
        self._process = process

    async def publish(self, letters: Sequence[DeadLetter]) -> None:
        await self._process.turn()
        await asyncio.sleep(self._engine.delay_s())
        self._engine.published |= {(letter.record.partition, letter.record.position) for letter in letters}
        await self._process.turn()
