"""Dead letters on Kafka: the original key and bytes unchanged, their origin and the reason in headers."""

import os
import socket
from collections.abc import Sequence
from hashlib import sha256
from importlib.metadata import version
from typing import Final, NamedTuple
from uuid import uuid4

from aiokafka.errors import MessageSizeTooLargeError, UnknownTopicOrPartitionError
from mode import Service

from streams import clock
from streams.core.decode import DeadLetter
from streams.core.letters import (
    MAX_HEADERS_BYTES,
    MAX_KEY_BYTES,
    Kept,
    attempt_of,
    error_class_of,
    first_failed_ms,
    kept,
    stage_of,
)
from streams.core.record import Headers
from streams.core.revision import FOLD_REVISION
from streams.dead_letters.sending import Outgoing, Sender
from streams.dependency import Dependency
from streams.topics import DEAD_LETTERS, EVENT_TOPICS, TOPIC_MAX_MESSAGE_BYTES
from streams.troubles import Trouble, kafka_trouble

_VERSION: Final = "1"
# What the broker takes, less key and headers. Compression can bring in more than fits out again.
MAX_VALUE_BYTES: Final = TOPIC_MAX_MESSAGE_BYTES - MAX_KEY_BYTES - 2 * MAX_HEADERS_BYTES
_APP_VERSION: Final = version("laocai-gate-kpi")
_TIMESTAMP_TYPES: Final[dict[int | None, str]] = {0: "CreateTime", 1: "LogAppendTime"}


class Finder(NamedTuple):
    """Who finds letters: a process by its name, this run of it, and the Kafka cluster that it reads."""

    worker: str
    run: str
    cluster: str


def worker_id() -> str:
    """Name this process: its host and its number there."""
    return f"{socket.gethostname()}/{os.getpid()}"


def run_id() -> str:
    """Name this run: a process of the same name can come again."""
    return str(uuid4())


def headers_of(letter: DeadLetter, parts: Kept, failed_ms: int, finder: Finder) -> Headers:
    """Give the headers that say where a letter comes from, why it is dead, and who found that."""
    record = letter.record
    (topic, partition), offset = record.partition, record.offset
    ours = {
        "dlq.version": _VERSION,
        "dlq.id": f"{topic}/{partition}/{offset}",
        "src.topic": topic,
        "src.partition": str(partition),
        "src.offset": str(offset),
        "src.cluster": finder.cluster,
        "src.timestamp": str(record.received_ms),
        "src.length": str(len(record.value or b"")),
        "stage": stage_of(letter),
        "reason_code": letter.reason,
        "error_message": letter.detail,
        "attempt": str(attempt_of(record)),
        "first_failed_at": str(first_failed_ms(record)),
        "failed_at": str(failed_ms),
        "app_version": _APP_VERSION,
        # The contract that the record was judged by, whatever it says of itself.
        "schema_ver": str(EVENT_TOPICS[topic].event_type),
        "fold_revision": str(FOLD_REVISION),
        "run_id": finder.run,
        "worker_id": finder.worker,
    }
    sometimes = {
        "error_class": error_class_of(letter),
        "src.timestamp_type": _TIMESTAMP_TYPES.get(record.timestamp_type),
        "src.sha256": sha256(record.value or b"").hexdigest() if parts.cut else None,
    }
    ours |= {name: text for name, text in sometimes.items() if text is not None}
    theirs = [(f"src.headers.{name}", value) for name, value in parts.headers]
    return [*((name, text.encode()) for name, text in ours.items()), *theirs]


def outgoing_of(letter: DeadLetter, failed_ms: int, finder: Finder) -> Outgoing:
    """Give the record that a letter is on the dead letters' topic."""
    parts = kept(letter.record, MAX_VALUE_BYTES)
    headers = headers_of(letter, parts, failed_ms, finder)
    return Outgoing(DEAD_LETTERS.name, 0, parts.key, parts.value, headers)


def _trouble(error: Exception) -> Trouble | None:
    if isinstance(error, UnknownTopicOrPartitionError):
        words = "Kafka has no topic for dead letters; create it with: kpi topics"
        return Trouble("no_topic", words, type(error).__name__)
    if isinstance(error, MessageSizeTooLargeError):
        words = (
            f"Kafka's topic for dead letters is too narrow; set max.message.bytes={TOPIC_MAX_MESSAGE_BYTES}"
        )
        return Trouble("too_large", words, type(error).__name__)
    return kafka_trouble(error)


class KafkaDeadLetters(Service):
    """Publishes dead letters; a broker or a topic that is away is waited for."""

    def __init__(self, sender: Sender, finder: Finder) -> None:
        super().__init__()
        self._sender = sender
        self._finder = finder
        self.kafka = Dependency("Kafka (dead letters)", _trouble)

    async def on_stop(self) -> None:
        """Disconnect; everything published has been acknowledged already."""
        await self._sender.close()

    async def publish(self, letters: Sequence[DeadLetter]) -> None:
        """Return once Kafka acknowledged every letter; a repeat after a crash bears the same `dlq.id`."""
        now = clock.now_ms()
        records = [outgoing_of(letter, now, self._finder) for letter in letters]
        await self.kafka.call(lambda: self._sender.send(records))
