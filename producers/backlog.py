"""How far the workers are behind: records on the event topics that their group has not committed."""

import asyncio
from types import TracebackType
from typing import Final, Self

import stamina
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from streams.kafka import kafka_options
from streams.settings import Settings
from streams.topics import EVENT_TOPICS

_POLL_S: Final = 0.2
_LONGEST_WAIT_S: Final = 5.0


class Backlog:
    """Reads the workers' lag; Kafka's failures are waited out."""

    def __init__(self, settings: Settings) -> None:
        self._consumer = AIOKafkaConsumer(**kafka_options(settings))
        self._admin = AIOKafkaAdminClient(**kafka_options(settings))
        self._group = settings.worker_group
        self._topics = [settings.topic(name) for name in EVENT_TOPICS]

    async def __aenter__(self) -> Self:
        """Connect."""
        await self._consumer.start()
        await self._admin.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Disconnect."""
        await self._consumer.stop()
        await self._admin.close()

    async def wait_below(self, limit: int) -> None:
        """Return once the workers are at most so many records behind."""
        while await self.records() > limit:  # noqa: ASYNC110 - Kafka tells nobody when a lag shrinks
            await asyncio.sleep(_POLL_S)

    async def records(self) -> int:
        """Count the records that the workers have not committed yet."""
        retries = stamina.retry_context(
            on=(KafkaError, OSError), attempts=None, timeout=None, wait_max=_LONGEST_WAIT_S
        )
        lag = 0
        async for attempt in retries:
            with attempt:
                lag = await self._count()
        return lag

    async def _count(self) -> int:
        places = await self._partitions()
        ends = await self._consumer.end_offsets(places)
        starts = await self._consumer.beginning_offsets(places)
        committed = await self._admin.list_consumer_group_offsets(self._group)
        done = {place: meta.offset for place, meta in committed.items()}
        return sum(ends[place] - max(starts[place], done.get(place, 0)) for place in places)

    async def _partitions(self) -> list[TopicPartition]:
        """Give the partitions that there are, which may be more or fewer than the catalogue's."""
        described = await self._admin.describe_topics(self._topics)
        return [
            TopicPartition(topic["topic"], partition["partition"])
            for topic in described
            for partition in topic["partitions"]
        ]
