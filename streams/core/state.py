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


class BlockId(NamedTuple):
    """A run of windows of one table that is loaded whole."""

    table: str
    number: int


class Seen(NamedTuple):
    """Where an event id was accepted first, and the bytes it came with."""

    position: int
    payload: bytes


@dataclass(frozen=True, slots=True)
class Row:
    """A partial row: its measures, and the highest position folded into it."""

    measures: Measures
    version: int


Block = dict[RowKey, Row]
ABSENT: Final = Row({}, -1)


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
    """Entities, rows and dead positions of a partition; what a loaded block lacks is known to be absent."""

    dead: set[int] = field(default_factory=set)
    entities: Lru[str, Entity] = field(default_factory=lambda: Lru(_ENTITIES))
    blocks: Lru[BlockId, Block] = field(default_factory=lambda: Lru(_BLOCKS))

    def row(self, key: RowKey) -> Row:
        """Give a row of a loaded block."""
        block = self.blocks.get(block_of(key))
        if block is None:
            raise LookupError(f"block of {key} was not loaded")
        return block.get(key, ABSENT)

    def missing_entities(self, wanted: Iterable[str]) -> set[str]:
        """Name the entities that are to be loaded."""
        return {entity for entity in wanted if entity not in self.entities}

    def missing_blocks(self, keys: Iterable[RowKey]) -> set[BlockId]:
        """Name the blocks that are to be loaded."""
        return {block for block in map(block_of, keys) if block not in self.blocks}

    def trim(self) -> None:
        """Let go of what was not used for long."""
        self.entities.trim()
        self.blocks.trim()
