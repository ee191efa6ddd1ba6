"""How far the workers are: what Kafka holds, what they committed, and what ClickHouse has stored.

A record is done once it is stored and its offset is committed; `drained` waits for that.
"""

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final, NamedTuple

import stamina
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import (
    CoordinatorLoadInProgressError,
    CoordinatorNotAvailableError,
    GroupIdNotFound,
    NoError,
    NotCoordinatorError,
    for_code,
)
from clickhouse_connect.driver.exceptions import ClickHouseError

from streams import clock
from streams.clickhouse import connect_reader
from streams.core.record import PartitionId
from streams.errors import DependencyDownError
from streams.header_names import read_at
from streams.kafka import kafka_options
from streams.kafka_admin import admin_client, committed_offsets
from streams.migrate import live_generation
from streams.settings import Settings
from streams.topics import EVENT_TOPICS

_POLL_S: Final = 0.25
# A new Kafka makes the topic of its groups when it is first asked for one, then chooses who looks after it.
_ELECTION_S: Final = 15.0
_ELECTING: Final = (CoordinatorLoadInProgressError, CoordinatorNotAvailableError, NotCoordinatorError)
# For Kafka to show what a partition holds next.
_LOOK_S: Final = 1.0
_FETCH_BYTES: Final = 1 << 10


class Progress(NamedTuple):
    """Offsets of a partition: the end asked for, what is read next, what is to be stored, the end now.

    The end asked for is that of the last record: markers of transactions behind it are no records.

    What is stored or committed beyond the end now belongs to another log: this one started anew.
    """

    end: int
    committed: int
    stored: int
    newest: int

    @property
    def done(self) -> int:
        """Up to which offset records are both stored and committed."""
        return min(self.committed, self.stored)

    @property
    def behind(self) -> int:
        """How many records are not both stored and committed; all, if the log is shorter than that."""
        if max(self.committed, self.stored) > self.newest:
            return max(1, self.end)
        return max(0, self.end - self.done)


async def lag(settings: Settings) -> dict[PartitionId, Progress]:
    """Give the progress of every partition of the event topics.

    Raises:
        DependencyDownError: Kafka or ClickHouse does not answer.
    """
    async with _offsets(settings) as offsets:
        return await _progress(settings, offsets, await offsets.ends())


async def drained(settings: Settings, timeout_s: float) -> dict[PartitionId, Progress]:
    """Wait until every record produced before this call is stored and committed.

    A server that is away is waited for, too: its supervisor starts it again.

    Returns:
        The partitions where that is not so when the time is over; empty: all is done.

    Raises:
        DependencyDownError: Kafka or ClickHouse does not answer when the time is over.
    """
    deadline = clock.monotonic() + timeout_s
    ends: dict[PartitionId, int] = {}
    while True:
        try:
            async with _offsets(settings) as offsets:
                ends = ends or await offsets.ends()
                return await _wait_until_done(settings, offsets, ends, deadline)
        except DependencyDownError:
            if clock.monotonic() > deadline:
                raise
        await asyncio.sleep(_POLL_S)


async def _wait_until_done(
    settings: Settings, offsets: "_Offsets", ends: Mapping[PartitionId, int], deadline: float
) -> dict[PartitionId, Progress]:
    while True:
        progress = await _progress(settings, offsets, ends)
        missing = {partition: at for partition, at in progress.items() if at.behind}
        if not missing or clock.monotonic() > deadline:
            return missing
        await asyncio.sleep(_POLL_S)


async def workers(settings: Settings) -> int:
    """Give how many workers are members of the group."""
    return await members(settings, settings.worker_group)


async def members(settings: Settings, group_id: str) -> int:
    """Give how many members a group has: workers, or instances of the alerts.

    Raises:
        DependencyDownError: Kafka does not answer, or does not say.
    """
    retries = stamina.retry_context(on=_ELECTING, attempts=None, timeout=_ELECTION_S, wait_initial=_POLL_S)
    async with admin_client(settings) as admin:
        async for attempt in retries:
            with attempt:
                answers = await admin.describe_consumer_groups([group_id])
                return sum(_count_members(group) for answer in answers for group in answer.groups)
    raise AssertionError("stamina either returns or raises")


def _count_members(group: Sequence[Any]) -> int:
    """Count those that Kafka lists; a coordinator that answers with an error lists none, which is no zero."""
    code, there = group[0], group[5]
    if code not in (NoError.errno, GroupIdNotFound.errno):
        raise for_code(code)
    return len(there)


