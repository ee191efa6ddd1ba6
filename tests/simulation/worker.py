"""A worker process of the simulation: the real source, agent and pipeline around the simulated outside."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any, Final

from streams.agents import fold_agent
from streams.batches import Batch
from streams.errors import RefusedError
from streams.pipeline import Pipeline
from streams.registry import load_registry
from streams.settings import Settings
from streams.source import PartitionSource
from tests.simulation.broker import Broker
from tests.simulation.consumer import SimulatedConsumer
from tests.simulation.process import Process
from tests.simulation.store import BrokenStoreError, Engine, SimulatedDeadLetters, SimulatedStore
from tests.simulation.traffic import PARTITIONS

_REGISTRY: Final = load_registry()
_SETTINGS: Final = Settings(_env_file=None)


class Channel:
    """A bounded channel as the app has it: one batch waits while the agent folds another."""

    def __init__(self) -> None:
        self._queue: asyncio.Queue[Batch] = asyncio.Queue(maxsize=1)

    async def put(self, value: Batch) -> None:
        await self._queue.put(value)

    async def __aiter__(self) -> AsyncIterator[Batch]:
        while True:
            yield await self._queue.get()


class Worker(Process):
    """One worker; `ended` is told of its end, and why it failed."""

    def __init__(  # noqa: PLR0913 - what a worker meets
        self,
        name: str,
        broker: Broker,
        engine: Engine,
        *,
        batch_records: int,
        report: Callable[[str], None],
        refuses: Callable[[], bool],
        ended: Callable[["Worker", Exception | None], None],
    ) -> None:
        super().__init__(name)
        self.store = SimulatedStore(engine, self)
        self._ended = ended
        letters = SimulatedDeadLetters(engine, self)
        pipeline = Pipeline(self.store, letters, _REGISTRY, PARTITIONS, apart_records=batch_records // 2)
        channel = Channel()

        def consumer(**options: Any) -> Any:
            self.consumer = SimulatedConsumer(broker, self, report, refuses, **options)
            return self.consumer

        settings = _SETTINGS.model_copy(update={"batch_records": batch_records})
        self._source = PartitionSource(settings, self.store, pipeline, channel, self._fail, consumer=consumer)
        self._fold = fold_agent(pipeline, self._fail)(channel)

    async def start(self) -> None:
        """Start folding."""
        self._agent = asyncio.ensure_future(self._fold)
        await self._source.start()

    async def stop(self) -> None:
        """End in good order (SIGTERM)."""
        await self._source.stop()
        self._end(None)

    def kill(self) -> None:
        """Kill -9."""
        if self.alive:
            self._end(None)

    def _end(self, error: Exception | None) -> None:
        super().kill()
        self._ended(self, error)

    async def _fail(self, error: Exception) -> None:
        """End the process as the composition root does: everything is told to stop, then it is over."""
        await self._source.crash(error)
        self._end(error)
        await self.turn()


def is_expected(error: Exception | None) -> bool:
    """Tell whether a worker may end like this: what the simulation broke, or a log that was not accepted."""
    return error is None or isinstance(error, BrokenStoreError | RefusedError)
