"""Kafka as it is, past all product code: send with a plain producer, read from offset 0, ask for offsets."""

import json
from asyncio import Future
from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import Any, Final, NamedTuple

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient

from streams.settings import Settings
from streams.topics import EVENT_TOPICS
from tests.faults.traffic import Message

_IDENTITY: Final = "test-identity"
_DEAD: Final = "test-dead"
REQUEST_MS: Final = 5_000


class Place(NamedTuple):
    """A partition, by the catalogue's name of its topic."""

    topic: str
    partition: int


class LogRecord(NamedTuple):
    """A record as it lies on a topic, and what its sender said of it."""

    offset: int
    key: bytes | None
    value: bytes | None
    identity: str
    dead: str
    received_ms: int = 0
    headers: Sequence[tuple[str, bytes | None]] = ()


Log = dict[Place, list[LogRecord]]


def places(settings: Settings) -> dict[TopicPartition, Place]:
    """Give every partition of the event topics."""
    return {
        TopicPartition(settings.topic(name), number): Place(name, number)
        for name, topic in EVENT_TOPICS.items()
        for number in range(topic.partitions)
    }


def plain_producer(settings: Settings) -> AIOKafkaProducer:
    """Give a producer that acknowledges what is on the log, once, and nothing else."""
    return AIOKafkaProducer(
        bootstrap_servers=settings.kafka_bootstrap,
        enable_idempotence=True,
        acks="all",
        linger_ms=5,
        request_timeout_ms=REQUEST_MS,
    )


def headers_of(message: Message) -> list[tuple[str, bytes]]:
    """Say on the record what the oracle must expect of it."""
    return [(_IDENTITY, message.identity.encode()), (_DEAD, message.dead.encode())]


async def send_all(settings: Settings, messages: Iterable[Message]) -> None:
    """Send messages and wait until all are acknowledged."""
    producer = plain_producer(settings)
    await producer.start()
    try:
        for sent in [await send(producer, settings, message) for message in messages]:
            await sent
    finally:
        await producer.stop()


async def send(producer: AIOKafkaProducer, settings: Settings, message: Message) -> "Future[Any]":
    """Hand a message over; what it gives is done once Kafka acknowledged it."""
    topic, headers = settings.topic(message.topic), headers_of(message)
    acknowledged: Future[Any] = await producer.send(
        topic, message.value, key=message.key, partition=message.partition, headers=headers
    )
    return acknowledged


async def read_log(settings: Settings) -> Log:
    """Read every event topic from offset 0 to its end."""
    consumer = AIOKafkaConsumer(bootstrap_servers=settings.kafka_bootstrap, auto_offset_reset="earliest")
    await consumer.start()
    try:
        partitions = places(settings)
        ends = await consumer.end_offsets(list(partitions))
        log: Log = {place: [] for place in partitions.values()}
        consumer.assign(list(partitions))
        await consumer.seek_to_beginning(*partitions)
        while any([await consumer.position(tp) < end for tp, end in ends.items()]):
            for tp, messages in (await consumer.getmany(timeout_ms=200)).items():
                log[partitions[tp]] += map(_record, messages)
        return log
    finally:
        await consumer.stop()


def _record(message: ConsumerRecord) -> LogRecord:
    headers = {name: value.decode() for name, value in message.headers}
    identity = headers.get(_IDENTITY) or _own_id(message.value)
    said = identity, headers.get(_DEAD, "")
    return LogRecord(
        message.offset, message.key, message.value, *said, message.timestamp, list(message.headers)
    )


def _own_id(value: bytes | None) -> str:
    with suppress(ValueError, KeyError, TypeError):
        return str(json.loads(value or b"")["id"])
    return ""


async def end_offsets(settings: Settings) -> dict[Place, int]:
    """Give the end of every partition."""
    consumer = AIOKafkaConsumer(bootstrap_servers=settings.kafka_bootstrap, request_timeout_ms=REQUEST_MS)
    try:
        await consumer.start()
        known = places(settings)
        return {known[tp]: end for tp, end in (await consumer.end_offsets(list(known))).items()}
    finally:
        await consumer.stop()


async def committed_offsets(settings: Settings, admin: AIOKafkaAdminClient) -> dict[Place, int]:
    """Give what the workers' group committed, where it did."""
    known = places(settings)
    found = await admin.list_consumer_group_offsets(settings.worker_group)
    return {known[tp]: entry.offset for tp, entry in found.items() if tp in known and entry.offset >= 0}
