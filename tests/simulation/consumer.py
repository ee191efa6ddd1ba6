"""aiokafka's consumer, as far as the source uses it, over the simulated broker.

It keeps to what aiokafka 0.14 does: positions and pauses belong to an assignment and are gone with it, a
fetch waits while the group rebalances, the heart beats on while the listener finishes its batch, a consumer
that does not fetch for `max_poll_interval` leaves the group, and closing waits for a rebalance under way.
"""

import asyncio
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, Final

from aiokafka import TopicPartition
from aiokafka.errors import (
    CommitFailedError,
    ConsumerStoppedError,
    IllegalGenerationError,
    IllegalStateError,
    KafkaConnectionError,
    KafkaError,
    RebalanceInProgressError,
    UnknownMemberIdError,
)

from tests.simulation.broker import Broker, Message
from tests.simulation.process import Process

_MAX_POLL_S: Final = 300.0
_BACKOFF_S: Final = 0.1
_MAX_LATENCY_S: Final = 0.02
# How many records of a partition a fetch finds ready.
_READY: Final = (1, 2, 3, 5, 10, 100)


class Assignment:
    """Partitions that belong to the consumer until the group gathers anew.

    `read` is the offset up to which each was read: a log that begins anew sets positions back, no more.
    """

    def __init__(self, partitions: frozenset[TopicPartition]) -> None:
        self.partitions = partitions
        self.positions: dict[TopicPartition, int] = {}
        self.read: dict[TopicPartition, int] = {}
        self.sought: set[TopicPartition] = set()
        self.paused: set[TopicPartition] = set()


