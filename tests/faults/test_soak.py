"""Half an hour under load while everything is struck in turn: the invariants hold, and the memory stays.

The load is four fifths of what the line does at most, here and now, beside its own producer.
`KPI_SOAK_SECONDS` makes it another run.
"""

import os
import time
from collections.abc import Callable, Iterator
from itertools import chain
from random import Random
from statistics import linear_regression
from typing import Final

import psutil
import pytest

from producers.simulate.world import World
from streams import clock
from streams.registry import load_registry
from tests.faults.proxy import Fault, Mode
from tests.faults.stand import Stand
from tests.faults.traffic import Message, Traffic
from tests.faults.worker import Worker

pytestmark = pytest.mark.integration
_SECONDS: Final = float(os.environ.get("KPI_SOAK_SECONDS", "1800"))
_LOAD: Final = 0.8
_FLAT_OUT: Final = 20_000
_WARM_S, _MEASURED_S = 15.0, 45.0
# More than the whole run takes; it is made as it is sent.
_DAYS: Final = 730
_DAY_MS: Final = 86_400_000
_LOOK_S: Final = 2.0
# At that load the line needs so long to catch up with what a strike held up.
_CALM_S: Final = 45.0
# To count the rows reads all of them.
_COUNT_S: Final = 20.0
_MIB: Final = 1 << 20
_DRAIN_S: Final = 600.0
_FILLED_S: Final = 1_500.0
_MOST_GROWTH: Final = 1.0
# What a month of the simulated world lacks: records that are bad, sent again, hours late.
_HOSTILE: Final = 10


class LivingTraffic(Traffic):
    """The simulated world of the last weeks in its order, and of every ten messages one that is hostile."""

    def __init__(self, seed: int, days: int) -> None:
        super().__init__(seed)
        now = clock.now_ms()
        self._world = World(load_registry(), seed).events(now - days * _DAY_MS, now)

    def take(self, count: int) -> list[Message]:
        """Give the next messages."""
        hostile = super().take(count // _HOSTILE)
        return [*chain(hostile, (self._lived() for _ in range(count - len(hostile))))]

    def _lived(self) -> Message:
        event = next(self._world)
        return Message(event.topic, event.key, event.value, event.event_id)


@pytest.mark.long
@pytest.mark.timeout(0)
def test_a_long_run_keeps_the_invariants_and_its_memory(line: Stand) -> None:
    """Workers die, the engine and the broker die, freeze and vanish; one worker lives through."""
    line.traffic = LivingTraffic(line.seed, _DAYS)
    line.sampler.count_every_s = _COUNT_S
    steady, victim = line.start_worker(), line.start_worker()
    rate = _capacity(line) * _LOAD
    line.drain(_DRAIN_S)
    memory: list[tuple[float, float]] = []
    with line.flow(round(rate)):
        for strike in _strikes(line, victim, clock.monotonic() + _SECONDS):
            _watch(steady, memory)
            strike()
            line.tally.faults += 1
    line.servers.heal()
    line.drain(_DRAIN_S)
    growth = _growth(memory)
    line.tally.memory = f"{memory[-1][1]:.0f} MiB, {growth:+.2f} MiB a minute at {rate:.0f} events a second"
    line.assert_invariants()

    assert steady.poll() is None
    # Before, the caches of a new worker are still filling.
    assert growth < _MOST_GROWTH or _SECONDS < _FILLED_S


def _capacity(line: Stand) -> float:
    """Measure how many records a second are committed while they are sent as fast as they can be."""
    with line.flow(_FLAT_OUT):
        line.wait_until(line.committed)
        time.sleep(_WARM_S)
        before, began = sum(line.committed().values()), clock.monotonic()
        time.sleep(_MEASURED_S)
        return (sum(line.committed().values()) - before) / (clock.monotonic() - began)


def _strikes(line: Stand, victim: Worker, until: float) -> Iterator[Callable[[], None]]:
    """Give one strike after the other, in a random order, until the time is over."""
    chance = Random(line.seed)  # noqa: S311 - repeatable
    victims = [victim]

    def kill_a_worker() -> None:
        victims.pop().kill()
        victims.append(line.start_worker())

    def strike_for(strike: Callable[[], None], most_s: float) -> None:
        strike()
        time.sleep(chance.uniform(1, most_s))
        line.servers.heal()

    def vanish() -> None:
        for proxy in (line.servers.kafka_proxy, line.servers.engine_proxy):
            proxy.switch(Fault(Mode.BLACK_HOLE))

    strikes: tuple[Callable[[], None], ...] = (
        kill_a_worker,
        kill_a_worker,
        lambda: strike_for(line.servers.kill_engine, 10),
        lambda: strike_for(line.servers.freeze_engine, 10),
        lambda: strike_for(line.servers.kill_kafka, 5),
        lambda: strike_for(line.servers.freeze_kafka, 8),
        lambda: strike_for(vanish, 10),
    )
    while clock.monotonic() < until:
        yield chance.choice(strikes)


def _watch(steady: Worker, memory: list[tuple[float, float]]) -> None:
    """Let it flow for a while, and look at the memory of the worker that lives through it all."""
    until = clock.monotonic() + _CALM_S
    process = psutil.Process(steady.pid)
    while clock.monotonic() < until:
        memory.append((clock.monotonic() / 60, process.memory_info().rss / _MIB))
        time.sleep(_LOOK_S)


def _growth(memory: list[tuple[float, float]]) -> float:
    """Give the slope in MiB a minute over the second half, once the caches have filled."""
    minutes, sizes = zip(*memory[len(memory) // 2 :], strict=True)
    return linear_regression(minutes, sizes).slope
