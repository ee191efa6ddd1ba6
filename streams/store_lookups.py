"""Look-ups in ClickHouse: what the pipeline reads before it folds, and where a partition stands."""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Final, NamedTuple, TypeVar, cast

from clickhouse_connect.driver.client import Client

from streams.core.breaker import NOT_BAD, WINDOW, History
from streams.core.decode import Accepted
from streams.core.facts import Fact, facts_from_json
from streams.core.kinds import KINDS
from streams.core.record import PartitionId
from streams.core.state import ID_BLOCK_MS, Block, BlockId, IdBlock, block_of, id_block_of
from streams.core.tables import PARTIAL_TABLES, PartialTable
from streams.dependency import Dependency
from streams.store_columns import partial_column_names, partial_row_from
from streams.topics import EVENT_TOPICS
from streams.troubles import clickhouse_trouble

T = TypeVar("T")

# The texts of look-ups hold thousands of ids.
_LOOKUP_SETTINGS: Final = {"max_query_size": 16 << 20, "do_not_merge_across_partitions_select_final": 1}
# More ranges than this in one look-up cost more to plan than to read.
_RANGES_PER_QUERY: Final = 60
# column -> (its name, a literal of a whole number, the column as a whole number)
_WINDOW_SQL: Final = {
    "window_start": ("window_start", "toDateTime({})", "toUnixTimestamp(window_start)"),
    "day": ("day", "toDate({})", "toInt32(day)"),
    **{
        name: (name, "fromUnixTimestamp64Milli({})", f"toUnixTimestamp64Milli({name})")
        for name in ("arrived_at", "ended_at", "held_at")
    },
}


class Consumed(NamedTuple):
    """How far a partition is stored: the position, its offset, and the fingerprint of the record there."""

    position: int
    offset: int
    fingerprint: int


@dataclass(frozen=True)
class PartitionStart:
    """What the store knows of a partition when a worker takes it."""

    base: int
    consumed: Consumed | None


