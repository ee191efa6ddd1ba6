"""What the benches share: the same events for each, rounds in turn, one report at the end."""

import gc
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Final

import psutil
import pytest
from rich.console import Console

from producers.simulate.calendar import day_start_ms
from producers.simulate.world import World
from streams.core.record import PartitionId, Record
from streams.pipeline import COLLECTOR_THRESHOLDS
from streams.ports import free_port
from streams.registry import load_registry
from streams.resources import checkout
from streams.settings import Settings
from streams.topics import EVENT_TOPICS, partition_of
from tests.bench import report
from tests.bench.measure import Samples
from tests.bench.stage import Lane
from tests.driver import Batch, in_batches, with_offsets
from tests.migrated import copy_migrated
from tests.servers import local_kafka, start_clickhouse, stop


@dataclass(frozen=True)
class Size:
    """How much is measured: rounds, days in topics and archive, seconds at most of a run and of a rate."""

    rounds: int
    days: int
    archive_days: int
    limit_s: float
    rate_s: float


YEAR_DAYS: Final = 365
# About 11,000 events a day.
SHORT: Final = Size(rounds=3, days=30, archive_days=20, limit_s=12, rate_s=6)
FULL: Final = Size(rounds=5, days=91, archive_days=YEAR_DAYS, limit_s=60, rate_s=60)
FIRST_DAY: Final = date(2026, 3, 2)
SPAN_DAYS: Final = 6
BATCH: Final = 10_000
_SAMPLES: Final = pytest.StashKey[Samples]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add what chooses between the short bench and the full one."""
    parser.addoption("--full", action="store_true", help="a million events, a year, five long rounds")


def _size(config: pytest.Config) -> Size:
    return FULL if config.getoption("--full") else SHORT


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Number the rounds; pytest runs all benches of a round before the next one begins."""
    if "bench_round" in metafunc.fixturenames:
        rounds = range(_size(metafunc.config).rounds)
        metafunc.parametrize("bench_round", rounds, scope="session")


@pytest.fixture(scope="session")
def size(pytestconfig: pytest.Config) -> Size:
    """Give how much is measured."""
    return _size(pytestconfig)


@pytest.fixture(scope="session")
def samples(pytestconfig: pytest.Config) -> Samples:
    """Give where each bench puts what it measured."""
    return pytestconfig.stash.setdefault(_SAMPLES, Samples())


@pytest.fixture(scope="session")
def batches() -> list[Batch]:
    """Give the events as a worker gets them from Kafka; the first batch warms up and is not measured."""
    return batches_of(SPAN_DAYS)


def batches_of(days: int) -> list[Batch]:
    """Give the events of so many days in batches."""
    return in_batches(with_offsets(history_of(days)), BATCH)


def span_of(days: int) -> tuple[int, int]:
    """Give when so many days begin and end, in milliseconds since 1970."""
    return day_start_ms(FIRST_DAY), day_start_ms(FIRST_DAY + timedelta(days=days))


def history_of(days: int) -> Iterator[Record]:
    """Give the events of so many days as history is filled in: none is late, however long ago it was."""
    world = World(load_registry(), Settings(_env_file=None).seed, backfill=True)
    for event in world.events(*span_of(days)):
        number = partition_of(event.key, EVENT_TOPICS[event.topic].partitions)
        yield Record(PartitionId(event.topic, number), 0, 0, event.at_ms, event.key, event.value)


@pytest.fixture(scope="session")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Settings, psutil.Process]]:
    """Run the broker and the engine that all contenders share; give how to reach them, and the engine."""
    home = tmp_path_factory.mktemp("bench")
    copy_migrated(home)
    url = f"http://127.0.0.1:{free_port()}"
    with local_kafka(home) as bootstrap:
        engine = start_clickhouse(home, url)
        try:
            settings = Settings(
                _env_file=None, home=home, kafka_bootstrap=bootstrap, clickhouse_url=url, metrics_port=0
            )
            yield settings, psutil.Process(engine.pid)
        finally:
            stop(engine)


@pytest.fixture(scope="session")
def lane(servers: tuple[Settings, psutil.Process], size: Size) -> Lane:
    """Give the topics that contenders are measured on."""
    return _lane(servers, "load", batches_of(size.days), size.limit_s)


@pytest.fixture(scope="session")
def small_lane(servers: tuple[Settings, psutil.Process]) -> Lane:
    """Give the topics on which each contender shows that its sums are right: one day."""
    return _lane(servers, "check", batches_of(1), limit_s=600)


def _lane(servers: tuple[Settings, psutil.Process], name: str, batches: list[Batch], limit_s: float) -> Lane:
    settings, engine = servers
    named = settings.model_copy(update={"topic_prefix": f"{name}.", "database": name})
    return Lane(named, engine, batches, limit_s)


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
    if found and (found.by_bench or found.by_rate or found.stored):
        path: Path = checkout() / "build" / "bench.json"
        report.write(found, path)
        console = Console(width=120)
        report.show(found, console)
        console.print(f"all rounds: {path}")
