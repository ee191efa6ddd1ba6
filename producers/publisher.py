"""The publisher: events in, acknowledged records out, whatever Kafka does meanwhile."""

import asyncio
from collections.abc import Iterable
from types import TracebackType
from typing import Final, NamedTuple, Protocol, Self

import stamina
from aiokafka import AIOKafkaProducer
from aiokafka.errors import (
    ClusterAuthorizationFailedError,
    KafkaError,
    MessageSizeTooLargeError,
    TopicAuthorizationFailedError,
    UnknownTopicOrPartitionError,
)
from aiokafka.producer.message_accumulator import BatchBuilder

from streams.errors import DependencyDownError, KpiError
from streams.events import CONTENT_TYPE, MAX_MESSAGE_BYTES
from streams.kafka import kafka_options, real_cause
from streams.logs import get_logger
from streams.settings import Settings
from streams.topics import TOPIC_MAX_MESSAGE_BYTES, partition_of

_log = get_logger("publisher")

_HEADERS: Final = [("content-type", CONTENT_TYPE.encode())]
# One request carries a batch a partition; this keeps it far below the broker's limit for one batch.
_BATCH_BYTES: Final = 256 * 1024
_REQUEST_MS: Final = 10_000
_LONGEST_WAIT_S: Final = 5.0
_STOP_S: Final = 3
# What a batch adds to its records.
_OVERHEAD: Final = 1024
MAX_RAW_BYTES: Final = TOPIC_MAX_MESSAGE_BYTES - _OVERHEAD


class Message(NamedTuple):
    """One event to send: a topic of the catalogue, the record key and the bytes."""

    topic: str
    key: bytes | None
    value: bytes


class Sender(Protocol):
    """What sends events: the publisher, or a test's double of it."""

    async def publish(self, messages: Iterable[Message]) -> None:
        """Send messages; return when all of them are acknowledged."""


class TooLargeError(KpiError):
    """A message is larger than the contract allows."""


