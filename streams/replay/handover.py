"""What a rebuilt generation takes over from its source besides the events: bases, dead letters, findings."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from clickhouse_connect.driver.client import Client

from streams import clock
from streams.core.record import PartitionId
from streams.generation import CLOSED_BY, REBUILT_INTO, record_fact, recorded_facts
from streams.migrate import highest_positions
from streams.store_lookups import PartitionStart, StoreLookups

# Letters of the present log move with its base; those of an earlier log lie below it and stay.
_MOVED: Final = "SELECT * REPLACE (position + if(position < {base:UInt64}, 0, {shift:UInt64}) AS position)"
# What follows a partition under its own number, whatever keys lie in it now.
_LETTER_TABLES: Final = ("dead_letters", "breaker_resumes")


@dataclass(frozen=True)
class Stand:
    """Where a partition of the source stands: its log, and the first position above all that is stored."""

    start: PartitionStart
    next_position: int


async def stands_of(client: Client, source: str, partitions: Mapping[str, int]) -> dict[PartitionId, Stand]:
    """Give where every partition of a generation stands."""
    highest: dict[PartitionId, int] = {}
    for topic, count in partitions.items():
        found = highest_positions(client, source, topic)
        # A topic that was created anew with fewer partitions still has letters in those that are gone.
        for number in range(max([count, *(part + 1 for part in found)])):
            highest[PartitionId(topic, number)] = found.get(number, -1)
    starts = await StoreLookups(client, source).partition_starts(highest)
    return {one: Stand(start, max(highest[one] + 1, start.base)) for one, start in starts.items()}


def take_over(
    client: Client,
    source: str,
    stands: Mapping[PartitionId, Stand],
    rebuilt: Mapping[PartitionId, int],
    partitions: Mapping[str, int],
) -> None:
    """Give a generation, whose events lie below `rebuilt`, what its source has besides events.

    The client is connected to the new generation, and nobody writes to the source.
    """
    starts = {partition: new_start(stand, rebuilt.get(partition, 0)) for partition, stand in stands.items()}
    for partition, stand in stands.items():
        take_over_letters(client, source, partition, stand.start, starts[partition])
    take_over_findings(client, source, partitions)
    # Last, as in every batch: what is consumed is stored.
    write_starts(client, starts)


def close_generation(client: Client, source: str, successor: str, by: str) -> None:
    """Record in a generation what goes on instead of it, and the command that closes it."""
    record_fact(client, source, CLOSED_BY, by)
    record_fact(client, source, REBUILT_INTO, successor)


def open_generation(client: Client, source: str) -> None:
    """Let workers write to a generation again."""
    record_fact(client, source, REBUILT_INTO, "")


def successor_of(client: Client, source: str) -> str:
    """Name what goes on instead of a generation; nothing: it is open."""
    return recorded_facts(client, source).get(REBUILT_INTO, "")


def new_start(stand: Stand, rebuilt: int) -> PartitionStart:
    """Give where a partition stands in a generation that holds the positions of it below `rebuilt`.

    The base is above everything that is stored, so that a record of Kafka that comes again is found at a
    lower position. What was consumed of the present log stays consumed.
    """
    base = max(rebuilt, stand.next_position)
    consumed = stand.start.consumed
    if consumed is None or consumed.position < stand.start.base:
        return PartitionStart(base, None)
    return PartitionStart(base, consumed._replace(position=base + consumed.position - stand.start.base))


def write_starts(client: Client, starts: Mapping[PartitionId, PartitionStart]) -> None:
    """Record bases and what is consumed; the client is connected to the new generation."""
    now = clock.now()
    bases = [[*partition, start.base, now] for partition, start in starts.items() if start.base]
    consumed = [[*partition, *start.consumed, now] for partition, start in starts.items() if start.consumed]
    _insert(client, "log_bases", bases, ["topic", "partition", "base", "accepted_at"])
    names = ["topic", "partition", "position", "offset", "fingerprint", "updated_at"]
    _insert(client, "consumed", consumed, names)


def _insert(client: Client, table: str, rows: list[list[object]], names: Iterable[str]) -> None:
    if rows:
        client.insert(table, rows, column_names=list(names))


def take_over_letters(
    client: Client, source: str, partition: PartitionId, old: PartitionStart, new: PartitionStart
) -> None:
    """Copy the dead letters of a partition and what operators decided about them.

    They keep partition, offset and status; their positions follow the log.
    """
    parameters = {
        "source": source,
        "topic": partition.topic,
        "partition": partition.partition,
        "base": old.base,
        "shift": new.base - old.base,
    }
    for table in _LETTER_TABLES:
        client.command(
            f"INSERT INTO {table} {_MOVED} FROM {{source:Identifier}}.{table} FINAL"
            " WHERE topic = {topic:String} AND partition = {partition:UInt16}",
            parameters=parameters,
        )


def take_over_findings(client: Client, source: str, partitions: Mapping[str, int]) -> None:
    """Copy the findings that the events alone do not tell: what was sent again with other content."""
    for topic, count in partitions.items():
        client.command(
            "INSERT INTO findings SELECT * REPLACE ("
            " bitAnd(kafkaMurmurHash(subject), 0x7FFFFFFF) % {count:UInt16} AS partition, 0 AS version)"
            " FROM {source:Identifier}.findings FINAL"
            " WHERE kind = 'resent_differs' AND NOT removed AND topic = {topic:String}",
            parameters={"source": source, "topic": topic, "count": count},
        )
