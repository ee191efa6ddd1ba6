"""Sends records as nobody should, and reads what became of them on the dead letters' topic."""

from collections.abc import AsyncIterator, Iterable, Mapping
from typing import NamedTuple

from aiokafka import AIOKafkaConsumer, TopicPartition

from streams.core.record import Headers
from streams.dead_letters.sending import AckedProducer, Outgoing
from streams.settings import Settings
from streams.topics import DEAD_LETTERS
from tests.hostile.mutations import Hostile


class Letter(NamedTuple):
    """A record on the dead letters' topic."""

    key: bytes | None
    value: bytes | None
    headers: Mapping[str, bytes]


async def send(settings: Settings, messages: Iterable[Hostile], headers: Headers = ()) -> None:
    """Send messages as they are, in this order; one without a key goes to partition 0."""
    producer = AckedProducer(settings)
    try:
        await producer.send([Outgoing(m.topic, 0, m.key, m.value, headers) for m in messages])
    finally:
        await producer.close()


async def count_letters(settings: Settings) -> tuple[int, int]:
    """Count the records of the dead letters' topic, and the letters that they name."""
    ids = [letter.headers["dlq.id"] async for letter in _letters(settings)]
    return len(ids), len(set(ids))


async def read_letters(settings: Settings) -> list[Letter]:
    """Read the dead letters' topic from its beginning to its end."""
    return [letter async for letter in _letters(settings)]


async def _letters(settings: Settings) -> AsyncIterator[Letter]:
    place = TopicPartition(settings.topic(DEAD_LETTERS.name), 0)
    consumer = AIOKafkaConsumer(bootstrap_servers=settings.kafka_bootstrap, auto_offset_reset="earliest")
    await consumer.start()
    try:
        consumer.assign([place])
        end = (await consumer.end_offsets([place]))[place]
        while await consumer.position(place) < end:
            for message in (await consumer.getmany(place, timeout_ms=500)).get(place, ()):
                yield Letter(message.key, message.value, dict(message.headers))
    finally:
        await consumer.stop()
