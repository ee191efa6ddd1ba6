"""The event topics as they lie on Kafka, up to where they ended when they were looked at."""

from collections.abc import AsyncGenerator, Mapping
from typing import Final

from aiokafka import ConsumerRecord, TopicPartition

from streams.core.record import PartitionId, Record
from streams.header_names import tolerate_any
from streams.kafka_admin import log_consumer, partition_counts
from streams.replay.sources import PAGE, Done, Share
from streams.settings import Settings

_POLL_MS: Final = 200


class TopicLog:
    """All records before some ends; the position of a record is its offset."""

    def __init__(self, settings: Settings, ends: Mapping[PartitionId, int], page: int = PAGE) -> None:
        self._settings = settings
        self._ends = ends
        self._page = page

    async def count(self) -> int:
        """Count the offsets that are still there; markers of transactions are among them."""
        async with log_consumer(self._settings) as consumer:
            places = {self._place(partition): end for partition, end in self._ends.items()}
            starts = await consumer.beginning_offsets(list(places))
            return sum(max(0, end - starts[tp]) for tp, end in places.items())

    async def pages(self, share: Share, done: Done) -> AsyncGenerator[list[Record], None]:
        """Give the records of a share that come after what is done."""
        ends = {self._place(at): end for at, end in self._ends.items() if share.has(at)}
        # One header that somebody named oddly must not stop a replay.
        tolerate_any()
        async with log_consumer(self._settings) as consumer:
            starts = await consumer.beginning_offsets(list(ends))
            consumer.assign(list(ends))
            for partition in filter(share.has, self._ends):
                tp = self._place(partition)
                consumer.seek(tp, max(starts[tp], done.get(partition, -1) + 1))
            while left := [tp for tp, end in ends.items() if await consumer.position(tp) < end]:
                fetched = await consumer.getmany(*left, timeout_ms=_POLL_MS, max_records=self._page)
                page = [
                    self._record(tp, message)
                    for tp, messages in fetched.items()
                    for message in messages
                    if message.offset < ends[tp]
                ]
                if page:
                    yield page

    def _place(self, partition: PartitionId) -> TopicPartition:
        return TopicPartition(self._settings.topic(partition.topic), partition.partition)

    def _record(self, tp: TopicPartition, message: "ConsumerRecord[bytes, bytes]") -> Record:
        return Record(
            PartitionId(tp.topic.removeprefix(self._settings.topic_prefix), tp.partition),
            message.offset,
            message.offset,
            message.timestamp,
            message.key,
            message.value,
            message.headers,
            message.timestamp_type,
        )


async def offsets_since(
    settings: Settings, ends: Mapping[PartitionId, int], since_ms: int
) -> dict[PartitionId, int]:
    """Give the first offset of each partition that came at a moment or later; its end: none did.

    Raises:
        DependencyDownError: Kafka does not answer.
    """
    places = {TopicPartition(settings.topic(at.topic), at.partition): at for at in ends}
    async with log_consumer(settings) as consumer:
        found = await consumer.offsets_for_times(dict.fromkeys(places, since_ms))
    return {at: found[tp].offset if found[tp] else ends[at] for tp, at in places.items()}


async def ends_of_topics(settings: Settings) -> dict[PartitionId, int]:
    """Give where each partition of the event topics ends now.

    Raises:
        DependencyDownError: Kafka does not answer.
    """
    counts = await partition_counts(settings)
    partitions = [PartitionId(name, number) for name, count in counts.items() for number in range(count)]
    places = {TopicPartition(settings.topic(at.topic), at.partition): at for at in partitions}
    async with log_consumer(settings) as consumer:
        ends = await consumer.end_offsets(list(places))
    return {at: ends[tp] for tp, at in places.items()}
