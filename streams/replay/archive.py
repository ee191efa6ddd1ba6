"""The archive: every accepted event of a generation with its original bytes, read in pages."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

from clickhouse_connect.driver.client import Client

from streams.core.record import REPLAY_OF, PartitionId, Record
from streams.topics import EVENT_TOPICS, partition_of

_HOUR_MS: Final = 3_600_000
_FIRST_ID: Final = "00000000-0000-0000-0000-000000000000"


class Span(NamedTuple):
    """Whole hours of event time of one topic, and how many rows it has there."""

    topic: str
    first_ms: int
    last_ms: int
    rows: int


class _Mark(NamedTuple):
    """The last row of a page; the next page begins after it."""

    time_ms: int
    id: str
    partition: int


class Archive:
    """The events of one generation, by topic and event time; nobody may write to it meanwhile."""

    def __init__(self, client: Client, generation: str) -> None:
        self._client = client
        self._generation = generation

    def count(self) -> int:
        """Count the events."""
        rows = self._query("SELECT count() FROM {generation:Identifier}.events FINAL", {})
        return int(rows[0][0])

    def records(self, partitions: Mapping[str, int], page: int) -> Iterator[list[Record]]:
        """Give all events as records, each in the partition where its key belongs now.

        Positions count up from 0 in each partition; the offset stays the one at which it was first read.
        """
        ends: dict[PartitionId, int] = {}
        for topic in EVENT_TOPICS:
            for span in self._spans(topic, page):
                for rows in self._pages(span, page):
                    yield [_record(topic, row, partitions[topic], ends) for row in rows]

    def _spans(self, topic: str, rows: int) -> Iterator[Span]:
        """Join hours until they hold about that many rows."""
        hours = self._query(
            "SELECT intDiv(toUnixTimestamp64Milli(time), 3600000) AS hour, count()"
            " FROM {generation:Identifier}.events WHERE type = {type:String} GROUP BY hour ORDER BY hour",
            {"type": EVENT_TOPICS[topic].event_type},
        )
        first, held = None, 0
        for hour, count in hours:
            first, held = (hour if first is None else first), held + count
            if held >= rows:
                yield Span(topic, first * _HOUR_MS, (hour + 1) * _HOUR_MS, held)
                first, held = None, 0
        if first is not None:
            yield Span(topic, first * _HOUR_MS, (hours[-1][0] + 1) * _HOUR_MS, held)

    def _pages(self, span: Span, size: int) -> Iterator[Sequence[Sequence[Any]]]:
        mark = _Mark(span.first_ms, _FIRST_ID, -1)
        while rows := self._page(span, mark, size):
            yield rows
            mark = _Mark(*rows[-1][:3])

    def _page(self, span: Span, mark: _Mark, size: int) -> Sequence[Sequence[Any]]:
        parameters = {
            "type": EVENT_TOPICS[span.topic].event_type,
            "from": mark.time_ms,
            "to": span.last_ms,
            "id": mark.id,
            "partition": mark.partition,
            "size": size,
        }
        return self._query(
            "SELECT toUnixTimestamp64Milli(time) AS ms, toString(id) AS event_id, partition, offset,"
            " toUnixTimestamp64Milli(received_at), subject, payload, redriven"
            " FROM {generation:Identifier}.events FINAL"
            " WHERE type = {type:String} AND time >= fromUnixTimestamp64Milli({from:Int64})"
            " AND time < fromUnixTimestamp64Milli({to:Int64})"
            " AND (time, id, toInt32(partition)) >"
            " (fromUnixTimestamp64Milli({from:Int64}), {id:UUID}, {partition:Int32})"
            " ORDER BY time, id, partition LIMIT {size:UInt32}"
            " SETTINGS do_not_merge_across_partitions_select_final = 1",
            parameters,
        )

    def _query(self, sql: str, parameters: Mapping[str, Any]) -> Sequence[Sequence[Any]]:
        names = {"generation": self._generation, **parameters}
        return self._client.query(sql, parameters=names, column_formats={"payload": "bytes"}).result_rows


def _record(topic: str, row: Sequence[Any], partitions: int, ends: dict[PartitionId, int]) -> Record:
    _, _, _, offset, received_ms, subject, payload, redriven = row
    key = subject.encode()
    partition = PartitionId(topic, partition_of(key, partitions))
    position = ends.get(partition, 0)
    ends[partition] = position + 1
    headers = ((REPLAY_OF, None),) if redriven else ()
    return Record(partition, offset, position, received_ms, key, payload, headers)