class StoreLookups:
    """The reading half of the store, over one generation's database.

    Attributes:
        clickhouse: the server, and what is wrong with it.
    """

    def __init__(self, client: Client, generation: str) -> None:
        self._client = client
        self._generation = generation
        self.clickhouse = Dependency("ClickHouse", clickhouse_trouble)
        self._interrupted = False

    @property
    def generation(self) -> str:
        """Name the database that is read and written."""
        return self._generation

    async def partition_starts(
        self, partitions: Collection[PartitionId]
    ) -> dict[PartitionId, PartitionStart]:
        """Tell where partitions stand: the base of each, and how far it is stored."""
        key = {"partitions": [tuple(partition) for partition in partitions]}
        bases, consumed = await asyncio.gather(
            self._query(
                f"SELECT topic, partition, max(base) FROM {self._table('log_bases')}"
                " WHERE (topic, partition) IN %(partitions)s GROUP BY topic, partition",
                key,
            ),
            self._query(
                f"SELECT topic, partition, position, offset, fingerprint FROM {self._table('consumed')}"
                " WHERE (topic, partition) IN %(partitions)s"
                " ORDER BY position DESC LIMIT 1 BY topic, partition",
                key,
            ),
        )
        base = {PartitionId(*row[:2]): row[2] for row in bases}
        stored = {PartitionId(*row[:2]): Consumed(*row[2:]) for row in consumed}
        return {one: PartitionStart(base.get(one, 0), stored.get(one)) for one in partitions}

    async def dead_positions(self, firsts: Mapping[PartitionId, int]) -> dict[PartitionId, set[int]]:
        """Give the positions of partitions, each from its first on, that are dead."""
        where, parameters = _from_positions(firsts)
        rows = await self._query(
            f"SELECT topic, partition, position FROM {self._table('dead_letters')} WHERE {where}", parameters
        )
        return _positions_by_partition(firsts, rows)

    async def bad_records(self, lasts: Mapping[PartitionId, int]) -> dict[PartitionId, History]:
        """Give what the breakers of partitions count, each up to its last position and beyond."""
        where, parameters = _from_positions({one: max(0, last - WINDOW + 1) for one, last in lasts.items()})
        resumed, bad = await asyncio.gather(
            self._query(
                f"SELECT topic, partition, max(position) FROM {self._table('breaker_resumes')}"
                " WHERE (topic, partition) IN %(partitions)s GROUP BY topic, partition",
                {"partitions": [tuple(partition) for partition in lasts]},
            ),
            self._query(
                f"SELECT DISTINCT topic, partition, position FROM {self._table('dead_letters')}"
                f" WHERE reason NOT IN %(not_bad)s AND attempt = 0 AND ({where})",
                {**parameters, "not_bad": NOT_BAD},
            ),
        )
        last_resumed = {PartitionId(*row[:2]): row[2] for row in resumed}
        found = _positions_by_partition(lasts, bad)
        return {one: History(last_resumed.get(one, -1), found[one]) for one in lasts}

    async def highest_consumed(self, partitions: Iterable[PartitionId]) -> dict[PartitionId, int]:
        """Give the highest stored position of partitions; one without any is left out."""
        rows = await self._query(
            f"SELECT topic, partition, max(position) FROM {self._table('consumed')}"
            " WHERE (topic, partition) IN %(partitions)s GROUP BY topic, partition",
            {"partitions": [tuple(partition) for partition in partitions]},
        )
        return {PartitionId(topic, partition): position for topic, partition, position in rows}

    async def facts_about_generation(self) -> dict[str, str]:
        """Give what is recorded of the generation: the fold revision, partition counts."""
        rows = await self._query(f"SELECT name, value FROM {self._table('generation')} FINAL", {})
        return {str(name): str(value) for name, value in rows}

    async def ids(self, wanted: Mapping[PartitionId, set[int]]) -> dict[PartitionId, dict[int, IdBlock]]:
        """Give the ids of blocks, read by type and time as `events` is ordered."""
        by_topic: defaultdict[str, set[int]] = defaultdict(set)
        for partition, numbers in wanted.items():
            by_topic[partition.topic] |= numbers
        ranges = [(topic, *span) for topic, numbers in by_topic.items() for span in _ranges(numbers)]
        found: defaultdict[PartitionId, dict[int, IdBlock]] = defaultdict(dict)
        for chunk in _chunks(ranges, _RANGES_PER_QUERY):
            for topic, partition, time, event_id, position in await self._id_rows(chunk, list(wanted)):
                block = found[PartitionId(topic, partition)].setdefault(id_block_of(time), {})
                block[event_id] = min(position, block.get(event_id, position))
        return found

    async def _id_rows(
        self, ranges: Sequence[tuple[str, int, int]], partitions: Sequence[PartitionId]
    ) -> Sequence[Sequence[Any]]:
        clauses: list[str] = []
        parameters: dict[str, Any] = {"partitions": [tuple(partition) for partition in partitions]}
        for n, (topic, first, last) in enumerate(ranges):
            clauses.append(
                f"(type = %(type{n})s AND time >= fromUnixTimestamp64Milli(%(from{n})s)"
                f" AND time < fromUnixTimestamp64Milli(%(to{n})s))"
            )
            parameters |= {f"type{n}": EVENT_TOPICS[topic].event_type}
            parameters |= {f"from{n}": first * ID_BLOCK_MS, f"to{n}": (last + 1) * ID_BLOCK_MS}
        return await self._query(
            "SELECT topic, partition, toUnixTimestamp64Milli(time), toString(id), position"
            f" FROM {self._table('events')}"
            f" WHERE ({' OR '.join(clauses)}) AND (topic, partition) IN %(partitions)s",
            parameters,
        )

    async def payloads(self, items: Sequence[Accepted]) -> dict[PartitionId, dict[int, bytes]]:
        """Give the stored bytes of events by position; few, for they are those that were sent again."""
        found: defaultdict[PartitionId, dict[int, bytes]] = defaultdict(dict)
        for chunk in _chunks(items, _RANGES_PER_QUERY):
            keys = [(item.event.type, item.fact.time, item.fact.id) for item in chunk]
            clauses: list[str] = []
            parameters: dict[str, Any] = {}
            for n, (event_type, time, event_id) in enumerate(keys):
                clauses.append(
                    f"(type = %(type{n})s AND id = %(id{n})s"
                    f" AND time = fromUnixTimestamp64Milli(%(time{n})s))"
                )
                parameters |= {f"type{n}": event_type, f"time{n}": time, f"id{n}": event_id}
            rows = await self._result(
                f"SELECT topic, partition, position, payload FROM {self._table('events')}"
                f" WHERE {' OR '.join(clauses)}",
                parameters,
                column_formats={"payload": "bytes"},
            )
            for topic, partition, position, payload in rows:
                found[PartitionId(topic, partition)][position] = payload
        return found

    async def entities(
        self, wanted: Mapping[PartitionId, set[str]]
    ) -> dict[PartitionId, dict[str, list[Fact]]]:
        """Give the facts of entities, each in its newest version; neighbours may come along."""
        groups = [(part, group) for part, names in wanted.items() for group in _name_groups(part, names)]
        found: defaultdict[PartitionId, dict[str, list[Fact]]] = defaultdict(dict)
        for chunk in _chunks(groups, _RANGES_PER_QUERY):
            for topic, partition, entity, facts in await self._entity_rows(chunk):
                found[PartitionId(topic, partition)][entity] = facts_from_json(facts)
        return found

    async def _entity_rows(self, groups: Sequence[tuple[PartitionId, "_Names"]]) -> Sequence[Sequence[Any]]:
        clauses: list[str] = []
        parameters: dict[str, Any] = {}
        for n, (partition, names) in enumerate(groups):
            clauses.append(f"(topic = %(topic{n})s AND partition = %(partition{n})s AND {names.clause(n)})")
            parameters |= {f"topic{n}": partition.topic, f"partition{n}": partition.partition}
            parameters |= names.parameters(n)
        return await self._query(
            f"SELECT topic, partition, entity, facts FROM {self._table('entities')}"
            f" WHERE {' OR '.join(clauses)} ORDER BY version DESC LIMIT 1 BY topic, partition, entity",
            parameters,
        )

    async def blocks(
        self, wanted: Mapping[PartitionId, set[BlockId]]
    ) -> dict[PartitionId, dict[BlockId, Block]]:
        """Give the rows of blocks, one look-up a table."""
        by_table: defaultdict[str, set[int]] = defaultdict(set)
        for blocks in wanted.values():
            for block in blocks:
                by_table[block.table].add(block.number)
        queries = [
            self._block_rows(PARTIAL_TABLES[table], list(ranges), list(wanted))
            for table, numbers in by_table.items()
            for ranges in _chunks(_ranges(numbers), _RANGES_PER_QUERY)
        ]
        found: defaultdict[PartitionId, dict[BlockId, Block]] = defaultdict(dict)
        for partition, key, row in (item for rows in await asyncio.gather(*queries) for item in rows):
            found[partition].setdefault(block_of(key), {})[key] = row
        return found

    async def _block_rows(
        self, table: PartialTable, ranges: Sequence[tuple[int, int]], partitions: Sequence[PartitionId]
    ) -> list[Any]:
        window, literal, number = _WINDOW_SQL[table.window_column]
        clauses: list[str] = []
        parameters: dict[str, Any] = {"partitions": [tuple(partition) for partition in partitions]}
        for n, (first, last) in enumerate(ranges):
            start, end = literal.format(f"%(from{n})s"), literal.format(f"%(to{n})s")
            clauses.append(f"({window} >= {start} AND {window} < {end})")
            parameters |= {f"from{n}": first * table.block, f"to{n}": (last + 1) * table.block}
        columns = [number, *partial_column_names(table)[1:]]
        rows = await self._query(
            f"SELECT {', '.join(columns)} FROM {self._table(table.name)} FINAL"
            f" WHERE ({' OR '.join(clauses)}) AND (topic, partition) IN %(partitions)s",
            parameters,
        )
        return [partial_row_from(table, row) for row in rows]

    def _table(self, name: str) -> str:
        return f"`{self._generation}`.`{name}`"

    async def _query(self, sql: str, parameters: Mapping[str, Any]) -> Sequence[Sequence[Any]]:
        """Give the rows of a question, asked for as one value.

        Most look-ups of what comes in order find nothing, and an answer without rows costs the local engine a
        second question: for the names of its columns.
        """
        [[rows]] = await self._result(f"SELECT groupArray(tuple(*)) FROM ({sql})", parameters)
        return cast("Sequence[Sequence[Any]]", rows)

    async def _result(
        self, sql: str, parameters: Mapping[str, Any], column_formats: Mapping[str, str] | None = None
    ) -> Sequence[Sequence[Any]]:
        result = await self.clickhouse.call(
            lambda: self._ask(
                lambda: self._client.query(
                    sql,
                    parameters=dict(parameters),
                    settings=_LOOKUP_SETTINGS,
                    column_formats=dict(column_formats or {}),
                )
            )
        )
        return result.result_rows

    async def _ask(self, work: Callable[[], T]) -> T:
        """Call ClickHouse from a thread, and note where it failed: it may come back with less than it had."""
        try:
            return await asyncio.to_thread(work)
        except Exception:
            self._interrupted = True
            raise


