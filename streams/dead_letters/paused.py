"""Which partitions are paused, as the stored records say, and how one goes on."""

from datetime import datetime
from typing import Final, NamedTuple

from clickhouse_connect.driver.client import Client

from streams.core.breaker import NOT_BAD, WINDOW, is_tripped
from streams.core.record import PartitionId
from streams.errors import RefusedError, UsageError
from streams.topics import EVENT_TOPICS


class Paused(NamedTuple):
    """A paused partition: the last record that was taken, and how many of the last 1,000 are bad."""

    position: int
    offset: int
    bad: int

    def words(self, partition: PartitionId) -> str:
        """Say what is the matter and what to do."""
        topic, number = partition
        return (
            f"{topic}/{number} is paused after offset {self.offset:,}: {self.bad:,} of its last {WINDOW:,}"
            f" records are bad; see kpi dlq list --topic {topic} --partition {number},"
            f" then: kpi dlq resume {topic} {number}"
        )


_QUERY: Final = """
    SELECT c.topic, c.partition, any(c.last), any(c.at), any(c.resumed),
        uniqExactIf(d.position,
            d.position > greatest(c.last - %(window)s, c.resumed) AND d.position <= c.last)
    FROM
    (
        SELECT topic, partition, toInt64(max(position)) AS last, argMax(offset, position) AS at,
            max(resumed_to) AS resumed
        FROM
        (
            SELECT topic, partition, position, offset, toInt64(-1) AS resumed_to FROM {consumed}
            UNION ALL
            SELECT topic, partition, 0, 0, toInt64(position) FROM {resumes}
        )
        GROUP BY topic, partition
    ) AS c
    INNER JOIN
    (
        SELECT topic, partition, toInt64(position) AS position FROM {letters}
        WHERE reason NOT IN %(not_bad)s AND attempt = 0
    ) AS d USING (topic, partition)
    GROUP BY c.topic, c.partition
"""


def paused_partitions(client: Client, generation: str) -> dict[PartitionId, Paused]:
    """Give the partitions that workers leave unread until they are resumed."""
    tables = {"consumed": "consumed", "resumes": "breaker_resumes", "letters": "dead_letters"}
    query = _QUERY.format(**{name: f"`{generation}`.`{table}`" for name, table in tables.items()})
    rows = client.query(query, {"window": WINDOW, "not_bad": NOT_BAD}).result_rows
    return {
        PartitionId(topic, partition): Paused(last, offset, bad)
        for topic, partition, last, offset, resumed, bad in rows
        if is_tripped(last, resumed, bad)
    }


def resume(client: Client, generation: str, partition: PartitionId, who: str, now: datetime) -> Paused:
    """Let a paused partition go on; its workers notice within seconds.

    Raises:
        UsageError: there is no such topic.
        RefusedError: it is not paused.
    """
    if partition.topic not in EVENT_TOPICS:
        raise UsageError(
            f"there is no topic {partition.topic!r} of events; there are: {', '.join(EVENT_TOPICS)}"
        )
    paused = paused_partitions(client, generation).get(partition)
    if paused is None:
        raise RefusedError(f"{partition.topic}/{partition.partition} is not paused")
    row = [*partition, paused.position, now, who]
    columns = ["topic", "partition", "position", "resumed_at", "who"]
    client.insert("breaker_resumes", [row], database=generation, column_names=columns)
    return paused
