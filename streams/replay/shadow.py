"""Shadow topics: a replay through Kafka, beside the live topics, for a worker of its own."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Final

from aiokafka.errors import KafkaError

from streams.core.record import Record
from streams.dead_letters.sending import AckedProducer, Outgoing, Sender
from streams.kafka import real_cause
from streams.kafka_admin import create_topics, delete_topics, kafka_down, missing_topics, partition_counts
from streams.replay.plan import ARCHIVE, Plan, shadow_settings
from streams.replay.sources import Done
from streams.replay.topic_log import ends_of_topics
from streams.settings import Settings

#: The header that names the replay; the bytes of an event stay those that were accepted.
REPLAY: Final = "replayid"
# A record keeps the time at which it came first, however long ago that is: it says what is late.
_CONFIG: Final = {"message.timestamp.type": "CreateTime", "retention.ms": "-1"}
_ASK_EVERY_S: Final = 0.1


async def with_topics(settings: Settings, plan: Plan) -> Plan:
    """Make the topics of a replay, and give the plan with their numbers of partitions."""
    shadow = shadow_settings(settings, plan.name)
    await create_topics(shadow, _CONFIG)
    while await missing_topics(shadow):  # noqa: ASYNC110 - only asking tells
        await asyncio.sleep(_ASK_EVERY_S)
    return plan.model_copy(update={"partitions": await partition_counts(shadow)})


async def drop_topics(settings: Settings, name: str) -> None:
    """Delete the topics of a replay."""
    await delete_topics(shadow_settings(settings, name))


async def sent_so_far(settings: Settings, plan: Plan) -> Done:
    """Give the last position of each partition that is sent already.

    Of the archive positions are offsets there; of another source all is sent again, which changes nothing.
    """
    if plan.source != ARCHIVE:
        return {}
    ends = await ends_of_topics(shadow_settings(settings, plan.name))
    return {at: end - 1 for at, end in ends.items()}


@asynccontextmanager
async def sender_of(settings: Settings, plan: Plan) -> AsyncIterator[Sender]:
    """Give what sends to the topics of a replay.

    Raises:
        DependencyDownError: Kafka does not answer.
    """
    producer = AckedProducer(shadow_settings(settings, plan.name))
    try:
        yield producer
    except (KafkaError, OSError) as error:
        raise kafka_down(settings, await real_cause(settings, error)) from error
    finally:
        await producer.close()


async def send(
    sender: Sender, plan: Plan, pages: AsyncGenerator[list[Record], None], advance: Callable[[int], bool]
) -> None:
    """Send pages until there are no more or `advance`, told how many records each had, says false."""
    async for page in pages:
        await sender.send([_outgoing(record, plan.name) for record in page])
        if not advance(len(page)):
            break


def _outgoing(record: Record, name: str) -> Outgoing:
    topic, partition = record.partition
    headers = (*record.headers, (REPLAY, name.encode()))
    return Outgoing(topic, partition, record.key, record.value, headers, record.received_ms)