class SimulatedConsumer:
    """A member of the group; `report` is told what must not happen, `refuses` whether the broker answers."""

    def __init__(
        self,
        broker: Broker,
        process: Process,
        report: Callable[[str], None],
        refuses: Callable[[], bool],
        **options: Any,
    ) -> None:
        self._broker = broker
        self._process = process
        self._report = report
        self._refuses = refuses
        self._session_s: float = options["session_timeout_ms"] / 1000
        self._heartbeat_s: float = options["heartbeat_interval_ms"] / 1000
        self._assignment: Assignment | None = None
        self._reassigning = True
        self._assigned = asyncio.Event()
        self._rejoin = asyncio.Event()
        self._member: str | None = None
        self._generation = -1
        self._heart: asyncio.Task[None] | None = None
        self._closed = False
        self._fetches = 0
        self._last_fetch = 0.0

    async def start(self) -> None:
        """Connect."""
        await self._process.turn()

    def subscribe(self, _topics: list[str], listener: Any) -> None:
        """Join the group in the background."""
        self._listener = listener
        self._last_fetch = self._now()
        self._coordination = asyncio.create_task(self._coordinate())

    async def stop(self) -> None:
        """Leave the group, once a rebalance under way is over."""
        await self._process.turn()
        self._closed = True
        self._rejoin.set()
        await self._coordination
        self._stop_heart()
        await self._travel()
        self._broker.leave(self._member)

    def request_rejoin(self) -> None:
        """Join anew, as after a change of the topics."""
        self._rejoin.set()

    async def getmany(
        self, *partitions: TopicPartition, timeout_ms: int = 0, max_records: int | None = None
    ) -> dict[TopicPartition, list[Message]]:
        """Give what there is, or wait for the first records."""
        await self._process.turn()
        if self._closed:
            raise ConsumerStoppedError
        with self._fetching():
            return await self._fetched(partitions, timeout_ms / 1000, max_records or 500)

    async def commit(self, offsets: dict[TopicPartition, int]) -> None:
        """Commit offsets of the present assignment."""
        assignment = self._assignment
        if assignment is None or not assignment.partitions.issuperset(offsets):
            raise IllegalStateError("not assigned")
        for partition, offset in offsets.items():
            reached = max(assignment.positions.get(partition, 0), assignment.read.get(partition, 0))
            if partition not in assignment.sought or offset > reached:
                self._report(f"{self._process.name} commits {partition} {offset}, not read as it is assigned")
        await self._process.call(lambda: self._send_commit(offsets))

    async def committed(self, partition: TopicPartition) -> int | None:
        """Ask the broker for the group's offset."""
        await self._ask()
        return self._broker.committed.get(partition)

    async def beginning_offsets(self, partitions: Iterable[TopicPartition]) -> dict[TopicPartition, int]:
        """Ask the broker where logs start."""
        await self._ask()
        return {partition: self._broker.logs[partition].start for partition in partitions}

    async def end_offsets(self, partitions: Iterable[TopicPartition]) -> dict[TopicPartition, int]:
        """Ask the broker where logs end."""
        await self._ask()
        return {partition: self._broker.logs[partition].end for partition in partitions}

    def partitions_for_topic(self, topic: str) -> set[int]:
        """Give the partitions of a topic, as the metadata has them."""
        return {partition.partition for partition in self._broker.logs if partition.topic == topic}

    def assignment(self) -> frozenset[TopicPartition]:
        """Give the partitions of the last assignment."""
        return self._assignment.partitions if self._assignment else frozenset()

    def seek(self, partition: TopicPartition, offset: int) -> None:
        """Go on from an offset."""
        self._owner_of(partition).positions[partition] = offset
        self._owner_of(partition).sought.add(partition)

    def pause(self, *partitions: TopicPartition) -> None:
        """Fetch no more of these."""
        for partition in partitions:
            self._owner_of(partition).paused.add(partition)

    def resume(self, *partitions: TopicPartition) -> None:
        """Fetch these again."""
        for partition in partitions:
            self._owner_of(partition).paused.discard(partition)

    def paused(self) -> set[TopicPartition]:
        """Give what is paused."""
        return set(self._assignment.paused) if self._assignment else set()

    async def position(self, partition: TopicPartition) -> int:
        """Give the offset that is read next."""
        position = self._owner_of(partition).positions.get(partition)
        return self._broker.committed.get(partition, 0) if position is None else position

    def highwater(self, partition: TopicPartition) -> int | None:
        """Give the end of a log, as last seen."""
        assert partition in self.assignment(), "Partition is not assigned"
        return self._broker.logs[partition].end

    def _owner_of(self, partition: TopicPartition) -> Assignment:
        assert self._assignment is not None
        if partition not in self._assignment.partitions:
            raise IllegalStateError(f"No current assignment for partition {partition}")
        return self._assignment

    def _now(self) -> float:
        return asyncio.get_running_loop().time()

    @contextmanager
    def _fetching(self) -> Iterator[None]:
        self._fetches += 1
        try:
            yield
        finally:
            self._fetches -= 1
            self._last_fetch = self._now()

    def _idle_s(self) -> float:
        return 0.0 if self._fetches else self._now() - self._last_fetch

    async def _fetched(
        self, wanted: tuple[TopicPartition, ...], timeout_s: float, limit: int
    ) -> dict[TopicPartition, list[Message]]:
        until = self._now() + timeout_s
        while True:
            if self._reassigning:
                await self._assigned.wait()
            await self._process.turn()
            drained = self._drain(wanted, limit)
            if drained or self._now() >= until:
                return drained
            await self._broker.wait_for_records(until)

    def _drain(self, wanted: tuple[TopicPartition, ...], limit: int) -> dict[TopicPartition, list[Message]]:
        """Take some of what there is: how much the broker had ready is chance."""
        drained: dict[TopicPartition, list[Message]] = {}
        for partition in sorted(wanted or self.assignment()):
            if partition not in self.assignment() or partition in self.paused() or limit == 0:
                continue
            ready = min(limit, self._broker.rng.choice(_READY))
            messages = self._log_at_position(partition, ready)
            if messages:
                drained[partition] = messages
                limit -= len(messages)
                owner = self._owner_of(partition)
                owner.positions[partition] = messages[-1].offset + 1
                owner.read[partition] = max(messages[-1].offset + 1, owner.read.get(partition, 0))
        return drained

    def _log_at_position(self, partition: TopicPartition, limit: int) -> list[Message]:
        log = self._broker.logs[partition]
        position = self._owner_of(partition).positions.get(partition)
        if position is None:
            position = self._broker.committed.get(partition, log.start)
        if not log.start <= position <= log.end:
            position = log.start
        self._owner_of(partition).positions[partition] = position
        return log.read(position, limit)

    async def _travel(self) -> None:
        await asyncio.sleep(max(0.0, self._broker.rng.uniform(-_MAX_LATENCY_S, _MAX_LATENCY_S)))

    async def _ask(self) -> None:
        await self._process.turn()
        await self._travel()
        if self._refuses():
            raise KafkaConnectionError
        await self._process.turn()

    async def _send_commit(self, offsets: dict[TopicPartition, int]) -> None:
        await self._travel()
        try:
            self._broker.commit(self._member, self._generation, offsets)
        except RebalanceInProgressError as error:
            self._rejoin.set()
            raise CommitFailedError from error
        except (IllegalGenerationError, UnknownMemberIdError) as error:
            self._forget_membership()
            raise CommitFailedError from error

    def _forget_membership(self) -> None:
        self._member, self._generation = None, -1
        self._rejoin.set()

    async def _coordinate(self) -> None:
        while not self._closed:
            await self._process.turn()
            self._rejoin.clear()
            self._reassigning = True
            self._assigned.clear()
            await self._tell("revoked", self.assignment())
            self._stop_heart()
            if not await self._joined():
                return
            self._reassigning = False
            self._assigned.set()
            await self._tell("assigned", self.assignment())
            self._heart = asyncio.create_task(self._beat())
            await self._rejoin.wait()

    async def _joined(self) -> bool:
        """Join until the broker takes us, unless we close; who does not fetch for too long is not let in."""
        while not self._closed:
            await self._process.turn()
            if self._assignment is None or self._idle_s() < _MAX_POLL_S:
                await self._travel()
                self._member = await self._broker.join(self._member, self._session_s)
                self._generation = self._broker.generation
                await self._process.turn()
                if self._is_member():
                    self._assignment = Assignment(self._broker.members[self._member].partitions)
                    return True
                self._member = None
            await asyncio.sleep(_BACKOFF_S)
        return False

    def _is_member(self) -> bool:
        """Tell whether the group that was joined is still the present one."""
        same = self._generation == self._broker.generation and not self._broker.rebalancing
        return same and self._member in self._broker.members

    async def _tell(self, what: str, partitions: frozenset[TopicPartition]) -> None:
        try:
            await getattr(self._listener, f"on_partitions_{what}")(partitions)
        except Exception as error:  # noqa: BLE001 - aiokafka logs it and goes on; it should not happen
            self._report(f"{self._process.name}: the listener of {what} partitions raised {error!r}")

    def _stop_heart(self) -> None:
        if self._heart is not None:
            self._heart.cancel()
            self._heart = None

    async def _beat(self) -> None:
        while self._member is not None:
            await asyncio.sleep(self._heartbeat_s)
            await self._process.turn()
            if self._idle_s() >= _MAX_POLL_S:
                self._broker.leave(self._member)
                self._forget_membership()
                return
            await self._travel()
            try:
                self._broker.heartbeat(self._member, self._generation)
            except RebalanceInProgressError:
                self._rejoin.set()
            except KafkaError:
                self._forget_membership()
