"""What the benches share: the same events for each, rounds in turn, one report at the end."""

import gc
from collections.abc import Iterator
from datetime import date
from typing import Final

import pytest
from rich.console import Console

from producers.simulate.calendar import day_start_ms
from producers.simulate.world import World
from streams.app import COLLECTOR_THRESHOLDS
from streams.core.record import PartitionId, Record
from streams.registry import load_registry
from streams.resources import checkout
from streams.settings import Settings
from streams.topics import EVENT_TOPICS, partition_of
from tests.bench import report
from tests.bench.measure import Samples
from tests.driver import Batch, in_batches, with_offsets

ROUNDS: Final = 5
# Six days of one world: about 66,000 events.
SPAN: Final = day_start_ms(date(2026, 3, 2)), day_start_ms(date(2026, 3, 8))
BATCH: Final = 10_000
_SAMPLES: Final = pytest.StashKey[Samples]()


@pytest.fixture(scope="session", params=range(ROUNDS))
def bench_round(request: pytest.FixtureRequest) -> int:
    """Give the number of the round; pytest runs all benches of a round before the next one begins."""
    number: int = request.param
    return number


@pytest.fixture(scope="session")
def samples(pytestconfig: pytest.Config) -> Samples:
    """Give where each bench puts what it measured."""
    return pytestconfig.stash.setdefault(_SAMPLES, Samples())


@pytest.fixture(scope="session")
def batches() -> list[Batch]:
    """Give the events as a worker gets them from Kafka; the first batch warms up and is not measured."""
    events = World(load_registry(), Settings(_env_file=None).seed).events(*SPAN)
    records = (
        Record(
            PartitionId(event.topic, partition_of(event.key, EVENT_TOPICS[event.topic].partitions)),
            0, 0, event.at_ms, event.key, event.value,
        )
        for event in events
    )  # fmt: skip
    return in_batches(with_offsets(records), BATCH)


@pytest.fixture
def worker_collector() -> Iterator[None]:
    """Collect garbage as seldom as a worker does."""
    usual = gc.get_threshold()
    gc.set_threshold(*COLLECTOR_THRESHOLDS)
    yield
    gc.set_threshold(*usual)


def pytest_terminal_summary(config: pytest.Config) -> None:
    """Report, if anything was measured."""
    found = config.stash.get(_SAMPLES, None)
    if found and found.by_bench:
        path = checkout() / "build" / "bench.json"
        report.write(found, path)
        console = Console(width=110)
        report.show(found, console)
        console.print(f"all rounds: {path}")
