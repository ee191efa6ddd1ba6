"""What a worker remembers of one partition: bounded, and forgotten whole when the partition moves."""

from collections import OrderedDict
from collections.abc import Hashable, Iterable
from dataclasses import dataclass, field
from typing import Final, Generic, NamedTuple, TypeVar

from streams.core.contribution import Measures, RowKey
from streams.core.facts import Entity
from streams.core.tables import PARTIAL_TABLES

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

# Days of live traffic, in about 10 MB a partition; what falls out is read again.
_ENTITIES: Final = 3_000
_BLOCKS: Final = 400
_ID_BLOCKS: Final = 400


class BlockId(NamedTuple):
    """A run of windows of one table that is loaded whole."""

    table: str
    number: int


class Row(NamedTuple):
    """A partial row: its measures, and the highest position folded into it."""

    measures: Measures
    version: int


Block = dict[RowKey, Row]
# Event ids of one hour of event time, each with the lowest position that bears it.
IdBlock = dict[str, int]
ID_BLOCK_MS: Final = 3_600_000
ABSENT: Final = Row({}, -1)


def id_block_of(time_ms: int) -> int:
    """Give the block that an event id of this time lies in."""
    return time_ms // ID_BLOCK_MS


def block_of(key: RowKey) -> BlockId:
    """Give the block that a row lies in."""
    return BlockId(key.table, key.window // PARTIAL_TABLES[key.table].block)


class Lru(Generic[K, V]):
    """A mapping that keeps what was used last."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._items: OrderedDict[K, V] = OrderedDict()

    def __contains__(self, key: K) -> bool:
        return key in self._items

    def get(self, key: K) -> V | None:
        """Give the value, and count it as used."""
        if key not in self._items:
            return None
        self._items.move_to_end(key)
        return self._items[key]

    def put(self, key: K, value: V) -> None:
        """Keep a value."""
        self._items[key] = value
        self._items.move_to_end(key)

    def trim(self) -> None:
        """Drop what is over the size; called between batches, so that none loses what was loaded for it."""
        while len(self._items) > self._size:
            self._items.popitem(last=False)


@dataclass
class PartitionState:
    """Entities and rows of a partition; what a loaded block lacks is known to be absent.

    `dead` are the positions that were dead already when the partition began. Later ones do not come again
    before it begins anew, so a flood of bad records fills no memory.
    """

    dead: set[int] = field(default_factory=set)
    ids: Lru[int, IdBlock] = field(default_factory=lambda: Lru(_ID_BLOCKS))
    entities: Lru[str, Entity] = field(default_factory=lambda: Lru(_ENTITIES))
    blocks: Lru[BlockId, Block] = field(default_factory=lambda: Lru(_BLOCKS))

    def row(self, key: RowKey) -> Row:
        """Give a row of a loaded block."""
        block = self.blocks.get(block_of(key))
        if block is None:
            raise LookupError(f"block of {key} was not loaded")
        return block.get(key, ABSENT)

    def position_of(self, event_id: str, time_ms: int) -> int | None:
        """Give the position at which an id of this time is stored, if it is."""
        block = self.ids.get(id_block_of(time_ms))
        if block is None:
            raise LookupError(f"ids of hour {id_block_of(time_ms)} were not loaded")
        return block.get(event_id)

    def missing_ids(self, times_ms: Iterable[int]) -> set[int]:
        """Name the blocks of ids that are to be loaded."""
        return {block for block in map(id_block_of, times_ms) if block not in self.ids}

    def missing_entities(self, wanted: Iterable[str]) -> set[str]:
        """Name the entities that are to be loaded."""
        return {entity for entity in wanted if entity not in self.entities}

    def missing_blocks(self, keys: Iterable[RowKey]) -> set[BlockId]:
        """Name the blocks that are to be loaded."""
        return {block for block in map(block_of, keys) if block not in self.blocks}

    def trim(self) -> None:
        """Let go of what was not used for long."""
        self.ids.trim()
        self.entities.trim()
        self.blocks.trim()
