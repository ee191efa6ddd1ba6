"""Reads a small topic from its first record to its present end."""

import asyncio
from typing import Final

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from streams.errors import DependencyDownError
from streams.kafka import kafka_options
from streams.settings import Settings

_ANSWER_S: Final = 20


async def read_topic(settings: Settings, topic: str) -> list[bytes]:
    """Give the values of every record of a topic.

    Raises:
        DependencyDownError: Kafka does not answer, or has no such topic.
    """
    consumer = AIOKafkaConsumer(**kafka_options(settings), auto_offset_reset="earliest")
    try:
        await consumer.start()
        return await asyncio.wait_for(_read(consumer, settings.topic(topic)), _ANSWER_S)
    except (KafkaError, OSError, TimeoutError) as error:
        raise DependencyDownError(
            f"Kafka at {settings.kafka_bootstrap} does not serve the topic {settings.topic(topic)}; "
            "start it with: kpi up"
        ) from error
    finally:
        await consumer.stop()


async def _read(consumer: AIOKafkaConsumer, topic: str) -> list[bytes]:
    partitions = [TopicPartition(topic, n) for n in consumer.partitions_for_topic(topic) or {0}]
    consumer.assign(partitions)
    ends = await consumer.end_offsets(partitions)
    values: list[bytes] = []
    while any([await consumer.position(place) < ends[place] for place in partitions]):
        fetched = await consumer.getmany(timeout_ms=200)
        values += [record.value for records in fetched.values() for record in records if record.value]
    return values
