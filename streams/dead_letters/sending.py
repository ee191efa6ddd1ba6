"""Sends records as they are, whatever is in them, and waits for Kafka's acknowledgements."""

import asyncio
from collections.abc import Awaitable, Sequence
from contextlib import suppress
from typing import Final, NamedTuple, Protocol

from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.errors import KafkaError
from aiokafka.producer.message_accumulator import BatchBuilder

from streams.core.record import Headers
from streams.kafka import kafka_options
from streams.settings import Settings
from streams.topics import TOPIC_MAX_MESSAGE_BYTES, partition_of

_REQUEST_MS: Final = 10_000
_BATCH_BYTES: Final = 256 << 10
_STOP_S: Final = 3.0


class Outgoing(NamedTuple):
    """A record to send. It goes where its key belongs; one without a key into `partition`.

    `timestamp_ms` is for topics that keep their producers' times; None: now.
    """

    topic: str
    partition: int
    key: bytes | None
    value: bytes | None
    headers: Headers
    timestamp_ms: int | None = None


class Sender(Protocol):
    """What sends records."""

    async def send(self, records: Sequence[Outgoing]) -> None:
        """Return once every record is acknowledged."""

    async def close(self) -> None:
        """Disconnect."""


class AckedProducer:
    """A producer that connects when there is something to send, and anew after every failure."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._producer: AIOKafkaProducer | None = None

    async def send(self, records: Sequence[Outgoing]) -> None:
        """Return once every record is acknowledged; records of one partition keep their order.

        Raises:
            KafkaError: some may have been sent, some not.
            OSError: the same.
        """
        try:
            await self._send(await self._connected(), records)
        except BaseException:
            # An idempotent producer that failed once can refuse everything from then on.
            await self.close()
            raise

    async def _send(self, producer: AIOKafkaProducer, records: Sequence[Outgoing]) -> None:
        # Not `producer.send`: it takes no record that has neither key nor value.
        batches: dict[TopicPartition, BatchBuilder] = {}
        sent: list[Awaitable[object]] = []
        for record in records:
            place = await self._place(producer, record)
            batch = batches.get(place)
            if batch is None or not _append(batch, record):
                if batch is not None:
                    sent.append(await _flush(producer, place, batch))
                batches[place] = batch = producer.create_batch()
                _append(batch, record)
        sent += [await _flush(producer, place, batch) for place, batch in batches.items()]
        failures = await asyncio.gather(*sent, return_exceptions=True)
        for failure in failures:
            if isinstance(failure, BaseException):
                raise failure

    async def _place(self, producer: AIOKafkaProducer, record: Outgoing) -> TopicPartition:
        topic = self._settings.topic(record.topic)
        count = len(await producer.partitions_for(topic))
        # Without a key it goes where it came from, or, where the topic has fewer partitions now, to any.
        number = record.partition % count if record.key is None else partition_of(record.key, count)
        return TopicPartition(topic, number)

    async def close(self) -> None:
        """Disconnect; what was acknowledged stays."""
        producer, self._producer = self._producer, None
        if producer is not None:
            with suppress(TimeoutError, KafkaError, OSError):
                await asyncio.wait_for(producer.stop(), _STOP_S)

    async def _connected(self) -> AIOKafkaProducer:
        if self._producer is None:
            producer = AIOKafkaProducer(
                **kafka_options(self._settings),
                enable_idempotence=True,
                acks="all",
                compression_type="lz4",
                max_batch_size=_BATCH_BYTES,
                max_request_size=TOPIC_MAX_MESSAGE_BYTES,
                request_timeout_ms=_REQUEST_MS,
            )
            try:
                await producer.start()
            except BaseException:
                await producer.stop()
                raise
            self._producer = producer
        return self._producer


def _append(batch: BatchBuilder, record: Outgoing) -> bool:
    headers = list(record.headers)
    appended = batch.append(
        timestamp=record.timestamp_ms, key=record.key, value=record.value, headers=headers
    )
    return appended is not None


async def _flush(producer: AIOKafkaProducer, place: TopicPartition, batch: BatchBuilder) -> Awaitable[object]:
    batch.close()
    acknowledged: Awaitable[object] = await producer.send_batch(batch, place.topic, partition=place.partition)
    return acknowledged
