"""Which partitions of a topic hold another log than the one that is stored, as a worker would find."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaError

from streams.core.record import PartitionId, Record
from streams.errors import RefusedError
from streams.header_names import tolerate_any
from streams.kafka_admin import kafka_down, partition_counts
from streams.positions import Log, refuse_other_log, start_offset
from streams.settings import Settings
from streams.store_columns import fingerprint
from streams.store_lookups import PartitionStart, StoreLookups

_READ_S: Final = 10.0
_POLL_MS: Final = 200


async def other_logs(settings: Settings, store: StoreLookups, topic: str) -> dict[PartitionId, RefusedError]:
    """Give the partitions of a topic that a worker would refuse, each with its words.

    Raises:
        DependencyDownError: Kafka does not answer.
        KpiError: a topic is missing.
    """
    count = (await partition_counts(settings))[topic]
    refused: dict[PartitionId, RefusedError] = {}
    async with _consumer(settings) as consumer:
        for partition in (PartitionId(topic, number) for number in range(count)):
            tp = TopicPartition(settings.topic(topic), partition.partition)
            try:
                await _check(consumer, tp, partition, await store.partition_start(partition))
            except RefusedError as error:
                refused[partition] = error
    return refused


@asynccontextmanager
async def _consumer(settings: Settings) -> AsyncIterator[AIOKafkaConsumer]:
    consumer = AIOKafkaConsumer(
        bootstrap_servers=settings.kafka_bootstrap, enable_auto_commit=False, auto_offset_reset="earliest"
    )
    try:
        await consumer.start()
        yield consumer
    except (KafkaError, OSError) as error:
        raise kafka_down(settings, error) from error
    finally:
        await consumer.stop()


async def _check(
    consumer: AIOKafkaConsumer, tp: TopicPartition, partition: PartitionId, known: PartitionStart
) -> None:
    starts, ends = await consumer.beginning_offsets([tp]), await consumer.end_offsets([tp])
    log = Log(starts[tp], ends[tp], None)
    start_offset(partition, known, log)
    if known.consumed is None or known.consumed.position < known.base:
        return
    offset = known.consumed.position - known.base
    if log.start <= offset < log.end:
        message = await _read(consumer, tp, offset, log.end)
        # None or a later one: a hole is where a record was stored.
        if message is None or message.offset != offset:
            raise refuse_other_log(partition, offset)
        record = Record(partition, offset, 0, message.timestamp, message.key, message.value)
        if fingerprint(record) != known.consumed.fingerprint:
            raise refuse_other_log(partition, offset)


async def _read(
    consumer: AIOKafkaConsumer, tp: TopicPartition, offset: int, end: int
) -> "ConsumerRecord[bytes, bytes] | None":
    """Read the record at an offset, or the next one where there is none; None: only markers follow."""
    consumer.assign([tp])
    consumer.seek(tp, offset)
    async with asyncio.timeout(_READ_S):
        while True:
            try:
                fetched = await consumer.getmany(tp, timeout_ms=_POLL_MS, max_records=1)
            except UnicodeDecodeError:
                tolerate_any()
                consumer.seek(tp, offset)
                continue
            for message in fetched.get(tp, ()):
                return message
            if await consumer.position(tp) >= end:
                return None
