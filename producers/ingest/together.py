"""Sends what many requests brought at once in one go, and tells each when Kafka has acknowledged its part."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from types import TracebackType
from typing import Final, Self

from producers.publisher import Message, Sender
from streams import clock
from streams.errors import KpiError
from streams.logs import get_logger

_log = get_logger("ingest")

# What waits is held in memory; beyond this a sender hears at once that it must come again.
_MOST_BYTES: Final = 64 * 1024 * 1024
# One go is at most so many events; the next one collects meanwhile.
_MOST_EVENTS: Final = 5_000


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


class Together:
    """Collects messages while a go is on its way, and sends them in the next one.

    Args:
        sender: sends and returns when all is acknowledged, however long that takes.
        patience_s: how long a request waits for it.
    """

    def __init__(self, sender: Sender, patience_s: float) -> None:
        self._sender, self._patience_s = sender, patience_s
        self._parcels: list[_Parcel] = []
        self._waiting_bytes = 0
        self._arrived = asyncio.Event()
        self._began: float | None = None
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        """Begin to send."""
        self._task = asyncio.create_task(self._run())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop: nobody waits for an answer any more, and what nobody was promised may be lost."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    @property
    def stuck_s(self) -> float:
        """Tell for how many seconds Kafka has owed the answer to what was sent."""
        return 0.0 if self._began is None else clock.monotonic() - self._began

    async def send(self, messages: Sequence[Message]) -> None:
        """Return when Kafka has acknowledged all of them.

        Raises:
            NotAcknowledgedError: it has not in time; some of them may arrive nevertheless.
        """
        if not messages:
            return
        parcel = _Parcel(messages)
        if self.stuck_s > self._patience_s or self._waiting_bytes + parcel.size > _MOST_BYTES:
            raise NotAcknowledgedError
        self._parcels.append(parcel)
        self._waiting_bytes += parcel.size
        self._arrived.set()
        try:
            async with asyncio.timeout(self._patience_s):
                await parcel.done
        except TimeoutError:
            raise NotAcknowledgedError from None

    async def _run(self) -> None:
        while True:
            await self._arrived.wait()
            parcels = self._take()
            self._began = clock.monotonic()
            try:
                await self._sender.publish([message for parcel in parcels for message in parcel.messages])
            except (KpiError, OSError) as error:
                _log.warning("not_acknowledged", problem=str(error))
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


def _settle(parcels: Sequence[_Parcel], error: NotAcknowledgedError | None) -> None:
    for parcel in parcels:
        if parcel.done.done():
            continue
        if error is None:
            parcel.done.set_result(None)
        else:
            parcel.done.set_exception(error)
