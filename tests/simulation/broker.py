"""Kafka, as a group of consumers sees it: logs, committed offsets, and the classic group protocol."""

import asyncio
import random
from bisect import bisect_left
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from aiokafka import TopicPartition
from aiokafka.errors import IllegalGenerationError, RebalanceInProgressError, UnknownMemberIdError

_REBALANCE_S: Final = 60.0


class Message(NamedTuple):
    """What aiokafka's ConsumerRecord offers of a record."""

    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes], ...] = ()
    timestamp_type: int = 1


@dataclass
class Log:
    """One partition; offsets may have holes, as transactions leave them."""

    messages: list[Message] = field(default_factory=list)
    start: int = 0
    end: int = 0

    def append(self, timestamp: int, key: bytes | None, value: bytes | None, hole: int = 0) -> int:
        """Append a record after a hole, and give its offset."""
        offset = self.end + hole
        self.messages.append(Message(offset, timestamp, key, value))
        self.end = offset + 1
        return offset

    def read(self, offset: int, limit: int) -> list[Message]:
        """Give at most so many records from an offset on."""
        first = bisect_left(self.messages, offset, key=lambda message: message.offset)
        return self.messages[first : first + limit]

    def trim(self, start: int) -> None:
        """Let retention take what is before an offset."""
        self.start = max(self.start, start)
        self.messages = self.messages[bisect_left(self.messages, self.start, key=lambda m: m.offset) :]


@dataclass
class Member:
    """A member of the group; `joined` is what it waits on while it joins."""

    session_s: float
    expires: float
    joined: asyncio.Future[None] | None = None
    partitions: frozenset[TopicPartition] = frozenset()


class Broker:
    """One broker. `on_commit` is told of each commit before it counts."""

    def __init__(
        self,
        rng: random.Random,
        partitions: Iterable[TopicPartition],
        on_commit: Callable[[TopicPartition, int], None],
    ) -> None:
        self.rng = rng
        self.logs = {partition: Log() for partition in partitions}
        self.committed: dict[TopicPartition, int] = {}
        self.generation = 0
        self.members: dict[str, Member] = {}
        self._on_commit = on_commit
        self._names = 0
        self._rebalance_timer: asyncio.TimerHandle | None = None
        self._waiting: list[asyncio.Future[None]] = []

    @property
    def rebalancing(self) -> bool:
        """Tell whether the members are called to join anew."""
        return self._rebalance_timer is not None

    def append(self, partition: TopicPartition, timestamp: int, key: bytes, value: bytes | None) -> int:
        """Append a record, after a hole now and then, and wake those who wait for records."""
        hole = self.rng.randint(1, 2) if self.rng.random() < 0.05 else 0
        offset = self.logs[partition].append(timestamp, key, value, hole)
        waiting, self._waiting = self._waiting, []
        for waiter in waiting:
            _wake(waiter)
        return offset

    async def wait_for_records(self, until: float) -> None:
        """Wait until a record arrives somewhere, at most until a moment."""
        loop = asyncio.get_running_loop()
        waiter: asyncio.Future[None] = loop.create_future()
        self._waiting.append(waiter)
        timer = loop.call_at(until, _wake, waiter)
        await waiter
        timer.cancel()

    async def join(self, member_id: str | None, session_s: float) -> str:
        """Join the group and wait for the others; give the member's id."""
        now = asyncio.get_running_loop().time()
        if member_id not in self.members:
            self._names += 1
            member_id = f"member-{self._names}"
            self.members[member_id] = Member(session_s, now + session_s)
            self._watch(member_id)
        member = self.members[member_id]
        member.joined = asyncio.get_running_loop().create_future()
        waiting = member.joined
        self.rebalance()
        self._complete_when_all_joined()
        await waiting
        return member_id

    def rebalance(self) -> None:
        """Call all members to join anew."""
        if not self.rebalancing:
            loop = asyncio.get_running_loop()
            self._rebalance_timer = loop.call_later(_REBALANCE_S, self._give_up_on_the_missing)

    def leave(self, member_id: str | None) -> None:
        """Take a member out of the group."""
        if member_id is not None and self.members.pop(member_id, None) is not None:
            self.rebalance()
            self._complete_when_all_joined()

    def heartbeat(self, member_id: str | None, generation: int) -> None:
        """Prolong a member's session.

        Raises:
            KafkaError: the member must join anew.
        """
        self._check(member_id, generation)
        if self.rebalancing:
            raise RebalanceInProgressError

    def commit(self, member_id: str | None, generation: int, offsets: dict[TopicPartition, int]) -> None:
        """Take offsets from a member of the present generation.

        Raises:
            KafkaError: it is of another generation.
        """
        self._check(member_id, generation)
        for partition, offset in offsets.items():
            self._on_commit(partition, offset)
            self.committed[partition] = offset

    def recreate(self, partition: TopicPartition) -> None:
        """Delete a topic and create it anew: offsets begin again, and the group's are gone."""
        self.logs[partition] = Log()
        self.committed.pop(partition, None)
        self.rebalance()

    def _check(self, member_id: str | None, generation: int) -> None:
        member = self.members.get(member_id or "")
        if member is None:
            raise UnknownMemberIdError
        if generation != self.generation:
            raise IllegalGenerationError
        member.expires = asyncio.get_running_loop().time() + member.session_s

    def _watch(self, member_id: str) -> None:
        member, loop = self.members.get(member_id), asyncio.get_running_loop()
        if member is None:
            return
        if member.joined is None and member.expires <= loop.time():
            self.leave(member_id)
        else:
            loop.call_at(max(member.expires, loop.time() + 0.1), self._watch, member_id)

    def _give_up_on_the_missing(self) -> None:
        self.members = {name: member for name, member in self.members.items() if member.joined is not None}
        self._complete_when_all_joined()

    def _complete_when_all_joined(self) -> None:
        if any(member.joined is None for member in self.members.values()):
            return
        if self._rebalance_timer is not None:
            self._rebalance_timer.cancel()
            self._rebalance_timer = None
        self.generation += 1
        self._assign()
        now = asyncio.get_running_loop().time()
        for member in self.members.values():
            member.expires = now + member.session_s
            if member.joined is not None:
                _wake(member.joined)
            member.joined = None

    def _assign(self) -> None:
        """Deal the partitions out, to others each time."""
        names, partitions = list(self.members), list(self.logs)
        self.rng.shuffle(names)
        self.rng.shuffle(partitions)
        for at, name in enumerate(names):
            self.members[name].partitions = frozenset(partitions[at :: len(names)])


def _wake(waiter: asyncio.Future[None]) -> None:
    if not waiter.done():
        waiter.set_result(None)
