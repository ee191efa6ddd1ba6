"""Which partitions of a topic hold another log than the one that is stored, as a worker would find."""

import asyncio
from typing import Final

from aiokafka import AIOKafkaConsumer, TopicPartition

from streams.core.record import PartitionId, Record
from streams.errors import RefusedError
from streams.header_names import read_at
from streams.kafka_admin import admin_client, committed_offsets, log_consumer, partition_counts
from streams.positions import Log, refuse_other_log, start_offset
from streams.settings import Settings
from streams.store_columns import fingerprint
from streams.store_lookups import PartitionStart, StoreLookups

_READ_S: Final = 10.0


async def other_logs(settings: Settings, store: StoreLookups, topic: str) -> dict[PartitionId, RefusedError]:
    """Give the partitions of a topic that a worker would refuse, each with its words.

    Raises:
        DependencyDownError: Kafka does not answer.
        KpiError: a topic is missing.
    """
    count = (await partition_counts(settings))[topic]
    starts = await store.partition_starts([PartitionId(topic, number) for number in range(count)])
    async with admin_client(settings) as admin:
        committed = await committed_offsets(admin, settings.worker_group)
    refused: dict[PartitionId, RefusedError] = {}
    async with log_consumer(settings) as consumer:
        for partition, start in starts.items():
            tp = TopicPartition(settings.topic(topic), partition.partition)
            try:
                await _check(consumer, tp, partition, start, committed.get(tp))
            except RefusedError as error:
                refused[partition] = error
    return refused


async def _check(
    consumer: AIOKafkaConsumer,
    tp: TopicPartition,
    partition: PartitionId,
    known: PartitionStart,
    committed: int | None,
) -> None:
    starts, ends = await consumer.beginning_offsets([tp]), await consumer.end_offsets([tp])
    log = Log(starts[tp], ends[tp], committed)
    start_offset(partition, known, log)
    if known.consumed is None or known.consumed.position < known.base:
        return
    offset = known.consumed.position - known.base
    if log.start <= offset < log.end:
        async with asyncio.timeout(_READ_S):
            message = await read_at(consumer, tp, offset, log.end)
        # None or a later one: a hole is where a record was stored.
        if message is None or message.offset != offset:
            raise refuse_other_log(partition, offset)
        record = Record(partition, offset, 0, message.timestamp, message.key, message.value)
        if fingerprint(record) != known.consumed.fingerprint:
            raise refuse_other_log(partition, offset)
