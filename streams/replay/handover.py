"""What a rebuilt generation takes over from its source besides the events: bases, dead letters, findings."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from clickhouse_connect.driver.client import Client

from streams import clock
from streams.clickhouse_client import scalar
from streams.core.record import PartitionId
from streams.errors import RefusedError
from streams.generation import (
    CLOSED_BY,
    REBUILT_INTO,
    closed_by,
    given_up_with,
    record_fact,
    recorded_facts,
)
from streams.migrate import highest_positions
from streams.store_lookups import PartitionStart, StoreLookups

# Letters of the present log move with its base; those of an earlier log lie below both bases and stay. What
# lies between them (events that a replay buried) the other generation never had.
_MOVED: Final = (
    "SELECT * REPLACE (position + if(position < {base:UInt64}, 0, {shift:Int64}) AS position) FROM ("
    # The filter stands inside: outside, `position` is the new one already.
    "SELECT * FROM {source:Identifier}.{table:Identifier} FINAL"
    " WHERE topic = {topic:String} AND partition = {partition:UInt16}"
    " AND (position >= {base:UInt64} OR position < {new_base:UInt64})"
)
# What follows a partition under its own number, whatever keys lie in it now, and what of it was decided.
_LETTERS: Final = {"dead_letters": "1", "breaker_resumes": "1"}
_DECISIONS: Final = {"dead_letters": "revision > 1", "breaker_resumes": "1"}
# Where a partition stands in the source, and where in the generation that takes over.
_Starts = Mapping[PartitionId, tuple[PartitionStart, PartitionStart]]


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
    _take_over_letters(client, source, {at: (stands[at].start, new) for at, new in starts.items()}, _LETTERS)
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


def predecessor_of(client: Client, public: str, generation: str) -> str | None:
    """Name what was live before a generation was promoted; None: it never was, or that is gone."""
    rows = client.query(
        "SELECT argMax(generation_before, at) AS before FROM {public:Identifier}.replay_actions"
        " WHERE action = 'promote' AND generation = {name:String}"
        " HAVING before IN (SELECT name FROM system.databases)",
        parameters={"public": public, "name": generation},
    ).result_rows
    return str(rows[0][0]) if rows else None


def successor_of(client: Client, source: str) -> str:
    """Name what goes on instead of a generation; nothing: it is open."""
    return recorded_facts(client, source).get(REBUILT_INTO, "")


def is_there(client: Client, name: str) -> bool:
    """Tell whether there is a database of that name."""
    taken = "SELECT count() FROM system.databases WHERE name = {name:String}"
    return bool(scalar(client, taken, {"name": name}))


def refuse_other_successor(client: Client, source: str, successor: str | None) -> None:
    """Refuse a generation that gives way to another one than the successor, unless that one is gone.

    Raises:
        RefusedError: with what to run again, or how to give it up.
    """
    known = recorded_facts(client, source)
    other = known.get(REBUILT_INTO, "")
    if other not in {"", successor} and is_there(client, other):
        raise RefusedError(
            f"{source} gives way to {other}; if that was cut short, run it again: {closed_by(known)}"
            f"{given_up_with(known)}"
        )


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


async def take_over_decisions(client: Client, source: str, partitions: Mapping[str, int]) -> None:
    """Give a generation that was live before what operators decided about dead letters since.

    Letters that nobody decided about come from Kafka again. The client is connected to it, and nobody writes
    to the source.
    """
    stands = await stands_of(client, source, partitions)
    starts = await StoreLookups(client, str(client.database)).partition_starts(stands)
    _take_over_letters(
        client, source, {at: (stands[at].start, own) for at, own in starts.items()}, _DECISIONS
    )


def _take_over_letters(client: Client, source: str, starts: _Starts, which: Mapping[str, str]) -> None:
    """Copy dead letters and what operators decided about them.

    They keep partition, offset and status; their positions follow the log.
    """
    for at, (old, new) in starts.items():
        bases = {"base": old.base, "new_base": new.base, "shift": new.base - old.base}
        for table, rows in which.items():
            client.command(
                f"INSERT INTO {table} {_MOVED} AND {rows})",
                parameters={**at._asdict(), **bases, "source": source, "table": table},
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
