"""Which of several instances evaluates: the owner of a partition in a Kafka group of their own.

ClickHouse has no compare-and-set, Kafka's groups have owners. The topic is `target`, which has one partition
and is kept for ever; nothing of it is read. An owner that can no longer reach Kafka steps down by itself,
before the group gives the partition to another one.
"""

import asyncio
from collections.abc import Callable
from types import TracebackType
from typing import Any, Final, Self, TypeVar

from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, TopicPartition
from aiokafka.errors import KafkaError

from streams import clock
from streams.kafka import kafka_options
from streams.logs import get_logger
from streams.settings import Settings

_log = get_logger("alerts")

_TOPIC: Final = "target"
_SESSION_MS: Final = 10_000
# Kafka gives the partition away after a session without heartbeats; half of it in silence is enough to doubt.
_DOUBT_S: Final = _SESSION_MS / 2_000
_BEAT_S: Final = 0.5
_T = TypeVar("_T")


class Leader(ConsumerRebalanceListener):  # type: ignore[misc] # aiokafka has no annotations
    """Membership in the group, while the context is open."""

    def __init__(self, settings: Settings) -> None:
        """Take the address of Kafka; nothing is sent yet."""
        self._settings = settings
        self._consumer: AIOKafkaConsumer | None = None
        self._owns = False
        self._reached_at = 0.0
        self._at_work: set[asyncio.Future[Any]] = set()
        #: Rises each time that the partition comes to this instance.
        self.term = 0
        #: Whether the group has told it if the partition is its own.
        self.knows_its_place = False
        #: When it last asked (s of the monotonic clock).
        self.turned_at = clock.monotonic()

    @property
    def leads(self) -> bool:
        """Whether this instance is the one that evaluates and sends, as far as it can know."""
        return self._owns and clock.monotonic() - self._reached_at < _DOUBT_S

    async def __aenter__(self) -> Self:
        """Join the group.

        Raises:
            KafkaError: Kafka does not answer.
        """
        topic = self._settings.topic(_TOPIC)
        self._consumer = AIOKafkaConsumer(
            **kafka_options(self._settings),
            group_id=self._settings.alerts_group,
            enable_auto_commit=False,
            auto_offset_reset="latest",
            session_timeout_ms=_SESSION_MS,
            heartbeat_interval_ms=_SESSION_MS // 5,
        )
        await self._consumer.start()
        self._consumer.subscribe([topic], listener=self)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Step down, finish what runs and leave the group, so that another one need not wait."""
        await self._step_down()
        if self._consumer is not None:
            await self._consumer.stop()

    async def run(self, work: Callable[..., _T], *given: object) -> _T:
        """Do an owner's work in a thread; the next owner waits for its end, whoever is cancelled."""
        running = asyncio.ensure_future(asyncio.to_thread(work, *given))
        self._at_work.add(running)
        running.add_done_callback(self._at_work.discard)
        return await asyncio.shield(running)

    async def beat(self) -> None:
        """Wait a moment and find out whether Kafka still answers; call it again and again."""
        assert self._consumer is not None  # noqa: S101 - the context is open
        await asyncio.sleep(_BEAT_S)
        self.turned_at = clock.monotonic()
        partitions = self._consumer.assignment()
        if not partitions:
            return
        self._consumer.pause(*partitions)
        try:
            async with asyncio.timeout(_DOUBT_S):
                await self._consumer.getmany(timeout_ms=0)
                await self._consumer.end_offsets(partitions)
        except (KafkaError, TimeoutError):
            return
        self._reached_at = clock.monotonic()

    async def on_partitions_revoked(self, revoked: set[TopicPartition]) -> None:
        """Step down, before Kafka gives the partition to another one."""
        if revoked and self._owns:
            _log.info("alerts_stepped_down")
        await self._step_down()

    async def _step_down(self) -> None:
        """Lead no longer; wait for what runs, but not so long that the group takes it for dead."""
        self._owns = False
        if self._at_work:
            await asyncio.wait(self._at_work, timeout=_DOUBT_S)

    async def on_partitions_assigned(self, assigned: set[TopicPartition]) -> None:
        """Step up, if the partition is among them."""
        self._owns = any(place.partition == 0 for place in assigned)
        self.knows_its_place = True
        if self._owns:
            self.term += 1
            self._reached_at = clock.monotonic()
            _log.info("alerts_stepped_up", term=self.term)