class Publisher:
    """Sends events and waits until Kafka has acknowledged every one of them.

    Once started it gives up for want of a topic or a right alone: when Kafka fails, what was not
    acknowledged is sent again with a new producer until it is. A record may so arrive twice, with the same
    id, which changes nothing.
    """

    def __init__(self, settings: Settings, max_bytes: int = MAX_MESSAGE_BYTES) -> None:
        self._settings = settings
        self._max_bytes = max_bytes
        self._producer: AIOKafkaProducer | None = None
        self._connecting = asyncio.Lock()
        self._partitions: dict[str, int] = {}

    async def __aenter__(self) -> Self:
        """Connect.

        Raises:
            DependencyDownError: Kafka does not answer, or this user may write to no topic.
        """
        try:
            await self._connected()
        except (KafkaError, OSError) as error:
            cause = type(await real_cause(self._settings, error)).__name__
            raise DependencyDownError(
                f"Kafka does not answer at {self._settings.kafka_bootstrap} ({cause}); start it with: kpi up"
            ) from error
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Disconnect; everything published has been acknowledged already."""
        await self._disconnect()

    async def publish(self, messages: Iterable[Message]) -> None:
        """Send messages and return when Kafka has acknowledged them all, however long that takes.

        Raises:
            TooLargeError: a message is too large, for us (then none of them was sent) or for Kafka.
            DependencyDownError: a topic does not exist, or this user may not write to it.
        """
        pending = list(messages)
        for message in pending:
            if len(message.value) > self._max_bytes:
                raise TooLargeError(f"{len(message.value)} bytes; at most {self._max_bytes} are taken")
        retries = stamina.retry_context(
            on=(KafkaError, OSError), attempts=None, timeout=None, wait_max=_LONGEST_WAIT_S
        )
        async for attempt in retries:
            with attempt:
                await self._attempt(pending)

    async def _attempt(self, pending: list[Message]) -> None:
        """Send once; `pending` keeps what was not acknowledged."""
        producer = await self._connected()
        batches = await self._batches(producer, pending)
        results = await asyncio.gather(*(batch.send(producer) for batch in batches), return_exceptions=True)
        failed = [
            (batch, result)
            for batch, result in zip(batches, results, strict=True)
            if isinstance(result, BaseException)
        ]
        pending[:] = [message for batch, _ in failed for message in batch.messages]
        if failed:
            error = failed[0][1]
            if isinstance(error, MessageSizeTooLargeError):
                raise TooLargeError(
                    "Kafka refuses a message as too large; give its topic back its "
                    f"max.message.bytes={TOPIC_MAX_MESSAGE_BYTES}"
                ) from error
            if isinstance(error, TopicAuthorizationFailedError):
                raise self._forbidden(failed[0][0].topic) from error
            _log.warning("send_failed", events=len(pending), error=type(error).__name__)
            await self._disconnect()
            raise error

    async def _batches(self, producer: AIOKafkaProducer, messages: list[Message]) -> list["_Batch"]:
        batches: list[_Batch] = []
        open_batches: dict[tuple[str, int], _Batch] = {}
        for message in messages:
            topic = self._settings.topic(message.topic)
            count = self._partitions.get(topic) or await self._count_partitions(producer, topic)
            place = topic, partition_of(message.key, count) if message.key is not None else 0
            batch = open_batches.get(place)
            if batch is None or not batch.add(message):
                batch = open_batches[place] = _Batch(*place, producer.create_batch())
                batch.add(message)
                batches.append(batch)
        return batches

    async def _count_partitions(self, producer: AIOKafkaProducer, topic: str) -> int:
        try:
            partitions = await asyncio.wait_for(producer.partitions_for(topic), _REQUEST_MS / 1000)
        except TopicAuthorizationFailedError as error:
            raise self._forbidden(topic) from error
        except (UnknownTopicOrPartitionError, TimeoutError):
            raise DependencyDownError(
                f"Kafka at {self._settings.kafka_bootstrap} has no topic {topic}; kpi up creates the topics"
            ) from None
        self._partitions[topic] = len(partitions)
        return len(partitions)

    def _forbidden(self, topic: str) -> DependencyDownError:
        return DependencyDownError(
            f"Kafka at {self._settings.kafka_bootstrap} does not permit this user to write to {topic}; "
            "grant it WRITE and DESCRIBE, as deploy/kafka/acls.tsv says"
        )

    async def _connected(self) -> AIOKafkaProducer:
        async with self._connecting:
            if self._producer is None:
                producer = AIOKafkaProducer(
                    **kafka_options(self._settings),
                    client_id="kpi-producer",
                    enable_idempotence=True,
                    acks="all",
                    compression_type="lz4",
                    max_batch_size=_BATCH_BYTES,
                    request_timeout_ms=_REQUEST_MS,
                )
                try:
                    await producer.start()
                except BaseException as error:
                    await producer.stop()
                    # Who may write to no topic at all is not let in, before one is named.
                    if isinstance(error, ClusterAuthorizationFailedError):
                        raise self._forbidden("any topic") from error
                    raise
                self._producer = producer
            return self._producer

    async def _disconnect(self) -> None:
        producer, self._producer = self._producer, None
        if producer is None:
            return
        try:
            await asyncio.wait_for(producer.stop(), _STOP_S)
        except (TimeoutError, KafkaError, OSError) as error:
            _log.warning("disconnect_failed", error=type(error).__name__)


class _Batch:
    """The records of one request for one partition, and the messages that they were made of."""

    def __init__(self, topic: str, partition: int, builder: BatchBuilder) -> None:
        self.messages: list[Message] = []
        self.topic, self._partition, self._builder = topic, partition, builder

    def add(self, message: Message) -> bool:
        """Add a message; false if the batch is full."""
        added = self._builder.append(timestamp=None, key=message.key, value=message.value, headers=_HEADERS)
        if added is None:
            return False
        self.messages.append(message)
        return True

    async def send(self, producer: AIOKafkaProducer) -> None:
        """Send the batch and wait for its acknowledgement."""
        self._builder.close()
        acknowledged = await producer.send_batch(self._builder, self.topic, partition=self._partition)
        await acknowledged
