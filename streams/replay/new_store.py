"""The store of a generation that is filled from nothing: it is not asked for what it was never given."""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Final, TypeVar

from clickhouse_connect.driver.client import Client

from streams.core.facts import Fact
from streams.core.processor import Outcome
from streams.core.record import PartitionId
from streams.core.state import Block, BlockId, IdBlock, id_block_of
from streams.core.tables import PARTIAL_TABLES
from streams.core.windows import local_day_of
from streams.replay.burial import BuryingStore

K = TypeVar("K")

# 16 MB, however many names: of ten million one in a hundred is taken for known, and looked up in vain.
_BITS: Final = 1 << 27
# A moment as the windows of a column are numbered; others are moments themselves.
_WINDOW_OF: Final[dict[str, Callable[[int], int]]] = {
    "window_start": lambda time_ms: time_ms // 1000,
    "day": local_day_of,
}


class Names:
    """Names that were given, in memory that does not grow; one that was not may be taken for known."""

    def __init__(self) -> None:
        self._bits = bytearray(_BITS // 8)

    def add(self, name: tuple[str, str]) -> None:
        """Remember a name."""
        for bit in _bits_of(name):
            self._bits[bit >> 3] |= 1 << (bit & 7)

    def __contains__(self, name: tuple[str, str]) -> bool:
        return all(self._bits[bit >> 3] & (1 << (bit & 7)) for bit in _bits_of(name))


def _bits_of(name: tuple[str, str]) -> tuple[int, int]:
    mixed = hash(name)
    return mixed % _BITS, (mixed >> 32) % _BITS


class NewStore(BuryingStore):
    """A store to which this process alone writes: of a partition that began empty it knows what is not there.

    No row lies after the newest event of its partition, and no entity has facts before it was written.

    Args:
        client: a connection as the writer.
        generation: the new generation.
        first: where letters are put, as in `BuryingStore`.
        held: the partitions of which something is stored already: of these all is looked up.
    """

    def __init__(
        self,
        client: Client,
        generation: str,
        first: Mapping[PartitionId, int],
        held: Collection[PartitionId],
    ) -> None:
        super().__init__(client, generation, first)
        self._held = frozenset(held)
        self._names = Names()
        self._newest: dict[PartitionId, int] = {}

    async def write(self, outcomes: Sequence[Outcome]) -> None:
        """Store all that a batch leads to, and remember what may be asked for from now on."""
        for outcome in outcomes:
            at, times = outcome.partition, (item.fact.time for item in outcome.events)
            self._newest[at] = max(self._newest_of(at), max(times, default=-1))
            for name in outcome.entities:
                self._names.add((at.topic, name))
        await super().write(outcomes)

    async def ids(self, wanted: Mapping[PartitionId, set[int]]) -> dict[PartitionId, dict[int, IdBlock]]:
        """Give the ids of blocks."""
        known = self._narrowed(wanted, lambda at, number: number <= id_block_of(self._newest_of(at)))
        return await super().ids(known) if known else {}

    async def entities(
        self, wanted: Mapping[PartitionId, set[str]]
    ) -> dict[PartitionId, dict[str, list[Fact]]]:
        """Give the facts of entities."""
        known = self._narrowed(wanted, lambda at, name: (at.topic, name) in self._names)
        return await super().entities(known) if known else {}

    async def blocks(
        self, wanted: Mapping[PartitionId, set[BlockId]]
    ) -> dict[PartitionId, dict[BlockId, Block]]:
        """Give the rows of blocks."""
        known = self._narrowed(
            wanted, lambda at, block: block.number <= _block_at(block.table, self._newest_of(at))
        )
        return await super().blocks(known) if known else {}

    def _newest_of(self, partition: PartitionId) -> int:
        return self._newest.get(partition, -1)

    def _narrowed(
        self, wanted: Mapping[PartitionId, set[K]], may_be_there: Callable[[PartitionId, K], bool]
    ) -> dict[PartitionId, set[K]]:
        """Leave out what is not there."""
        left = {
            at: keys if at in self._held else {key for key in keys if may_be_there(at, key)}
            for at, keys in wanted.items()
        }
        return {at: keys for at, keys in left.items() if keys}


def _block_at(table: str, time_ms: int) -> int:
    """Give the number of a table's block in which a moment lies."""
    known = PARTIAL_TABLES[table]
    return _WINDOW_OF.get(known.window_column, int)(time_ms) // known.block
