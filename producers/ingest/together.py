"""Sends what many requests brought at once in one go, and tells each when Kafka has acknowledged its part."""

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Final, Self

from producers.publisher import Message, Sender
from streams import clock
from streams.logs import get_logger
from streams.topics import EVENT_TOPICS

_log = get_logger("ingest")

# What waits for a topic is held in memory; beyond this a sender hears at once that it must come again.
_MOST_BYTES: Final = 16 * 1024 * 1024
# One go is at most so many events; the next one collects meanwhile.
_MOST_EVENTS: Final = 5_000
# A go is given up after so many times what a request waits.
_GOES: Final = 3


class NotAcknowledgedError(Exception):
    """Kafka has not acknowledged in time, or does not for now: the same events are to be sent again."""


@dataclass
class _Parcel:
    """The messages of one request, and the promise that they are with Kafka."""

    messages: Sequence[Message]
    done: "asyncio.Future[None]" = field(default_factory=lambda: asyncio.get_running_loop().create_future())

    @property
    def size(self) -> int:
        return sum(len(message.value) for message in self.messages)


class _Lane:
    """One topic: collects messages while a go is on its way, and sends them in the next one."""

    def __init__(self, sender: Sender, patience_s: float) -> None:
        self._sender, self._patience_s = sender, patience_s
        self._parcels: list[_Parcel] = []
        self._waiting_bytes = 0
        self._arrived = asyncio.Event()
        self._began: float | None = None

    @property
    def owes_s(self) -> float | None:
        """Tell for how many seconds Kafka has owed the answer to what was sent; None: it owes none."""
        return None if self._began is None else clock.monotonic() - self._began

    def refuses(self, parcel: _Parcel) -> bool:
        """Tell whether it is of no use to wait."""
        late = (self.owes_s or 0.0) > self._patience_s
        return late or self._waiting_bytes + parcel.size > _MOST_BYTES

    def take_in(self, parcel: _Parcel) -> None:
        """Let a parcel wait for the next go."""
        self._parcels.append(parcel)
        self._waiting_bytes += parcel.size
        self._arrived.set()

    async def run(self) -> None:
        """Send for ever."""
        while True:
            await self._arrived.wait()
            parcels = self._take()
            self._began = clock.monotonic()
            try:
                # What nobody waits for any more holds up the next ones no longer than this.
                async with asyncio.timeout(_GOES * self._patience_s):
                    await self._sender.publish([m for parcel in parcels for m in parcel.messages])
            except Exception as error:  # noqa: BLE001 - whatever it is, who waits is told, and the next go begins
                _log.warning("not_acknowledged", problem=str(error), error=type(error).__name__)
                _settle(parcels, NotAcknowledgedError())
            else:
                _settle(parcels, None)
            finally:
                self._began = None

    def _take(self) -> list[_Parcel]:
        """Take what has come, without what nobody waits for any more."""
        taken: list[_Parcel] = []
        events = 0
        while self._parcels and events < _MOST_EVENTS:
            parcel = self._parcels.pop(0)
            self._waiting_bytes -= parcel.size
            if not parcel.done.done():
                taken.append(parcel)
                events += len(parcel.messages)
        if not self._parcels:
            self._arrived.clear()
        return taken


class Together:
    """Sends the messages of many requests, each topic by itself: one that is stuck stops no other.

    Args:
        sender: sends and returns when all is acknowledged, however long that takes.
        patience_s: how long a request waits for it.
    """

    def __init__(self, sender: Sender, patience_s: float) -> None:
        self._patience_s = patience_s
        self._lanes = {topic: _Lane(sender, patience_s) for topic in EVENT_TOPICS}
        self._tasks: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Self:
        """Begin to send."""
        self._tasks = [asyncio.create_task(lane.run()) for lane in self._lanes.values()]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop: nobody waits for an answer any more, and what nobody was promised may be lost."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    @property
    def stuck_s(self) -> float:
        """Tell for how many seconds Kafka has answered nothing that it owes."""
        return min((owed for lane in self._lanes.values() if (owed := lane.owes_s) is not None), default=0.0)

    async def send(self, messages: Sequence[Message]) -> None:
        """Return when Kafka has acknowledged all of them.

        Raises:
            NotAcknowledgedError: it has not in time; some of them may arrive nevertheless.
        """
        topics: defaultdict[str, list[Message]] = defaultdict(list)
        for message in messages:
            topics[message.topic].append(message)
        parcels = {topic: _Parcel(part) for topic, part in topics.items()}
        if any(self._lanes[topic].refuses(parcel) for topic, parcel in parcels.items()):
            raise NotAcknowledgedError
        for topic, parcel in parcels.items():
            self._lanes[topic].take_in(parcel)
        try:
            async with asyncio.timeout(self._patience_s):
                await asyncio.gather(*(parcel.done for parcel in parcels.values()))
        except TimeoutError:
            raise NotAcknowledgedError from None


def _settle(parcels: Sequence[_Parcel], error: NotAcknowledgedError | None) -> None:
    for parcel in parcels:
        if parcel.done.done():
            continue
        if error is None:
            parcel.done.set_result(None)
        else:
            parcel.done.set_exception(error)
