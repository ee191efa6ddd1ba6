"""The partitions that a worker owns: where each begins, how far it is read, and how far it is stored."""

import asyncio
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Final, NamedTuple, Protocol

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.errors import IllegalStateError, KafkaError

from streams.batches import Batch, Fetched, cut
from streams.breakers import Breakers
from streams.core.breaker import History
from streams.core.decode import Accepted, DeadLetter
from streams.core.record import PartitionId, Record
from streams.generation import refuse_other_count
from streams.logs import get_logger
from streams.metrics import LAG
from streams.pipeline import Pipeline, Slice
from streams.positions import Log, refuse_other_log, start_offset
from streams.settings import Settings
from streams.store_columns import fingerprint
from streams.store_lookups import Consumed, PartitionStart
from streams.topics import EVENT_TOPICS

_log = get_logger("source")

_POLL_MS: Final = 200
# Some milliseconds' work: longer, and an answer of the store would wait with the engine idle.
_DECODED_AT_ONCE: Final = 200


class PartitionStore(Protocol):
    """What is asked of the store when a partition begins."""

    async def partition_starts(
        self, partitions: Collection[PartitionId]
    ) -> Mapping[PartitionId, PartitionStart]:
        """Tell where partitions stand."""

    async def dead_positions(self, firsts: Mapping[PartitionId, int]) -> Mapping[PartitionId, set[int]]:
        """Give the positions of partitions, each from its first on, that are dead."""

    async def bad_records(self, lasts: Mapping[PartitionId, int]) -> Mapping[PartitionId, History]:
        """Give what the breakers of partitions count, each up to its last position and beyond."""


class _Start(NamedTuple):
    """Where a partition begins: what is stored of it, its log, the offset, and what is dead or bad."""

    known: PartitionStart
    log: Log
    offset: int
    dead: set[int]
    history: History

    @property
    def is_uncommitted(self) -> bool:
        """Whether something is stored of which nothing is committed."""
        return self.log.committed is None and self.offset > self.log.start

    @property
    def compared(self) -> Consumed | None:
        """What is stored of this log, if the log still has its record."""
        consumed = self.known.consumed
        if consumed is None or consumed.position < self.known.base:
            return None
        return consumed if self.log.start <= consumed.offset < self.log.end else None


