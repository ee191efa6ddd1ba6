"""The archive: every accepted event of a generation with its original bytes, read in pages."""

from collections import defaultdict
from collections.abc import AsyncGenerator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, NamedTuple

from clickhouse_connect.driver.client import Client

from streams.core.record import REPLAY_OF, PartitionId, Record
from streams.events import epoch_ms
from streams.replay.selection import ENTITY_SQL, Selection
from streams.replay.sources import PAGE, Done, Share, ahead
from streams.topics import EVENT_TOPICS, partition_of

_HOUR_MS: Final = 3_600_000
_FIRST_ID: Final = "00000000-0000-0000-0000-000000000000"
# `position < before` and not below `after`, partition by partition.
_BOUND: Final = (
    "position {sign} transform(concat(topic, '/', toString(partition)),"
    " {{{name}_partitions:Array(String)}}, {{{name}_positions:Array(UInt64)}}, toUInt64(0))"
)
# Where Kafka's partitioner puts the key of an event now.
_HOME: Final = "bitAnd(kafkaMurmurHash(subject), 0x7FFFFFFF) % {count:UInt16}"


class Span(NamedTuple):
    """Whole hours of event time of one topic, and the position of each partition's first row there."""

    topic: str
    first_ms: int
    last_ms: int
    starts: Mapping[int, int]


class _Mark(NamedTuple):
    """The last row of a page; the next page begins after it."""

    mark_ms: int
    mark_id: str
    mark_partition: int


class _Hour(NamedTuple):
    """How many rows each partition has in an hour of event time."""

    number: int
    counts: Mapping[int, int]


@dataclass(frozen=True)
class Part:
    """Which events of an archive are read.

    Attributes:
        selection: what is meant.
        after: of each partition of the archive, the first position that is read; others are read from 0 on.
        before: the position before which each is read; None: all that there is.
        came_before: the moment before which they had come: when they happened, unless they were late.
        starts: the position that the first event of a partition is given; others count up from 0.
    """

    selection: Selection = field(default_factory=Selection)
    after: Mapping[PartitionId, int] = field(default_factory=dict)
    before: Mapping[PartitionId, int] | None = None
    starts: Mapping[PartitionId, int] = field(default_factory=dict)
    came_before: datetime | None = None

    def where(self, generation: str) -> tuple[str, dict[str, Any]]:
        """Give the condition and its values."""
        meant, values = self.selection.where()
        conditions, parameters = ["1"], {**values, "generation": generation}
        for name, sign, bounds in (("after", ">=", self.after), ("before", "<", self.before)):
            if bounds is not None and (bounds or name == "before"):
                conditions.append(_BOUND.format(name=name, sign=sign))
                parameters[f"{name}_partitions"] = [f"{topic}/{partition}" for topic, partition in bounds]
                parameters[f"{name}_positions"] = list(bounds.values())
        if self.came_before is not None:
            conditions.append("if(late, received_at, time) < fromUnixTimestamp64Milli({came_before:Int64})")
            parameters["came_before"] = epoch_ms(self.came_before)
        if not self.selection.is_whole_topics:
            known = " AND ".join([*conditions, meant])
            conditions.append(
                f"{ENTITY_SQL} IN (SELECT {ENTITY_SQL} FROM {{generation:Identifier}}.events"
                f" WHERE type = {{type:String}} AND {known})"
            )
        return " AND ".join(conditions), parameters


