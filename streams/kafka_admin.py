"""Kafka's administration: is it there, and does it have the topics of the catalogue?"""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Final

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import (
    BrokerResponseError,
    KafkaError,
    TopicAlreadyExistsError,
    TopicAuthorizationFailedError,
    for_code,
)

from streams.errors import DependencyDownError, KpiError
from streams.kafka import kafka_options, real_cause
from streams.settings import Settings
from streams.topics import CATALOGUE, EVENT_TOPICS, Topic
from streams.troubles import kafka_trouble

# What a cluster needs to lose one broker and go on; a smaller one has as many as it has brokers.
_REPLICAS: Final = 3
# Compaction would delete events, and producers' clocks would say what is late; the rest is the operators'.
_NEEDED: Final = ("cleanup.policy", "message.timestamp.type")


@asynccontextmanager
async def log_consumer(settings: Settings) -> AsyncIterator[AIOKafkaConsumer]:
    """Connect a consumer that belongs to no group and commits nothing.

    Raises:
        DependencyDownError: Kafka does not answer.
    """
    consumer = AIOKafkaConsumer(
        **kafka_options(settings), enable_auto_commit=False, auto_offset_reset="earliest"
    )
    try:
        await consumer.start()
        yield consumer
    except (KafkaError, OSError) as error:
        raise kafka_down(settings, await real_cause(settings, error)) from error
    finally:
        await consumer.stop()


@asynccontextmanager
async def admin_client(settings: Settings) -> AsyncIterator[AIOKafkaAdminClient]:
    """Connect as administrator.

    Raises:
        DependencyDownError: Kafka does not answer.
    """
    client = AIOKafkaAdminClient(**kafka_options(settings), request_timeout_ms=10_000)
    try:
        await client.start()
        yield client
    except (KafkaError, OSError) as error:
        raise kafka_down(settings, await real_cause(settings, error)) from error
    finally:
        await client.close()


def kafka_down(settings: Settings, error: Exception) -> DependencyDownError:
    """Say what is wrong with Kafka, and where."""
    trouble = kafka_trouble(error)
    if trouble is None or trouble.kind == "unreachable":
        return DependencyDownError(
            f"Kafka does not answer at {settings.kafka_bootstrap} ({type(error).__name__})"
        )
    return DependencyDownError(f"{trouble.words} ({settings.kafka_bootstrap}, {trouble.error})")


def in_words(settings: Settings, error: Exception) -> Exception:
    """Give the words for what Kafka answered, such as a missing permission; another error as it is."""
    return kafka_down(settings, error) if isinstance(error, BrokerResponseError) else error


async def committed_offsets(admin: AIOKafkaAdminClient, group: str) -> dict[TopicPartition, int]:
    """Give what a group committed, by Kafka's names of the topics."""
    found = await admin.list_consumer_group_offsets(group)
    return {place: entry.offset for place, entry in found.items()}


async def missing_topics(settings: Settings) -> list[Topic]:
    """Give the topics of the catalogue that this Kafka lacks."""
    async with admin_client(settings) as client:
        present = set(await client.list_topics())
    return [topic for topic in CATALOGUE if settings.topic(topic.name) not in present]


async def other_settings(settings: Settings) -> list[str]:
    """Say which topics are set up so that numbers go wrong; what Kafka does not tell is left out."""
    wanted = {settings.topic(topic.name): topic.config for topic in CATALOGUE}
    asked = [ConfigResource(ConfigResourceType.TOPIC, name, dict.fromkeys(_NEEDED)) for name in wanted]
    async with admin_client(settings) as client:
        answers = await client.describe_configs(asked)
    return [
        f"{topic} has {name}={value}, and needs {wanted[topic][name]}"
        for answer in answers
        for _, _, _, topic, entries in answer.resources
        for name, value, *_ in entries
        if value != wanted[topic][name]
    ]


async def create_topics(settings: Settings, other: Mapping[str, str] | None = None) -> list[str]:
    """Create the topics that Kafka lacks, as the catalogue says but for `other`; existing ones are untouched.

    Raises:
        DependencyDownError: Kafka does not answer.
        KpiError: Kafka refuses to create a topic.
    """
    missing = await missing_topics(settings)
    if not missing:
        return []
    async with admin_client(settings) as client:
        replicas = min(_REPLICAS, len((await client.describe_cluster())["brokers"]))
        answer = await client.create_topics(
            [_new(settings, topic, replicas, other or {}) for topic in missing]
        )
    for name, code, *detail in answer.topic_errors:
        error = for_code(code)
        if code and error is not TopicAlreadyExistsError:
            raise KpiError(f"Kafka refuses to create the topic {name}: {error.__name__} {detail[0] or ''}")
    return [settings.topic(topic.name) for topic in missing]


async def cluster_id(settings: Settings) -> str:
    """Give the id that Kafka's cluster has of its own.

    Raises:
        DependencyDownError: Kafka does not answer.
    """
    async with admin_client(settings) as client:
        return str((await client.describe_cluster())["cluster_id"])


def _new(settings: Settings, topic: Topic, replicas: int, other: Mapping[str, str]) -> NewTopic:
    partitions = settings.partitions if topic.partitions > 1 else 1
    config = {**topic.config, **other}
    return NewTopic(settings.topic(topic.name), partitions, replicas, topic_configs=config)


async def delete_topics(settings: Settings) -> None:
    """Delete the topics of the catalogue that there are; what is in them is gone.

    Raises:
        DependencyDownError: Kafka does not answer.
    """
    async with admin_client(settings) as client:
        names = {settings.topic(topic.name) for topic in CATALOGUE} & set(await client.list_topics())
        if names:
            await client.delete_topics(list(names))


def ensure_topics(settings: Settings) -> list[str]:
    """Create the topics that Kafka lacks and give their names (for callers outside an event loop)."""
    return asyncio.run(create_topics(settings))


async def partition_counts(settings: Settings) -> dict[str, int]:
    """Give the number of partitions of each event topic, by its catalogue name.

    Raises:
        DependencyDownError: Kafka does not answer, or does not permit to look at a topic.
        KpiError: a topic is missing.
    """
    names = {settings.topic(name): name for name in EVENT_TOPICS}
    async with admin_client(settings) as client:
        described = await client.describe_topics(list(names))
        if TopicAuthorizationFailedError.errno in {topic["error_code"] for topic in described}:
            raise TopicAuthorizationFailedError
    counts = {names[topic["topic"]]: len(topic["partitions"]) for topic in described if topic["partitions"]}
    missing = [name for name in EVENT_TOPICS if name not in counts]
    if missing:
        raise KpiError(f"Kafka lacks the topics {', '.join(missing)}; `kpi up` creates them")
    return counts