class Ownership:
    """What is known of the partitions of the current assignment; every rebalance makes another one.

    `number` tells assignments apart; `fresh` are the partitions that are yet to be begun; `is_assigned` is
    false from the moment that the group takes the partitions back until it gives some, or none.
    """

    def __init__(
        self, settings: Settings, store: PartitionStore, pipeline: Pipeline, consumer: AIOKafkaConsumer
    ) -> None:
        self._settings = settings
        self._store = store
        self._pipeline = pipeline
        self._consumer = consumer
        self._breakers = Breakers(enabled=settings.dlq_breaker == "on")
        self._names = {settings.topic(name): name for name in EVENT_TOPICS}
        self._bases: dict[TopicPartition, int] = {}
        self._expected: dict[TopicPartition, int] = {}
        self._stored: dict[TopicPartition, int] = {}
        self.number = 0
        self.is_assigned = False
        self.fresh: set[TopicPartition] = set()

    def partitions(self) -> list[PartitionId]:
        """Give the partitions that are begun."""
        return [self._partition_id(tp) for tp in self._bases]

    def assign(self, assigned: Iterable[TopicPartition]) -> None:
        """Note what is to be begun."""
        self.number += 1
        self.is_assigned = True
        self.fresh = set(assigned)

    def revoke(self, revoked: Iterable[TopicPartition]) -> None:
        """Forget everything of these partitions."""
        self.number += 1
        self.is_assigned = False
        self.fresh.clear()
        for tp in revoked:
            self._pipeline.forget(self._partition_id(tp))
            self._breakers.forget(self._partition_id(tp))
            self._bases.pop(tp, None)
            self._expected.pop(tp, None)
            self._stored.pop(tp, None)
            with suppress(KeyError):
                LAG.remove(self._names[tp.topic], str(tp.partition))

    async def begin(self, stopping: Callable[[], bool]) -> None:
        """Seek every fresh partition to its start; a rebalance meanwhile leaves them to the next call.

        Raises:
            RefusedError: the log is not the one that is stored, or a topic has other partitions than it had.
        """
        number, fresh = self.number, sorted(self.fresh)
        self._check_counts({tp.topic for tp in fresh})
        # Also one that a breaker paused is read to compare its log.
        self._consumer.resume(*fresh)
        begun = await self._starts_of(fresh)
        await self._check_same_logs(begun, lambda: number != self.number or stopping())
        if number != self.number:
            return
        for tp, start in begun.items():
            self._begin(tp, start)
        # A worker died before its first commit: what it stored does not come again, so say it is done.
        uncommitted = {tp: start.offset for tp, start in begun.items() if start.is_uncommitted}
        if uncommitted:
            await self._consumer.commit(uncommitted)
            if number != self.number:
                return
        self.fresh.clear()
        self.hold_paused()

    async def _starts_of(self, fresh: Sequence[TopicPartition]) -> dict[TopicPartition, _Start]:
        names = {tp: self._partition_id(tp) for tp in fresh}
        starts = await self._consumer.beginning_offsets(fresh)
        known = await self._store.partition_starts(names.values())
        # Asked last: what a former owner stores meanwhile must not look like more than the log holds.
        ends = await self._consumer.end_offsets(fresh)
        committed = await asyncio.gather(*map(self._consumer.committed, fresh))
        logs = {tp: Log(starts[tp], ends[tp], done) for tp, done in zip(fresh, committed, strict=True)}
        offsets = {tp: start_offset(name, known[name], logs[tp]) for tp, name in names.items()}
        firsts = {name: known[name].base + offsets[tp] for tp, name in names.items()}
        dead, histories = await asyncio.gather(
            self._store.dead_positions(firsts),
            self._store.bad_records({name: first - 1 for name, first in firsts.items()}),
        )
        return {
            tp: _Start(known[name], logs[tp], offsets[tp], dead[name], histories[name])
            for tp, name in names.items()
        }

    def _begin(self, tp: TopicPartition, start: _Start) -> None:
        self._consumer.seek(tp, start.offset)
        self._expected[tp] = self._stored[tp] = start.offset
        self._bases[tp] = start.known.base
        self._pipeline.assign(self._partition_id(tp), start.dead)
        last = start.known.base + start.offset - 1
        self._breakers.begin(self._partition_id(tp), last, start.history)

    def count_refused(self, records: Iterable[Record]) -> None:
        """Let the breakers know of records that turned out to be bad only when they were stored."""
        for record in records:
            self._breakers.find_bad(record)

    def hold_paused(self) -> None:
        """Let the consumer fetch all but the partitions that a breaker paused."""
        paused = {self._kafka_name(partition) for partition in self._breakers.paused()}
        self._consumer.resume(*(self._consumer.paused() - paused))
        self._consumer.pause(*paused)

    async def look_for_resumes(self) -> None:
        """Let paused partitions go on that somebody resumed; they are read from the next poll on."""
        if not (paused := self._breakers.paused()):
            return
        for partition, history in (await self._store.bad_records(paused)).items():
            # Only that: the last bad ones may not be stored yet.
            self._breakers.resume(partition, history.resumed)

    def _check_counts(self, topics: Iterable[str]) -> None:
        for topic in topics:
            known = self._pipeline.partitions[self._names[topic]]
            found = self._consumer.partitions_for_topic(topic)
            if found is not None and len(found) != known:
                raise refuse_other_count(self._names[topic], known, len(found))

    async def _check_same_logs(
        self, begun: Mapping[TopicPartition, _Start], overtaken: Callable[[], bool]
    ) -> None:
        """Compare the record at each stored offset with what was stored of it.

        Raises:
            RefusedError: another record stands there.
        """
        compared = {tp: start.compared for tp, start in begun.items() if start.compared is not None}
        if overtaken():
            return
        # All before the first is read, so that one fetch brings them.
        for tp, consumed in compared.items():
            self._consumer.seek(tp, consumed.offset)
        for tp, consumed in compared.items():
            await self._check_same_log(tp, consumed, begun[tp].log.end, overtaken)

    async def _check_same_log(
        self, tp: TopicPartition, consumed: Consumed, end: int, overtaken: Callable[[], bool]
    ) -> None:
        # Not `getone`: it waits for ever for a partition that a rebalance takes away.
        while not overtaken():
            messages = (await self._consumer.getmany(tp, timeout_ms=_POLL_MS, max_records=1)).get(tp)
            # Markers of transactions alone are passed over: the position tells it, no message does.
            if messages or await self._consumer.position(tp) >= end:
                if not overtaken():
                    await self._compare(tp, messages[0] if messages else None, consumed)
                return

    async def _compare(
        self, tp: TopicPartition, message: ConsumerRecord[bytes, bytes] | None, consumed: Consumed
    ) -> None:
        """Refuse a log that has another record than the stored one at its offset, or none."""
        if message is None or message.offset > consumed.offset:
            # Retention may have taken it meanwhile; otherwise it is a hole where a record was.
            same = await self._log_start(tp) > consumed.offset
        else:
            same = fingerprint(self._record(tp, 0, message)) == consumed.fingerprint
        if not same:
            raise refuse_other_log(self._partition_id(tp), consumed.offset)

    async def jumped(self, fetched: Fetched) -> bool:
        """Tell whether a log went on elsewhere than expected, or may have: then all are begun anew."""
        number = self.number
        for tp, messages in fetched.items():
            expected, first, last = self._expected[tp], messages[0].offset, messages[-1].offset
            went_back = first < expected or last - first + 1 < len(messages)
            if went_back or (first > expected and not await self._is_hole(tp, expected)):
                _log.warning(
                    "log_jumped", topic=tp.topic, partition=tp.partition, expected=expected, got=first
                )
                if number == self.number:
                    self.assign(self._consumer.assignment())
                return True
            # A rebalance overtook the question: what was read comes again.
            if number != self.number:
                return True
            self._expected[tp] = last + 1
        return False

    async def _is_hole(self, tp: TopicPartition, offset: int) -> bool:
        """Tell whether a transaction left the hole; retention may have taken a record that was never read."""
        try:
            return await self._log_start(tp) <= offset
        except (KafkaError, IllegalStateError) as error:
            # The broker is away: it is asked again where the partitions are begun.
            _log.warning("log_start_unknown", topic=tp.topic, error=type(error).__name__)
            return False

    async def _log_start(self, tp: TopicPartition) -> int:
        start: int = (await self._consumer.beginning_offsets([tp]))[tp]
        return start

    async def batches(self, fetched: Fetched) -> list[Batch]:
        """Decode what was read, in batches; what comes after a breaker's pause is left unread.

        There are none if a rebalance overtakes it: what was read comes again.
        """
        number = self.number
        decoded = [
            [await self._decode(*item) for item in part if number == self.number] for part in cut(fetched)
        ]
        if number != self.number:
            return []
        parts = [list(map(self._breakers.cut, slices)) for slices in decoded]
        for partition, last in self._breakers.paused().items():
            tp = self._kafka_name(partition)
            if tp in fetched:
                self._expected[tp] = last + 1 - self._bases[tp]
                self._consumer.seek(tp, self._expected[tp])
        batches = [Batch([part for part in slices if part.records], self.number) for slices in parts]
        return [batch for batch in batches if batch.slices]

    async def _decode(self, tp: TopicPartition, messages: list[ConsumerRecord[bytes, bytes]]) -> Slice:
        base = self._bases[tp]
        partition, records = self._partition_id(tp), [self._record(tp, base, message) for message in messages]
        decoded: list[Accepted | DeadLetter] = []
        for first in range(0, len(records), _DECODED_AT_ONCE):
            decoded += self._pipeline.decode(partition, records[first : first + _DECODED_AT_ONCE]).decoded
            # The batch before goes on as soon as the store has answered it.
            await asyncio.sleep(0)
        return Slice(partition, records, decoded)

    def _record(self, tp: TopicPartition, base: int, message: ConsumerRecord[bytes, bytes]) -> Record:
        return Record(
            self._partition_id(tp),
            message.offset,
            base + message.offset,
            message.timestamp,
            message.key,
            message.value,
            message.headers,
            message.timestamp_type,
        )

    def ends_of(self, slices: Iterable[Slice]) -> dict[TopicPartition, int]:
        """Give the offset after each slice, as Kafka takes it."""
        return {self._kafka_name(part.partition): part.records[-1].offset + 1 for part in slices}

    def store_up_to(self, offsets: dict[TopicPartition, int]) -> None:
        """Note that everything before these offsets is stored and committed."""
        self._stored |= offsets

    async def pass_markers(self) -> None:
        """Take what was read but is no record, the markers of transactions, for stored.

        To be called only while nothing that was read is yet to be stored.
        """
        number = self.number
        for tp, stored in list(self._stored.items()):
            if self._end(tp) > stored:
                position = await self._consumer.position(tp)
                if self.fresh or number != self.number:
                    return
                self._stored[tp] = max(stored, position)

    def stored_to(self) -> dict[TopicPartition, int]:
        """Give the offset up to which each partition is stored; one that a breaker pauses is left out."""
        return {
            tp: offset
            for tp, offset in self._stored.items()
            if not self._breakers.is_paused(self._partition_id(tp))
        }

    def measure_lag(self) -> None:
        """Show how many records of each partition are not stored yet."""
        for tp, stored in self._stored.items():
            LAG.labels(self._names[tp.topic], str(tp.partition)).set(max(0, self._end(tp) - stored))

    def _end(self, tp: TopicPartition) -> int:
        """Give where a partition ended when it was last read; 0: it is not ours, or was not read yet."""
        end = self._consumer.highwater(tp) if tp in self._consumer.assignment() else None
        return end or 0

    def _partition_id(self, tp: TopicPartition) -> PartitionId:
        return PartitionId(self._names[tp.topic], tp.partition)

    def _kafka_name(self, partition: PartitionId) -> TopicPartition:
        return TopicPartition(self._settings.topic(partition.topic), partition.partition)
