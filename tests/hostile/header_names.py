"""Sends records with header names that aiokafka itself would not write."""

from collections.abc import Sequence
from typing import Any, Final

from aiokafka import AIOKafkaProducer
from aiokafka.producer.message_accumulator import BatchBuilder
from aiokafka.record.default_records import _DefaultRecordBatchBuilderPy

from streams.settings import Settings
from streams.topics import EVENT_TOPICS, partition_of
from tests.hostile.mutations import Hostile

_BATCH_BYTES: Final = 1 << 20


class _Name(str):
    """A header name that writes itself as other bytes."""

    __slots__ = ("written",)
    written: bytes

    def encode(self, *_: Any) -> bytes:
        return self.written


def _named(written: bytes) -> _Name:
    name = _Name("name")
    name.written = written
    return name


async def send_with_header_name(settings: Settings, messages: Sequence[Hostile], name: bytes) -> None:
    """Send each message in a batch of its own, with one header whose name is these bytes."""
    producer = AIOKafkaProducer(bootstrap_servers=settings.kafka_bootstrap)
    await producer.start()
    try:
        for message in messages:
            batch = BatchBuilder(_BATCH_BYTES, 0)
            # Only aiokafka's builder in Python asks a name how it is written.
            builder = _DefaultRecordBatchBuilderPy(2, 0, 0, -1, -1, 0, _BATCH_BYTES)
            batch._builder = builder  # noqa: SLF001 - there is no other way to such a record
            batch.append(timestamp=None, key=message.key, value=message.value, headers=[(_named(name), b"v")])
            batch.close()
            number = partition_of(message.key or b"", EVENT_TOPICS[message.topic].partitions)
            await (await producer.send_batch(batch, settings.topic(message.topic), partition=number))
    finally:
        await producer.stop()
