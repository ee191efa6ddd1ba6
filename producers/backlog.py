"""How far the workers are behind: records on the event topics that their group has not committed."""

import asyncio
from types import TracebackType
from typing import Final, Self

import stamina
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from streams.settings import Settings
from streams.topics import EVENT_TOPICS

_POLL_S: Final = 0.2
_LONGEST_WAIT_S: Final = 5.0


class Backlog:
    """Reads the workers' lag; Kafka's failures are waited out."""

    def __init__(self, settings: Settings) -> None:
        self._consumer = AIOKafkaConsumer(bootstrap_servers=settings.kafka_bootstrap)
        self._admin = AIOKafkaAdminClient(bootstrap_servers=settings.kafka_bootstrap)
        self._group = settings.worker_group
        self._partitions = [
            TopicPartition(settings.topic(topic.name), partition)
            for topic in EVENT_TOPICS.values()
            for partition in range(topic.partitions)
        ]

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
        ends = await self._consumer.end_offsets(self._partitions)
        starts = await self._consumer.beginning_offsets(self._partitions)
        committed = await self._admin.list_consumer_group_offsets(self._group)
        done = {place: meta.offset for place, meta in committed.items()}
        return sum(ends[place] - max(starts[place], done.get(place, 0)) for place in self._partitions)
