"""How fast a year of the archive is folded again, flat out, by as many processes as there are cores.

A tenth of the year comes first: an event must not cost more in ten times as many, nor may memory grow. The
short bench takes 20 days for the year.
"""

import os
import resource
import subprocess
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import date, timedelta
from itertools import islice
from pathlib import Path
from typing import Final

import psutil
import pytest

from producers.simulate.calendar import day_start_ms
from producers.simulate.world import World
from streams import clock
from streams.clickhouse_client import scalar, writer
from streams.core.decode import Accepted
from streams.core.processor import Outcome
from streams.core.record import PartitionId, Record
from streams.pipeline import Pipeline, Slice
from streams.ports import free_port
from streams.registry import load_registry
from streams.settings import Settings
from streams.store import ClickHouseStore
from streams.topics import EVENT_TOPICS, partition_of
from tests.bench.conftest import Size
from tests.bench.measure import Sample, Samples
from tests.driver import Batch, in_batches
from tests.fakes import MemoryDeadLetters
from tests.line import KPI
from tests.migrated import copy_migrated
from tests.servers import start_clickhouse, stop

_FIRST: Final = date(2026, 1, 1)
_CHUNK: Final = 20_000
_LOOK_S: Final = 0.2


@pytest.mark.timeout(0)
@pytest.mark.parametrize(("name", "parts"), [("tenth", 10), ("year", 1)])
async def test_replay(name: str, parts: int, size: Size, samples: Samples, tmp_path: Path) -> None:
    """Fill an archive, then run `kpi replay run` over all of it."""
    copy_migrated(tmp_path)
    url = f"http://127.0.0.1:{free_port()}"
    engine = start_clickhouse(tmp_path, url)
    try:
        settings = Settings(_env_file=None, home=tmp_path, clickhouse_url=url)
        archived = await _fill(settings, size.archive_days // parts)
        samples.add(f"replay of a {name}", 0, _replay(settings, engine.pid, archived))
        assert archived == _count(settings, f"{settings.database}_run_bench_g1")
    finally:
        stop(engine)


async def _fill(settings: Settings, days: int) -> int:
    """Archive the events of so many days, as a worker would have, and nothing else of them."""
    generation = f"{settings.database}_g1"
    with writer(settings, generation) as client:
        store = ClickHouseStore(client, generation)
        await store.open()
        pipeline = Pipeline(store, MemoryDeadLetters(), load_registry())
        for batch in _batches(settings, days):
            slices = [pipeline.decode(*part) for part in batch.items()]
            await store.write([Outcome(part.partition, events=_accepted(part)) for part in slices])
            await store.write_consumed(slices)
    return _count(settings, generation)


def _batches(settings: Settings, days: int) -> Iterator[Batch]:
    span = day_start_ms(_FIRST), day_start_ms(_FIRST + timedelta(days=days))
    events = World(load_registry(), settings.seed).events(*span)
    ends: dict[PartitionId, int] = {}
    while chunk := list(islice(events, _CHUNK)):
        records = []
        for event in chunk:
            at = PartitionId(event.topic, partition_of(event.key, EVENT_TOPICS[event.topic].partitions))
            offset = ends.get(at, 0)
            ends[at] = offset + 1
            records.append(Record(at, offset, offset, event.at_ms, event.key, event.value))
        yield from in_batches(records, _CHUNK)


def _accepted(part: Slice) -> list[Accepted]:
    return [item for item in part.decoded if isinstance(item, Accepted)]


def _count(settings: Settings, generation: str) -> int:
    with writer(settings, generation) as client:
        return int(scalar(client, "SELECT count() FROM events FINAL"))


def _replay(settings: Settings, engine_pid: int, events: int) -> Sample:
    engine, environment = psutil.Process(engine_pid), _environment(settings)
    before, own, began = engine.cpu_times(), resource.getrusage(resource.RUSAGE_CHILDREN), clock.monotonic()
    with subprocess.Popen([*KPI, "replay", "run", "--name", "bench"], env=environment) as replay:
        peak = _peak(replay)
    seconds, after = clock.monotonic() - began, engine.cpu_times()
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert replay.returncode == 0
    return Sample(
        events,
        seconds,
        used.ru_utime + used.ru_stime - own.ru_utime - own.ru_stime,
        after.user + after.system - before.user - before.system,
        peak,
    )


def _environment(settings: Settings) -> dict[str, str]:
    return {**os.environ, "KPI_HOME": str(settings.home), "KPI_CLICKHOUSE_URL": settings.clickhouse_url}


def _peak(replay: subprocess.Popen[bytes]) -> int:
    """Wait until a replay has ended, and give the most bytes that one of its processes held."""
    peak, process = 0, psutil.Process(replay.pid)
    while replay.poll() is None:
        with suppress(psutil.Error):
            held = (one.memory_info().rss for one in (process, *process.children(recursive=True)))
            peak = max(peak, *held)
        time.sleep(_LOOK_S)
    return peak