class Archive:
    """The events of one generation, by topic and event time, each in the partition where its key belongs now.

    Positions count up in each partition. Nobody may write to it meanwhile, unless `part` says before which
    positions it is read: those events stay the same.
    """

    def __init__(
        self,
        client: Client,
        generation: str,
        partitions: Mapping[str, int],
        part: Part | None = None,
        page: int = PAGE,
    ) -> None:
        self._client = client
        self._partitions = partitions
        self._part = part or Part()
        self._page_size = page
        self._where, self._parameters = self._part.where(generation)
        self._topics = self._part.selection.topics or tuple(EVENT_TOPICS)

    def total(self) -> int:
        """Count the events."""
        return sum(
            int(self._query("SELECT count() FROM {generation:Identifier}.events FINAL", topic, {})[0][0])
            for topic in self._topics
        )

    async def count(self) -> int:
        """Count the events."""
        return self.total()

    def pages(self, share: Share, done: Done) -> AsyncGenerator[list[Record], None]:
        """Give the events of a share as records that come after what is done.

        The offset of each stays the one at which it was first read.
        """
        return ahead(self._read(share, done))

    def _read(self, share: Share, done: Done) -> Iterator[list[Record]]:
        for topic in self._topics:
            homes = [n for n in range(self._partitions[topic]) if share.has(PartitionId(topic, n))]
            for span in self._spans(topic, homes, done):
                ends = {PartitionId(topic, home): start for home, start in span.starts.items()}
                for rows in self._pages(span, homes):
                    records = [record_of_row(topic, row, self._partitions[topic], ends) for row in rows]
                    page = [one for one in records if one.position > done.get(one.partition, -1)]
                    if page:
                        yield page

    def _spans(self, topic: str, homes: Sequence[int], done: Done) -> Iterator[Span]:
        """Join hours while they hold no more than a page; what is done is left out."""
        starts = {home: self._part.starts.get(PartitionId(topic, home), 0) for home in homes}
        first, held, ends = 0, 0, dict(starts)
        for hour in self._hours(topic, homes):
            rows = sum(hour.counts.values())
            if held and held + rows > self._page_size:
                yield Span(topic, first * _HOUR_MS, hour.number * _HOUR_MS, starts)
                held, starts = 0, dict(ends)
            if not held:
                first = hour.number
            for home, count in hour.counts.items():
                ends[home] += count
            held += rows
            if all(end - 1 <= done.get(PartitionId(topic, home), -1) for home, end in ends.items()):
                held, starts = 0, dict(ends)
        if held:
            yield Span(topic, first * _HOUR_MS, (hour.number + 1) * _HOUR_MS, starts)

    def _hours(self, topic: str, homes: Sequence[int]) -> Iterator[_Hour]:
        rows = self._query(
            f"SELECT intDiv(toUnixTimestamp64Milli(time), 3600000) AS hour, {_HOME} AS home, count()"
            " FROM {generation:Identifier}.events FINAL",
            topic,
            {"homes": list(homes)},
            f" AND {_HOME} IN {{homes:Array(UInt16)}} GROUP BY hour, home ORDER BY hour",
        )
        hours: defaultdict[int, dict[int, int]] = defaultdict(dict)
        for hour, home, count in rows:
            hours[hour][home] = count
        return (_Hour(*item) for item in hours.items())

    def _pages(self, span: Span, homes: Sequence[int]) -> Iterator[Sequence[Sequence[Any]]]:
        mark = _Mark(span.first_ms, _FIRST_ID, -1)
        while rows := self._page(span, mark, homes):
            yield rows
            if len(rows) < self._page_size:
                return
            mark = _Mark(*rows[-1][:3])

    def _page(self, span: Span, mark: _Mark, homes: Sequence[int]) -> Sequence[Sequence[Any]]:
        return self._query(
            "SELECT toUnixTimestamp64Milli(time) AS ms, toString(id) AS event_id, partition, offset,"
            " toUnixTimestamp64Milli(received_at), subject, payload, redriven"
            " FROM {generation:Identifier}.events FINAL",
            span.topic,
            {**mark._asdict(), "last_ms": span.last_ms, "size": self._page_size, "homes": list(homes)},
            " AND time >= fromUnixTimestamp64Milli({mark_ms:Int64})"
            " AND time < fromUnixTimestamp64Milli({last_ms:Int64})"
            " AND (time, id, toInt32(partition)) >"
            " (fromUnixTimestamp64Milli({mark_ms:Int64}), {mark_id:UUID}, {mark_partition:Int32})"
            f" AND {_HOME} IN {{homes:Array(UInt16)}}"
            " ORDER BY time, id, partition LIMIT {size:UInt32}",
        )

    def _query(
        self, select: str, topic: str, parameters: Mapping[str, Any], narrower: str = ""
    ) -> Sequence[Sequence[Any]]:
        known = {"type": EVENT_TOPICS[topic].event_type, "count": self._partitions[topic]}
        return self._client.query(
            f"{select} WHERE type = {{type:String}} AND {self._where}{narrower}"
            " SETTINGS do_not_merge_across_partitions_select_final = 1",
            parameters={**self._parameters, **known, **parameters},
            column_formats={"payload": "bytes"},
        ).result_rows


def record_of_row(topic: str, row: Sequence[Any], partitions: int, ends: dict[PartitionId, int]) -> Record:
    """Make a record of a row, and count its partition's end on."""
    _, _, _, offset, received_ms, subject, payload, redriven = row
    key = subject.encode()
    home = PartitionId(topic, partition_of(key, partitions))
    position = ends.get(home, 0)
    ends[home] = position + 1
    headers = ((REPLAY_OF, None),) if redriven else ()
    return Record(home, offset, position, received_ms, key, payload, headers)
