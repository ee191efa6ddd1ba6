"""PartitionSource: owns the partitions and their offsets, hands out batches, commits only what is done."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from typing import Any, Final, Protocol

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.abc import ConsumerRebalanceListener
from aiokafka.errors import CommitFailedError, ConsumerStoppedError, IllegalStateError, KafkaError
from mode import Service

from streams.batches import BATCH_MAX_BYTES, Batch, Fetched, size_of
from streams.core.record import PartitionId
from streams.header_names import tolerate_any
from streams.kafka import kafka_options
from streams.logs import get_logger
from streams.ownership import Ownership, PartitionStore
from streams.pipeline import Pipeline
from streams.settings import Settings
from streams.topics import EVENT_TOPICS

_log = get_logger("source")

# A killed worker's partitions move after this long.
_SESSION_TIMEOUT_MS: Final = 6_000
# How long the broker may hold back a fetch: it shows whole in the freshness at low rates.
_FETCH_WAIT_MS: Final = 50
_POLL_MS: Final = 200
# A batch that could go on waits at most this long for more.
_FILL_MS: Final = 20
# A batch costs the engine tens of milliseconds, however small: so many records or fewer wait until the last
# batch began so long ago. The first one after a quiet time waits for nothing.
_FEW: Final = 100
_PACE_S: Final = 1.2
# The group throws out a worker that does not poll for so long. While the store is away, the worker polls with
# everything paused, well within it: a long outage must not cost the membership.
_MAX_POLL_MS: Final = 300_000
_KEEP_ALIVE_S: Final = 20.0
# Under the rebalance timeout, so that a batch in flight can still be committed by its old owner.
_DRAIN_S: Final = 30.0
# Short of the supervisor's patience.
_STOP_S: Final = 2.0
# How soon a topic that was created again is noticed.
_METADATA_MS: Final = 30_000
# How soon a paused partition goes on once it is resumed.
_RESUME_POLL_S: Final = 1.0
_FETCH_MAX_BYTES: Final = 16 << 20


class Channel(Protocol):
    """Where batches go; bounded, so that a slow store holds back the fetching."""

    async def put(self, value: Any) -> Any:  # noqa: ANN401 - Faust's channel takes anything
        """Wait for room and put a batch."""


class PartitionSource(Service, ConsumerRebalanceListener):  # type: ignore[misc] # aiokafka is not annotated
    """Reads the event topics. One batch is in flight at a time.

    Args:
        settings: where Kafka is.
        store: tells where each partition stands.
        pipeline: decodes, and forgets what moves away.
        channel: takes the batches.
        fail: ends the process.
        consumer: makes the consumer.
    """

    def __init__(  # noqa: PLR0913 - what a source connects
        self,
        settings: Settings,
        store: PartitionStore,
        pipeline: Pipeline,
        channel: Channel,
        fail: Callable[[Exception], Awaitable[None]],
        *,
        consumer: Callable[..., AIOKafkaConsumer] = AIOKafkaConsumer,
    ) -> None:
        super().__init__()
        self._settings = settings
        self._store = store
        self._pipeline = pipeline
        self._channel = channel
        self._fail = fail
        self._make_consumer = consumer
        self._ready: deque[Batch] = deque()
        self._in_flight: Batch | None = None
        self._revoking = False
        self._began = -_PACE_S

    def partitions(self) -> list[PartitionId]:
        """Give the partitions that are read here now."""
        return self._owned.partitions()

    async def on_start(self) -> None:
        """Join the group."""
        self._consumer = self._make_consumer(
            **kafka_options(self._settings),
            group_id=self._settings.worker_group,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            session_timeout_ms=_SESSION_TIMEOUT_MS,
            heartbeat_interval_ms=_SESSION_TIMEOUT_MS // 4,
            rebalance_timeout_ms=2 * int(_DRAIN_S * 1000),
            fetch_max_wait_ms=_FETCH_WAIT_MS,
            fetch_max_bytes=_FETCH_MAX_BYTES,
            max_poll_interval_ms=_MAX_POLL_MS,
            metadata_max_age_ms=_METADATA_MS,
        )
        self._owned = Ownership(self._settings, self._store, self._pipeline, self._consumer)
        await self._consumer.start()
        self._consumer.subscribe([self._settings.topic(name) for name in EVENT_TOPICS], listener=self)

    async def on_stop(self) -> None:
        """Give the batch in flight a moment, commit it, and leave the group."""
        # Not asked for again below: the pump lets go of it as soon as it is finished.
        batch = self._in_flight
        if batch is not None:
            with suppress(TimeoutError, KafkaError):
                await asyncio.wait_for(batch.finished.wait(), _STOP_S)
                await self._commit(batch)
        await self._consumer.stop()

    @Service.task
    async def _pump(self) -> None:
        try:
            while not self.should_stop:
                await self._pump_once()
        except ConsumerStoppedError:
            # On the way out: a fetch came just after the consumer had been stopped.
            return
        except Exception as error:  # noqa: BLE001 - the composition root decides how the process ends
            await self._fail(error)

    @Service.task
    async def _watch_pauses(self) -> None:
        try:
            while not self.should_stop:
                await self._owned.look_for_resumes()
                await self.sleep(_RESUME_POLL_S)
        except Exception as error:  # noqa: BLE001 - as above
            await self._fail(error)

    async def _pump_once(self) -> None:
        if not self._ready:
            self._ready.extend(await self._fetch())
            if not self._ready:
                # A rebalance can overtake it.
                with suppress(IllegalStateError):
                    await self._owned.pass_markers()
            self._owned.measure_lag()
            return
        batch = self._ready.popleft()
        # After a rebalance every partition is sought anew: what was read before it comes again.
        if self._revoking or batch.assignment != self._owned.number:
            return
        self._in_flight, self._began = batch, asyncio.get_running_loop().time()
        await self._channel.put(batch)
        ahead = asyncio.create_task(self._fetch())
        try:
            await self._wait_until_done(batch, ahead)
            await self._commit(batch)
            self._ready.extend(await ahead)
        finally:
            ahead.cancel()
            self._in_flight = None
        self._owned.measure_lag()

    async def _fetch(self) -> list[Batch]:
        """Read and decode what comes next, unless enough waits already or partitions are to be begun."""
        number = self._owned.number
        try:
            return await self._fetch_next()
        except UnicodeDecodeError:
            # What was read with it is lost to this fetch: all partitions are begun anew.
            _log.warning("header_name_not_utf8")
            tolerate_any()
            # A rebalance that overtook the fetch begins its own; these may be another worker's by now.
            if number == self._owned.number:
                self._owned.assign(self._consumer.assignment())
            return []

    async def _fetch_next(self) -> list[Batch]:
        number = self._owned.number
        busy = self._in_flight is not None
        if busy and (self._owned.fresh or self._ready):
            return []
        if self._owned.fresh and not await self._began_partitions():
            return []
        self._owned.hold_paused()
        fetched = await self._poll()
        if not fetched or number != self._owned.number or await self._owned.jumped(fetched):
            return []
        return await self._owned.batches(fetched)

    async def _began_partitions(self) -> bool:
        try:
            await self._owned.begin(lambda: self.should_stop)
        except (KafkaError, IllegalStateError) as error:
            # The broker is away, or another rebalance overtook this one.
            _log.warning("partitions_not_begun", error=type(error).__name__)
            await self.sleep(1.0)
        return not self._owned.fresh

    async def _poll(self) -> Fetched:
        """Take what there is; while there is no hurry, wait for it to fill."""
        limit = self._settings.batch_records
        fetched: Fetched = await self._consumer.getmany(timeout_ms=_POLL_MS, max_records=limit)
        size = size_of(fetched)
        while self._may_fill(fetched):
            room = limit - sum(map(len, fetched.values()))
            if not fetched or room <= 0 or size >= BATCH_MAX_BYTES:
                break
            more: Fetched = await self._consumer.getmany(timeout_ms=_FILL_MS, max_records=room)
            size += size_of(more)
            for tp, messages in more.items():
                fetched.setdefault(tp, []).extend(messages)
        return fetched

    def _may_fill(self, fetched: Fetched) -> bool:
        """Tell whether the store is busy with a batch, or this one is small and soon after the last."""
        if self._in_flight is not None and not self._in_flight.finished.is_set():
            return True
        is_small = sum(map(len, fetched.values())) <= _FEW
        return is_small and not self.should_stop and asyncio.get_running_loop().time() - self._began < _PACE_S

    async def _wait_until_done(self, batch: Batch, ahead: "asyncio.Task[list[Batch]]") -> None:
        while not batch.finished.is_set():
            try:
                await asyncio.wait_for(batch.finished.wait(), _KEEP_ALIVE_S)
            except TimeoutError:
                await asyncio.wait([ahead])
                # A fetch with everything paused brings nothing and tells the group that we live.
                self._consumer.pause(*self._consumer.assignment())
                await self._consumer.getmany(timeout_ms=0)
        self._owned.hold_paused()

    async def _commit(self, batch: Batch) -> None:
        if batch.assignment != self._owned.number or batch.abandoned or not batch.finished.is_set():
            return
        self._owned.count_refused(batch.refused)
        offsets = self._owned.ends_of(batch.slices)
        try:
            await self._consumer.commit(offsets)
            self._owned.store_up_to(offsets)
        except (CommitFailedError, IllegalStateError) as error:
            # Another worker owns the partition now and will read these records again.
            _log.info("commit_overtaken", error=type(error).__name__)

    def stored_to(self) -> dict[TopicPartition, int]:
        """Give the offset up to which each partition is stored that is read now."""
        return self._owned.stored_to()

    def to_begin(self) -> int | None:
        """Give how many partitions are yet to be begun; None: the group has given this worker none yet."""
        return len(self._owned.fresh) if self._owned.is_assigned else None

    async def on_partitions_revoked(self, revoked: Iterable[TopicPartition]) -> None:
        """Hand out nothing more, finish and commit the batch in flight (bounded), then forget everything."""
        self._revoking = True
        batch = self._in_flight
        if batch is not None:
            try:
                await asyncio.wait_for(batch.finished.wait(), _DRAIN_S)
                await self._commit(batch)
            except (TimeoutError, KafkaError) as error:
                _log.warning("batch_left_behind", error=type(error).__name__)
        self._owned.revoke(revoked)
        _log.info("partitions_revoked", partitions=len(list(revoked)))

    async def on_partitions_assigned(self, assigned: Iterable[TopicPartition]) -> None:
        """Note what is to be begun; the pump does it, where waiting for the store harms no heartbeat."""
        self._owned.assign(assigned)
        self._revoking = False
        _log.info("partitions_assigned", partitions=len(self._owned.fresh))
