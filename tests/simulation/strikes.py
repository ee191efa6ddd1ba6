"""What strikes a world: faults of workers, of the engine and of the broker, at times of chance."""

import asyncio
import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Protocol

from streams.core.record import PartitionId
from tests.simulation.broker import Broker
from tests.simulation.history import kafka_name
from tests.simulation.store import Engine
from tests.simulation.worker import Worker

_MAX_WORKERS: Final = 3


@dataclass(frozen=True)
class Plan:
    """How large a run is, and what strikes; a fault named twice strikes twice as often."""

    records: tuple[int, int] = (10, 32)
    faults: tuple[int, int] = (1, 5)
    seconds: float = 8.0
    lives: tuple[int, ...] = (1, 1, 2)
    strikes: tuple[str, ...] = (
        "kill",
        "kill_at_write",
        "kill_at_write",
        "pause",
        "pause_at_write",
        "pause_at_write",
        "add",
        "stop",
        "rejoin",
        "slow",
        "outlast",
        "down",
        "break_store",
        "refuse",
        "restore",
        "trim",
    )


_SMALL: Final = Plan()
_LARGE: Final = Plan(records=(50, 120), faults=(4, 10), seconds=30.0, lives=(1, 2, 3))
_LARGE_ONES: Final = 100


def plan_of(seed: int) -> Plan:
    """Give the plan of a seed: small worlds, where a failure is soon understood, and some large ones."""
    return _LARGE if seed % _LARGE_ONES == _LARGE_ONES - 1 else _SMALL


class Struck(Protocol):
    """The world, as far as it can be struck."""

    rng: random.Random
    broker: Broker
    engine: Engine

    def alive(self) -> list[Worker]:
        """Give the workers that live."""

    def start_worker(self) -> None:
        """Start one more."""

    def stored_next(self, partition: PartitionId) -> int:
        """Give the offset after the last one that is stored of the present log."""

    def note(self, what: str) -> None:
        """Keep what happened."""


class Strikes:
    """Strikes a world as its plan says; `restored` is how far each partition was stored before a restore."""

    def __init__(self, world: Struck, plan: Plan) -> None:
        self._world = world
        self._rng = world.rng
        self._plan = plan
        self.refusing = False
        self.restored: dict[PartitionId, int] = {}
        self._trimmed = False
        self._backup = world.engine.copy()

    async def strike(self) -> None:
        """Strike some times, with pauses."""
        for _ in range(self._rng.randint(*self._plan.faults)):
            await asyncio.sleep(self._rng.random() * self._plan.seconds / 2)
            strike = self._rng.choice(self._plan.strikes)
            self._world.note(strike)
            getattr(self, f"_{strike}")()

    def _on_a_worker(self, act: Callable[[Worker], Any]) -> None:
        if self._world.alive():
            act(self._rng.choice(self._world.alive()))

    def _later(self, least_s: float, most_s: float, act: Callable[[], None]) -> None:
        asyncio.get_running_loop().call_later(self._rng.uniform(least_s, most_s), act)

    def _kill(self) -> None:
        self._on_a_worker(lambda worker: worker.kill())

    def _kill_at_write(self) -> None:
        self._on_a_worker(lambda worker: worker.at_write(self._rng.randint(1, 12), worker.kill))

    def _pause(self) -> None:
        self._on_a_worker(self._pause_worker)

    def _pause_at_write(self) -> None:
        number = self._rng.randint(1, 12)
        self._on_a_worker(lambda worker: worker.at_write(number, lambda: self._pause_worker(worker)))

    def _pause_worker(self, worker: Worker) -> None:
        worker.pause()
        self._later(*self._rng.choice(((0.1, 2.0), (5.0, 9.0), (8.0, 20.0))), worker.resume)
        if len(self._world.alive()) < _MAX_WORKERS:
            self._world.start_worker()

    def _add(self) -> None:
        if len(self._world.alive()) < _MAX_WORKERS:
            self._world.start_worker()

    def _stop(self) -> None:
        self._on_a_worker(lambda worker: asyncio.ensure_future(worker.stop()))

    def _rejoin(self) -> None:
        self._on_a_worker(lambda worker: worker.consumer.request_rejoin())

    def _slow(self) -> None:
        self._world.engine.slow_s = self._rng.choice((0.5, 5.0, 40.0))
        self._later(1.0, 20.0, self._be_quick)

    def _outlast(self) -> None:
        """Let a batch last longer than a rebalance waits for it."""
        self._world.engine.slow_s = 90.0
        self._later(20.0, 40.0, self._be_quick)
        self._later(0.1, 3.0, self._rejoin)

    def _be_quick(self) -> None:
        self._world.engine.slow_s = 0.0

    def _down(self) -> None:
        self._world.engine.up.clear()
        self._later(1.0, self._rng.choice((5.0, 60.0)), self._be_up)

    def _be_up(self) -> None:
        self._world.engine.up.set()

    def _break_store(self) -> None:
        self._on_a_worker(lambda worker: setattr(worker.store, "broken", True))

    def _refuse(self) -> None:
        self.refusing = True
        self._later(1.0, 5.0, self._answer)

    def _answer(self) -> None:
        self.refusing = False

    def _restore(self) -> None:
        """Put the engine back to an older copy, with no worker running; make a copy for the next time."""
        if self._trimmed:
            return
        for partition in self._world.engine.consumed:
            self.restored[partition] = self._world.stored_next(partition)
        backup, self._backup = self._backup, self._world.engine.copy()
        for worker in self._world.alive():
            worker.kill()
        self._world.engine.restore(backup)

    def _trim(self) -> None:
        """Let retention take records that are stored."""
        self._trimmed = True
        for partition in self._world.engine.consumed:
            log = self._world.broker.logs[kafka_name(partition)]
            log.trim(self._rng.randint(log.start, max(log.start, self._world.stored_next(partition))))

    def heal(self) -> None:
        """Take back what is broken."""
        self._be_up()
        self._be_quick()
        self._answer()

    def begin_copies_anew(self) -> None:
        """Forget the older copies: they know nothing of what an operator did since."""
        self._backup = self._world.engine.copy()
        self.restored.clear()
