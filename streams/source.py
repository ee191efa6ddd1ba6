"""PartitionSource: owns the partitions and their offsets, hands out batches, commits only what is done."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.abc import ConsumerRebalanceListener
from aiokafka.errors import CommitFailedError, IllegalStateError, KafkaError
from mode import Service

from streams.core.record import PartitionId, Record
from streams.logs import get_logger
from streams.metrics import LAG
from streams.pipeline import Pipeline, Slice
from streams.positions import Log, refuse_other_log, start_offset
from streams.settings import Settings
from streams.store import Consumed, PartitionStart
from streams.store_columns import fingerprint
from streams.topics import EVENT_TOPICS, WORKER_GROUP

_log = get_logger("source")

# A killed worker's partitions move after this long.
_SESSION_TIMEOUT_MS: Final = 6_000
# How long the broker may hold back a fetch: it shows whole in the freshness at low rates.
_FETCH_WAIT_MS: Final = 50
_POLL_MS: Final = 200
# A batch that could go on waits at most this long for more.
_FILL_MS: Final = 20
# Well under max_poll_interval_ms (300 s): a long outage of the store must not cost the membership.
_KEEP_ALIVE_S: Final = 20.0
# Under the rebalance timeout, so that a batch in flight can still be committed by its old owner.
_DRAIN_S: Final = 30.0
# Short of the supervisor's patience.
_STOP_S: Final = 2.0
# How soon a topic that was created again is noticed.
_METADATA_MS: Final = 30_000
_FETCH_MAX_BYTES: Final = 16 << 20
# A ClickHouse in front of us takes 64 MiB a request; a record can be 8 MiB before it is found too large.
BATCH_MAX_BYTES: Final = 32 << 20


class Channel(Protocol):
    """Where batches go; bounded, so that a slow store holds back the fetching."""

    async def put(self, value: Any) -> Any:  # noqa: ANN401 - Faust's channel takes anything
        """Wait for room and put a batch."""


Fetched = dict[TopicPartition, list[ConsumerRecord[bytes, bytes]]]


def cut(fetched: Fetched) -> list[list[tuple[TopicPartition, list[ConsumerRecord[bytes, bytes]]]]]:
    """Cut what a poll brought into batches of bounded bytes, each partition's records in order."""
    batches: list[list[tuple[TopicPartition, list[ConsumerRecord[bytes, bytes]]]]] = [[]]
    size = 0
    for tp, messages in fetched.items():
        start = 0
        for at, message in enumerate(messages):
            length = len(message.value or b"")
            if size and size + length > BATCH_MAX_BYTES:
                batches[-1].append((tp, messages[start:at]))
                batches.append([])
                start, size = at, 0
            size += length
        batches[-1].append((tp, messages[start:]))
    return [[(tp, messages) for tp, messages in batch if messages] for batch in batches]


class PartitionStore(Protocol):
    """What the source asks of the store."""

    async def partition_start(self, partition: PartitionId) -> PartitionStart:
        """Tell where a partition stands."""

    async def dead_positions(self, partition: PartitionId, first: int) -> set[int]:
        """Give the positions from `first` on that are dead."""


@dataclass
class Batch:
    """What one poll brought, and the assignment that it was read under."""

    slices: list[Slice]
    assignment: int
    finished: asyncio.Event = field(default_factory=asyncio.Event)
    abandoned: bool = False

    def done(self) -> None:
        """Say that every row of the batch is stored."""
        self.finished.set()

    def abandon(self) -> None:
        """Say that the batch failed and is not to be waited for; its offsets are not committed."""
        self.abandoned = True
        self.finished.set()


