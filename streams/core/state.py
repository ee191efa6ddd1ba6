"""What a worker remembers of one partition: bounded, and forgotten whole when the partition moves."""

from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable, Sized
from dataclasses import dataclass, field
from typing import Final, Generic, NamedTuple, TypeVar

from streams.core.contribution import Measures, RowKey
from streams.core.facts import Entity
from streams.core.tables import PARTIAL_TABLES

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

# Days of live traffic, in about 10 MB a partition; what falls out is read again. An entity takes 3.5 kB with
# all that it contributes, a row 0.7 kB, an id 150 bytes. The blocks of a month take up to 5,000 rows. Of the
# ids of a partition 10,000 are more than a week's; 50,000 were still filling after 1.2 million events.
_ENTITIES: Final = 1_000
_ROWS: Final = 8_000
_IDS: Final = 10_000
# A flood of ids in one hour must not have that hour and the one before read again for each batch.
_ID_BLOCKS_AT_LEAST: Final = 2


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
_BLOCK_SIZES: Final = {table.name: table.block for table in PARTIAL_TABLES.values()}


def id_block_of(time_ms: int) -> int:
    """Give the block that an event id of this time lies in."""
    return time_ms // ID_BLOCK_MS


def block_of(key: RowKey) -> BlockId:
    """Give the block that a row lies in."""
    return BlockId(key.table, key.window // _BLOCK_SIZES[key.table])


def _one(_: object) -> int:
    return 1


def _weight_of(block: Sized) -> int:
    """Count what a block holds; an empty one is something to remember, too."""
    return 1 + len(block)


class Lru(Generic[K, V]):
    """A mapping that keeps what was used last, up to a size of all weights; by default, each item weighs one.

    `weight` is that of all items; who lets one that is in here grow says so. The last `at_least` used are
    kept whatever they weigh.
    """

    def __init__(self, size: int, weigh: Callable[[V], int] = _one, at_least: int = 0) -> None:
        self._size = size
        self._weigh = weigh
        self._at_least = at_least
        self._items: OrderedDict[K, V] = OrderedDict()
        self.weight = 0

    def __contains__(self, key: K) -> bool:
        return key in self._items

    def get(self, key: K) -> V | None:
        """Give the value, and count it as used."""
        value = self._items.get(key)
        if value is not None:
            self._items.move_to_end(key)
        return value

    def put(self, key: K, value: V) -> None:
        """Keep a value."""
        known = self._items.get(key)
        self.weight += self._weigh(value) - (0 if known is None else self._weigh(known))
        self._items[key] = value
        self._items.move_to_end(key)

    def trim(self) -> None:
        """Drop what is over the size; called between batches, so that none loses what was loaded for it."""
        while self.weight > self._size and len(self._items) > self._at_least:
            _, item = self._items.popitem(last=False)
            self.weight -= self._weigh(item)


@dataclass
class PartitionState:
    """Entities and rows of a partition; what a loaded block lacks is known to be absent.

    `dead` are the positions that were dead already when the partition began. Later ones do not come again
    before it begins anew, so a flood of bad records fills no memory.
    """

    dead: set[int] = field(default_factory=set)
    ids: Lru[int, IdBlock] = field(default_factory=lambda: Lru(_IDS, _weight_of, _ID_BLOCKS_AT_LEAST))
    entities: Lru[str, Entity] = field(default_factory=lambda: Lru(_ENTITIES))
    blocks: Lru[BlockId, Block] = field(default_factory=lambda: Lru(_ROWS, _weight_of))

    def row(self, key: RowKey) -> Row:
        """Give a row of a loaded block."""
        block = self.blocks.get(block_of(key))
        if block is None:
            raise LookupError(f"block of {key} was not loaded")
        return block.get(key, ABSENT)

    def keep_row(self, key: RowKey, row: Row) -> None:
        """Keep a row, if its block is loaded."""
        block = self.blocks.get(block_of(key))
        if block is not None:
            self.blocks.weight += key not in block
            block[key] = row

    def position_of(self, event_id: str, time_ms: int) -> int | None:
        """Give the position at which an id of this time is stored, if it is."""
        block = self.ids.get(id_block_of(time_ms))
        if block is None:
            raise LookupError(f"ids of hour {id_block_of(time_ms)} were not loaded")
        return block.get(event_id)

    def keep_id(self, event_id: str, time_ms: int, position: int) -> None:
        """Keep an id at the lowest position that bears it, if the block of its time is loaded."""
        block = self.ids.get(id_block_of(time_ms))
        if block is not None and event_id not in block:
            self.ids.weight += 1
            block[event_id] = position

    def missing_ids(self, times_ms: Iterable[int]) -> set[int]:
        """Name the blocks of ids that are to be loaded."""
        return {block for block in map(id_block_of, times_ms) if block not in self.ids}

    def missing_entities(self, wanted: Iterable[str]) -> set[str]:
        """Name the entities that are to be loaded."""
        return {entity for entity in wanted if entity not in self.entities}

    def missing_blocks(self, keys: Iterable[RowKey]) -> set[BlockId]:
        """Name the blocks that are to be loaded."""
        return {block for block in map(block_of, set(keys)) if block not in self.blocks}

    def trim(self) -> None:
        """Let go of what was not used for long."""
        self.ids.trim()
        self.entities.trim()
        self.blocks.trim()
