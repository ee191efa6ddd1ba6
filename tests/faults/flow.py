"""Events that flow while faults strike, from a producer in its own thread; it notes what Kafka confirmed."""

import asyncio
import threading
from asyncio import Future
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any, Final, Self

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from streams import clock
from streams.settings import Settings
from tests.faults.topics import plain_producer, send
from tests.faults.traffic import Message

_TICK_S: Final = 0.1
_BEHIND_S: Final = 2.0
_STOP_S: Final = 10
_JOIN_S: Final = 60


class Flow:
    """Sends `rate` messages a second from its start to its end, or as many as it can.

    A failed send is noted and not repeated, and what an outage kept from being sent is not made up for.

    `tried` counts how often each identity was sent, `acked` how often Kafka acknowledged it.
    """

    def __init__(self, settings: Settings, take: Callable[[int], Sequence[Message]], rate: int) -> None:
        self._settings, self._take, self._rate = settings, take, rate
        self.acked: Counter[str] = Counter()
        self.tried: Counter[str] = Counter()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()), daemon=True, name="flow")

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join(_JOIN_S)
        assert not self._thread.is_alive(), "the producer hangs"

    async def _run(self) -> None:
        while not self._stop.is_set():
            with suppress(KafkaError, OSError, TimeoutError):
                await self._produce()

    async def _produce(self) -> None:
        """Produce with one producer until it fails; the next one goes on with the next messages."""
        producer = plain_producer(self._settings)
        try:
            await asyncio.wait_for(producer.start(), _STOP_S)
            due = clock.monotonic()
            while not self._stop.is_set():
                await self._tick(producer)
                due = max(due + _TICK_S, clock.monotonic() - _BEHIND_S)
                await asyncio.sleep(max(0.0, due - clock.monotonic()))
        finally:
            with suppress(KafkaError, OSError, TimeoutError):
                await asyncio.wait_for(producer.stop(), _STOP_S)

    async def _tick(self, producer: AIOKafkaProducer) -> None:
        messages = self._take(max(1, round(self._rate * _TICK_S)))
        # Before it is sent: whatever becomes of it, it may arrive.
        self.tried.update(message.identity for message in messages)
        answers = [(m.identity, await send(producer, self._settings, m)) for m in messages]
        await self._collect(answers)

    async def _collect(self, answers: Sequence[tuple[str, "Future[Any]"]]) -> None:
        results = await asyncio.gather(*(answer for _, answer in answers), return_exceptions=True)
        for (identity, _), result in zip(answers, results, strict=True):
            if not isinstance(result, BaseException):
                self.acked[identity] += 1
        failed = next((result for result in results if isinstance(result, BaseException)), None)
        if failed is not None:
            raise failed