def _from_positions(firsts: Mapping[PartitionId, int]) -> tuple[str, dict[str, Any]]:
    """Give the condition on rows of partitions, each from a position on, and its values."""
    clauses: list[str] = ["0"]
    parameters: dict[str, Any] = {}
    for n, (partition, first) in enumerate(firsts.items()):
        clauses.append(
            f"(topic = %(topic{n})s AND partition = %(partition{n})s AND position >= %(first{n})s)"
        )
        parameters |= {
            f"topic{n}": partition.topic,
            f"partition{n}": partition.partition,
            f"first{n}": first,
        }
    return " OR ".join(clauses), parameters


def _positions_by_partition(
    partitions: Iterable[PartitionId], rows: Iterable[Sequence[Any]]
) -> dict[PartitionId, set[int]]:
    found: dict[PartitionId, set[int]] = {partition: set() for partition in partitions}
    for topic, partition, position in rows:
        found[PartitionId(topic, partition)].add(position)
    return found


def _ranges(numbers: Iterable[int]) -> list[tuple[int, int]]:
    """Join numbers that follow each other: {1, 2, 5} gives [(1, 2), (5, 5)]."""
    runs = []
    for _, run in groupby(enumerate(sorted(numbers)), key=lambda pair: pair[1] - pair[0]):
        items = [number for _, number in run]
        runs.append((items[0], items[-1]))
    return runs