class PartitionSource(Service, ConsumerRebalanceListener):  # type: ignore[misc] # aiokafka is not annotated
    """Reads the event topics. One batch is in flight at a time."""

    def __init__(
        self,
        settings: Settings,
        store: PartitionStore,
        pipeline: Pipeline,
        channel: Channel,
        fail: Callable[[Exception], Awaitable[None]],
    ) -> None:
        super().__init__()
        self._fail = fail
        self._settings = settings
        self._store = store
        self._pipeline = pipeline
        self._channel = channel
        self._names = {settings.topic(name): name for name in EVENT_TOPICS}
        self._assignment = 0
        self._fresh: set[TopicPartition] = set()
        self._bases: dict[TopicPartition, int] = {}
        self._ready: deque[Batch] = deque()
        self._expected: dict[TopicPartition, int] = {}
        self._done: dict[TopicPartition, int] = {}
        self._in_flight: Batch | None = None

    async def on_start(self) -> None:
        """Join the group."""
        self._consumer = AIOKafkaConsumer(
            bootstrap_servers=self._settings.kafka_bootstrap,
            group_id=WORKER_GROUP,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            session_timeout_ms=_SESSION_TIMEOUT_MS,
            heartbeat_interval_ms=_SESSION_TIMEOUT_MS // 4,
            rebalance_timeout_ms=2 * int(_DRAIN_S * 1000),
            fetch_max_wait_ms=_FETCH_WAIT_MS,
            fetch_max_bytes=_FETCH_MAX_BYTES,
            metadata_max_age_ms=_METADATA_MS,
        )
        await self._consumer.start()
        self._consumer.subscribe(list(self._names), listener=self)

    async def on_stop(self) -> None:
        """Give the batch in flight a moment, commit it, and leave the group."""
        if self._in_flight is not None:
            with suppress(TimeoutError, KafkaError):
                await asyncio.wait_for(self._in_flight.finished.wait(), _STOP_S)
                await self._commit(self._in_flight)
        await self._consumer.stop()

    @Service.task
    async def _pump(self) -> None:
        try:
            while not self.should_stop:
                await self._pump_once()
        except Exception as error:  # noqa: BLE001 - the composition root decides how the process ends
            await self._fail(error)

    async def _pump_once(self) -> None:
        if not self._ready:
            self._ready.extend(await self._fetch())
            self._measure_lag()
            return
        batch = self._ready.popleft()
        # After a rebalance every partition is sought anew: what was read before it comes again.
        if batch.assignment != self._assignment:
            return
        self._in_flight = batch
        await self._channel.put(batch)
        ahead = asyncio.create_task(self._fetch())
        try:
            await self._wait_until_done(batch, ahead)
            await self._commit(batch)
            self._ready.extend(await ahead)
        finally:
            ahead.cancel()
            self._in_flight = None
        self._measure_lag()

    async def _fetch(self) -> list[Batch]:
        """Read and decode what comes next, unless enough waits already or partitions are to be begun."""
        assignment = self._assignment
        busy = self._in_flight is not None
        if busy and (self._fresh or self._ready):
            return []
        if self._fresh and not await self._began_partitions():
            return []
        fetched = await self._poll()
        if not fetched or assignment != self._assignment or await self._jumped(fetched):
            return []
        return [Batch([self._slice(*item) for item in part], assignment) for part in cut(fetched)]

    async def _poll(self) -> Fetched:
        """Take what there is; while the store is busy with a batch, wait for the next one to fill."""
        limit = self._settings.batch_records
        fetched: Fetched = await self._consumer.getmany(timeout_ms=_POLL_MS, max_records=limit)
        while self._in_flight is not None and not self._in_flight.finished.is_set():
            room = limit - sum(map(len, fetched.values()))
            if not fetched or room <= 0:
                break
            for tp, messages in (await self._consumer.getmany(timeout_ms=_FILL_MS, max_records=room)).items():
                fetched.setdefault(tp, []).extend(messages)
        return fetched

    async def _jumped(self, fetched: Fetched) -> bool:
        """Tell whether a log went on elsewhere than expected: then all partitions are begun anew."""
        for tp, messages in fetched.items():
            expected, first, last = self._expected[tp], messages[0].offset, messages[-1].offset
            went_back = first < expected or last - first + 1 < len(messages)
            if went_back or (first > expected and await self._is_gone(tp, expected)):
                _log.warning(
                    "log_jumped", topic=tp.topic, partition=tp.partition, expected=expected, got=first
                )
                self._fresh = set(self._consumer.assignment())
                self._assignment += 1
                return True
            self._expected[tp] = last + 1
        return False

    async def _is_gone(self, tp: TopicPartition, offset: int) -> bool:
        """Tell whether retention took a record that was never read; a transaction leaves a hole, too."""
        start: int = (await self._consumer.beginning_offsets([tp]))[tp]
        return start > offset

    async def _wait_until_done(self, batch: Batch, ahead: "asyncio.Task[list[Batch]]") -> None:
        while not batch.finished.is_set():
            try:
                await asyncio.wait_for(batch.finished.wait(), _KEEP_ALIVE_S)
            except TimeoutError:
                await asyncio.wait([ahead])
                # A fetch with everything paused brings nothing and tells the group that we live.
                self._consumer.pause(*self._consumer.assignment())
                await self._consumer.getmany(timeout_ms=0)
        self._consumer.resume(*self._consumer.paused())

    async def _commit(self, batch: Batch) -> None:
        if batch.assignment != self._assignment or batch.abandoned or not batch.finished.is_set():
            return
        offsets = {self._kafka_name(part.partition): part.records[-1].offset + 1 for part in batch.slices}
        try:
            await self._consumer.commit(offsets)
            self._done |= offsets
        except (CommitFailedError, IllegalStateError) as error:
            # Another worker owns the partition now and will read these records again.
            _log.info("commit_overtaken", error=type(error).__name__)

    async def on_partitions_revoked(self, revoked: Iterable[TopicPartition]) -> None:
        """Finish and commit the batch in flight (bounded), then forget everything."""
        if self._in_flight is not None:
            try:
                await asyncio.wait_for(self._in_flight.finished.wait(), _DRAIN_S)
                await self._commit(self._in_flight)
            except (TimeoutError, KafkaError) as error:
                _log.warning("batch_left_behind", error=type(error).__name__)
        self._assignment += 1
        self._fresh.clear()
        for partition in revoked:
            self._pipeline.forget(self._partition_id(partition))
            self._bases.pop(partition, None)
            self._expected.pop(partition, None)
            self._done.pop(partition, None)
            with suppress(KeyError):
                LAG.remove(self._names[partition.topic], str(partition.partition))
        _log.info("partitions_revoked", partitions=len(list(revoked)))

    async def on_partitions_assigned(self, assigned: Iterable[TopicPartition]) -> None:
        """Note what is to be begun; the pump does it, where waiting for the store harms no heartbeat."""
        self._assignment += 1
        self._fresh = set(assigned)
        _log.info("partitions_assigned", partitions=len(self._fresh))

    async def _began_partitions(self) -> bool:
        try:
            await self._begin_partitions()
        except (KafkaError, IllegalStateError) as error:
            # The broker is away, or another rebalance overtook this one.
            _log.warning("partitions_not_begun", error=type(error).__name__)
            await self.sleep(1.0)
        return not self._fresh

    async def _begin_partitions(self) -> None:
        """Seek every fresh partition to its start; a rebalance meanwhile leaves the rest to the next call."""
        assignment, fresh = self._assignment, sorted(self._fresh)
        starts = await self._consumer.beginning_offsets(fresh)
        ends = await self._consumer.end_offsets(fresh)
        for tp in fresh:
            known = await self._store.partition_start(self._partition_id(tp))
            log = Log(starts[tp], ends[tp], await self._consumer.committed(tp))
            offset = start_offset(self._partition_id(tp), known, log)
            dead = await self._store.dead_positions(self._partition_id(tp), known.base + offset)
            await self._check_same_log(tp, known, log, assignment)
            if assignment != self._assignment:
                return
            self._consumer.seek(tp, offset)
            self._expected[tp] = self._done[tp] = offset
            self._bases[tp] = known.base
            self._pipeline.assign(self._partition_id(tp), dead)
        self._fresh.clear()

    async def _check_same_log(
        self, tp: TopicPartition, known: PartitionStart, log: Log, assignment: int
    ) -> None:
        """Compare the record at the stored offset with what was stored of it.

        Raises:
            RefusedError: another record stands there.
        """
        if known.consumed is None or known.consumed.position < known.base:
            return
        offset = known.consumed.position - known.base
        if not log.start <= offset < log.end or assignment != self._assignment:
            return
        self._consumer.seek(tp, offset)
        # Not `getone`: it waits for ever for a partition that a rebalance takes away.
        while assignment == self._assignment and not self.should_stop:
            for message in (await self._consumer.getmany(tp, timeout_ms=_POLL_MS, max_records=1)).get(tp, ()):
                if assignment == self._assignment and message.offset == offset:
                    self._compare(tp, message, known.consumed)
                return

    def _compare(self, tp: TopicPartition, message: ConsumerRecord[bytes, bytes], consumed: Consumed) -> None:
        if fingerprint(self._record(tp, 0, message)) != consumed.fingerprint:
            raise refuse_other_log(self._partition_id(tp), message.offset)

    def _slice(self, tp: TopicPartition, messages: list[ConsumerRecord[bytes, bytes]]) -> Slice:
        base = self._bases[tp]
        records = [self._record(tp, base, message) for message in messages]
        return self._pipeline.decode(self._partition_id(tp), records)

    def _record(self, tp: TopicPartition, base: int, message: ConsumerRecord[bytes, bytes]) -> Record:
        return Record(
            self._partition_id(tp),
            message.offset,
            base + message.offset,
            message.timestamp,
            message.key,
            message.value,
        )

    def _measure_lag(self) -> None:
        for tp, done in self._done.items():
            end = self._consumer.highwater(tp) if tp in self._consumer.assignment() else None
            LAG.labels(self._names[tp.topic], str(tp.partition)).set(max(0, (end or 0) - done))

    def _partition_id(self, tp: TopicPartition) -> PartitionId:
        return PartitionId(self._names[tp.topic], tp.partition)

    def _kafka_name(self, partition: PartitionId) -> TopicPartition:
        return TopicPartition(self._settings.topic(partition.topic), partition.partition)
