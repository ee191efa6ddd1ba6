"""The pulse of a worker: its vital signs, and what Kafka holds, asked on a connection of its own."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Final, Protocol

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError
from mode import Service

from streams.dependency import Dependency
from streams.kafka import kafka_options
from streams.settings import Settings
from streams.troubles import kafka_trouble
from streams.watchdog import Signs

_TURN_S: Final = 0.5
_ASK_EVERY_S: Final = 5.0
_ANSWER_S: Final = 5.0


class Owned(Protocol):
    """What is asked of the source."""

    def stored_to(self) -> dict[TopicPartition, int]:
        """Give how far each partition is stored that is to be read now."""

    def to_begin(self) -> int | None:
        """Give how many partitions are yet to be begun; None: the group has given none yet."""


class Pulse(Service):
    """Beats while the event loop turns.

    Args:
        settings: where Kafka is.
        owned: knows the partitions.
        stored: gives how many records were stored.
        clickhouse: the store's server.
        letters: where dead letters go.

    Attributes:
        signs: the newest signs; any thread may read them.
        group: what the group has given this worker, in words; empty: nothing yet.
        kafka: the broker, and what is wrong with it.
    """

    def __init__(
        self,
        settings: Settings,
        owned: Owned,
        stored: Callable[[], int],
        *,
        clickhouse: Dependency,
        letters: Dependency,
    ) -> None:
        super().__init__()
        self._settings = settings
        self._owned = owned
        self._stored = stored
        self.clickhouse = clickhouse
        self.letters = letters
        self._ends: dict[TopicPartition, int] = {}
        self._consumer: AIOKafkaConsumer | None = None
        self.signs = Signs()
        self.group = ""
        self.kafka = Dependency("Kafka", kafka_trouble)

    async def on_stop(self) -> None:
        """Disconnect."""
        await self._disconnect()

    @Service.task
    async def _beat(self) -> None:
        while not self.should_stop:
            dependencies = (self.kafka, self.clickhouse, self.letters)
            retrying = any(dependency.is_waited_for() for dependency in dependencies)
            to_begin, lag = self._owned.to_begin(), self._lag()
            # A worker that the group gives nothing, not even none, waits too.
            waiting = lag + (1 if to_begin is None else to_begin)
            self.signs = Signs(self.signs.turn + 1, self._stored(), waiting, retrying)
            self.group = "" if to_begin != 0 else f"{len(self._owned.stored_to())} partitions"
            await self.sleep(_TURN_S)

    def _lag(self) -> int:
        stored = self._owned.stored_to()
        return sum(max(0, self._ends.get(tp, 0) - offset) for tp, offset in stored.items())

    @Service.task
    async def _ask(self) -> None:
        while not self.should_stop:
            await self.kafka.call(self._ask_once)
            await self.sleep(_ASK_EVERY_S)

    async def _ask_once(self) -> None:
        try:
            async with asyncio.timeout(_ANSWER_S):
                consumer = await self._connected()
                owned = list(self._owned.stored_to())
                self._ends = await consumer.end_offsets(owned)
                if not owned:
                    await consumer.topics()
        except (KafkaError, OSError):
            await self._disconnect()
            raise

    async def _connected(self) -> AIOKafkaConsumer:
        # A stop meanwhile takes it away from the service, not from here.
        consumer = self._consumer
        if consumer is None:
            consumer = self._consumer = AIOKafkaConsumer(**kafka_options(self._settings))
            await consumer.start()
        return consumer

    async def _disconnect(self) -> None:
        consumer, self._consumer = self._consumer, None
        if consumer is not None:
            with suppress(KafkaError, OSError):
                async with asyncio.timeout(_ANSWER_S):
                    await consumer.stop()