class _Offsets:
    """Kafka's side: where the logs begin and end, and what the group committed."""

    def __init__(self, settings: Settings, consumer: AIOKafkaConsumer, admin: AIOKafkaAdminClient) -> None:
        self._consumer = consumer
        self._admin = admin
        self._names = {settings.topic(name): name for name in EVENT_TOPICS}
        self._group = settings.worker_group

    async def ends(self) -> dict[PartitionId, int]:
        """Give the end offset of every partition of the event topics that exist."""
        described = await self._admin.describe_topics(list(self._names))
        partitions = [
            TopicPartition(topic["topic"], part["partition"])
            for topic in described
            for part in topic["partitions"]
        ]
        return self._by_id(await self._consumer.end_offsets(partitions))

    async def begins(self, partitions: Mapping[PartitionId, int]) -> dict[PartitionId, int]:
        """Give the first offset that each partition still holds."""
        return self._by_id(await self._consumer.beginning_offsets(self._real(partitions)))

    async def without_markers(self, partition: PartitionId, at: Progress) -> Progress:
        """Bring the end back to what is done if only markers of transactions lie between.

        Only who reads sees them: Kafka counts them as it counts records.
        """
        done = at.committed
        if done != at.stored or done >= at.end or await self._has_record(partition, done, at.end):
            return at
        return at._replace(end=done)

    async def _has_record(self, partition: PartitionId, first: int, end: int) -> bool:
        """Tell whether a record lies between; if Kafka does not say in time, there may be one."""
        [tp] = self._real([partition])
        try:
            async with asyncio.timeout(_LOOK_S):
                found = await read_at(self._consumer, tp, first, end)
        except TimeoutError:
            return True
        return found is not None and bool(found.offset < end)

    async def committed(self) -> dict[PartitionId, int]:
        """Give what the group of the workers committed."""
        found = await committed_offsets(self._admin, self._group)
        return self._by_id({at: offset for at, offset in found.items() if at.topic in self._names})

    def _real(self, partitions: Iterable[PartitionId]) -> list[TopicPartition]:
        topics = {name: topic for topic, name in self._names.items()}
        return [TopicPartition(topics[topic], number) for topic, number in partitions]

    def _by_id(self, offsets: Mapping[TopicPartition, int]) -> dict[PartitionId, int]:
        return {PartitionId(self._names[at.topic], at.partition): value for at, value in offsets.items()}


@asynccontextmanager
async def _offsets(settings: Settings) -> AsyncIterator[_Offsets]:
    async with admin_client(settings) as admin:
        # The first record of a partition tells, and that comes however little is asked for.
        consumer = AIOKafkaConsumer(**kafka_options(settings), max_partition_fetch_bytes=_FETCH_BYTES)
        try:
            await consumer.start()
            yield _Offsets(settings, consumer, admin)
        finally:
            await consumer.stop()


async def _progress(
    settings: Settings, offsets: _Offsets, ends: Mapping[PartitionId, int]
) -> dict[PartitionId, Progress]:
    begins, committed, stored = await asyncio.gather(
        offsets.begins(ends), offsets.committed(), asyncio.to_thread(_stored, settings)
    )
    # Asked last: nothing can be stored beyond it but by another log.
    newest = await offsets.ends()
    # What retention removed before it was read cannot be waited for.
    known = {
        at: Progress(
            end, max(committed.get(at, 0), begins[at]), max(stored.get(at, 0), begins[at]), newest.get(at, 0)
        )
        for at, end in ends.items()
    }
    return {at: await offsets.without_markers(at, progress) for at, progress in known.items()}


def _stored(settings: Settings) -> dict[PartitionId, int]:
    """Give the offset after the last stored one of each partition: a position is base + offset."""
    query = """
        SELECT topic, partition, max(position) - any(base) + 1
        FROM {generation:Identifier}.consumed
        LEFT JOIN (SELECT topic, partition, max(base) AS base FROM {generation:Identifier}.log_bases
                   GROUP BY topic, partition) AS bases USING (topic, partition)
        GROUP BY topic, partition
    """
    client = connect_reader(settings)
    try:
        rows = client.query(query, parameters={"generation": live_generation(client, settings)}).result_rows
    except ClickHouseError as error:
        raise DependencyDownError(
            f"ClickHouse cannot tell what is stored: {str(error).splitlines()[0]}"
        ) from None
    finally:
        client.close()
    return {PartitionId(topic, partition): offset for topic, partition, offset in rows}
