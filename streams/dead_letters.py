"""Dead letters on Kafka: the original bytes unchanged, their origin and the reason in headers."""

from collections.abc import Sequence
from typing import Final

import stamina
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError
from mode import Service

from streams.core.decode import DeadLetter
from streams.settings import Settings
from streams.topics import DEAD_LETTERS, TOPIC_MAX_MESSAGE_BYTES

_VERSION: Final = b"1"
MAX_KEY_BYTES: Final = 64 * 1024
MAX_VALUE_BYTES: Final = TOPIC_MAX_MESSAGE_BYTES - 2 * MAX_KEY_BYTES


def headers_of(letter: DeadLetter) -> list[tuple[str, bytes]]:
    """Give the headers that say where a letter comes from and why it is dead."""
    (topic, partition), offset = letter.record.partition, letter.record.offset
    return [
        ("dlq.version", _VERSION),
        ("dlq.id", f"{topic}/{partition}/{offset}".encode()),
        ("src.topic", topic.encode()),
        ("src.partition", str(partition).encode()),
        ("src.offset", str(offset).encode()),
        ("src.length", str(len(letter.record.value or b"")).encode()),
        ("src.timestamp", str(letter.record.received_ms).encode()),
        ("reason_code", letter.reason.encode()),
        ("error_message", letter.detail.encode()),
    ]


class KafkaDeadLetters(Service):
    """Publishes dead letters; a broker that is away is waited for."""

    def __init__(self, settings: Settings) -> None:
        super().__init__()
        self._settings = settings
        self._topic = settings.topic(DEAD_LETTERS.name)
        self._producer: AIOKafkaProducer | None = None

    async def on_stop(self) -> None:
        """Disconnect; everything published has been acknowledged already."""
        if self._producer is not None:
            await self._producer.stop()

    async def publish(self, letters: Sequence[DeadLetter]) -> None:
        """Return once Kafka acknowledged every letter; a repeat after a crash bears the same `dlq.id`."""
        async for attempt in stamina.retry_context(
            on=(KafkaError, OSError), attempts=None, timeout=None, wait_max=5.0
        ):
            with attempt:
                await self._publish_once(letters)

    async def _publish_once(self, letters: Sequence[DeadLetter]) -> None:
        producer = await self._connected()
        for letter in letters:
            # Compression brings in what does not fit again: of such a record the head and length are kept.
            key, value = (letter.record.key or b"")[:MAX_KEY_BYTES], letter.record.value
            await producer.send_and_wait(
                self._topic, key=key, value=value and value[:MAX_VALUE_BYTES], headers=headers_of(letter)
            )

    async def _connected(self) -> AIOKafkaProducer:
        # Most workers never meet a dead letter: the connection is made with the first one.
        if self._producer is None:
            producer = AIOKafkaProducer(
                bootstrap_servers=self._settings.kafka_bootstrap,
                enable_idempotence=True,
                acks="all",
                max_request_size=TOPIC_MAX_MESSAGE_BYTES,
            )
            await producer.start()
            self._producer = producer
        return self._producer