@dataclass(frozen=True)
class _Listed:
    """Names one by one."""

    names: Sequence[str]

    def clause(self, n: int) -> str:
        return f"entity IN %(names{n})s"

    def parameters(self, n: int) -> dict[str, Any]:
        return {f"names{n}": self.names}


@dataclass(frozen=True)
class _Between:
    """All names of consecutive hours, the first and the last written with as many digits."""

    first: int
    last: int

    def clause(self, n: int) -> str:
        return f"entity >= %(first{n})s AND entity < %(end{n})s"

    def parameters(self, n: int) -> dict[str, Any]:
        # A name goes on with a slash after its hour, and `0` is what comes after the slash.
        return {f"first{n}": f"{self.first}/", f"end{n}": f"{self.last}0"}


_Names = _Listed | _Between


def _name_groups(partition: PartitionId, names: Iterable[str]) -> list[_Names]:
    """Group names by their hours, where the kind is grouped; else list them."""
    if not KINDS[partition.topic].grouped:
        return [_Listed(sorted(names))]
    hours = sorted({int(name.partition("/")[0]) for name in names})
    by_length = groupby(hours, key=lambda hour: len(str(hour)))
    return [_Between(*run) for _, same in by_length for run in _ranges(same)]


def _chunks(items: Sequence[Any], size: int) -> Iterable[Sequence[Any]]:
    return (items[start : start + size] for start in range(0, len(items), size))
