"""A flood of hostile messages through a real worker: one dead letter each, neighbours right, memory flat."""

import asyncio
import json
import os
import sys
from collections.abc import Iterator
from contextlib import suppress
from itertools import cycle, islice
from random import Random
from typing import Any, Final

import psutil
import pytest

from streams import clock
from streams.core.decode import DeadLetter, decode
from streams.health import drained
from streams.registry import load_registry
from tests.events import crossing, goods
from tests.hostile.conftest import HostileSite
from tests.hostile.mutations import Hostile, any_hostile, record_of
from tests.hostile.sending import count_letters, send
from tests.site import rows_of

pytestmark = pytest.mark.integration
_SMALL: Final = 8_000
_LARGE: Final = int(os.environ.get("KPI_FLOOD", "1000000"))
_SEED: Final = int(os.environ.get("KPI_FLOOD_SEED", "20261122"))
_KINDS: Final = 20_000
# A flood of larger ones tries the disk, not the worker.
_MOST_BYTES: Final = 4_096
_NEIGHBOUR_EVERY: Final = 20
_CHUNK: Final = 10_000
_MIB: Final = 1 << 20
_PATIENCE_S: Final = 1800
_SAMPLE_S: Final = 0.5
_MOST_MEMORY: Final = 700 * _MIB
_MOST_GROWTH_MIB: Final = 48


def _bad(count: int) -> Iterator[Hostile]:
    """Give hostile messages of which none keeps the contract, over and over."""
    chance, registry, now = Random(_SEED), load_registry(), clock.now_ms()  # noqa: S311 - repeatable
    kinds: list[Hostile] = []
    while len(kinds) < min(count, _KINDS):
        message = any_hostile(len(kinds) % 100, chance)
        record = record_of(message)._replace(received_ms=now)
        if len(message.value or b"") + len(message.key or b"") > _MOST_BYTES:
            continue
        if isinstance(decode(record, registry), DeadLetter):
            kinds.append(message)
    return islice(cycle(kinds), count)


def _neighbour(number: int) -> dict[str, Any]:
    """Give a good event that no hostile one shares a visit with."""
    event: dict[str, Any] = crossing(
        10**9 + number, f"N-{number}", "crossed", number * 80 % 86_400_000, goods=[goods(1 + number % 1000)]
    )
    return event


def _chunks(count: int) -> Iterator[list[Hostile]]:
    """Give the flood in chunks, a good event behind every 19 bad ones."""
    chunk: list[Hostile] = []
    for number, message in enumerate(_bad(count)):
        chunk.append(message)
        if number % (_NEIGHBOUR_EVERY - 1) == 0:
            event = _neighbour(number)
            chunk.append(Hostile("gate.crossing", event["subject"].encode(), json.dumps(event).encode()))
        if len(chunk) >= _CHUNK:
            yield chunk
            chunk = []
    yield chunk


class Memory:
    """The resident bytes of a process, sampled while it works."""

    def __init__(self, process: psutil.Process) -> None:
        self._process = process
        self._sizes: list[int] = []
        self._done = asyncio.Event()

    async def sample(self) -> None:
        """Sample until told that it is done."""
        while not self._done.is_set():
            self._sizes.append(self._process.memory_info().rss)
            with suppress(TimeoutError):
                await asyncio.wait_for(self._done.wait(), _SAMPLE_S)

    def stop(self) -> None:
        """Sample no more."""
        self._done.set()

    @property
    def peak(self) -> int:
        """The most that was seen."""
        return max(self._sizes)

    @property
    def quarters(self) -> list[int]:
        """What was held on average in each quarter of the time, in MiB."""
        length = len(self._sizes)
        cuts = [self._sizes[length * n // 4 : length * (n + 1) // 4] for n in range(4)]
        return [sum(cut) // max(1, len(cut)) // _MIB for cut in cuts]


async def _flood(site: HostileSite, count: int, memory: Memory) -> None:
    """Send the flood and wait until all of it is stored."""
    sampling = asyncio.create_task(memory.sample())
    for chunk in _chunks(count):
        await send(site.settings, chunk)
    missing = await drained(site.settings, _PATIENCE_S)
    memory.stop()
    await sampling
    assert {} == missing, site.log()[-3000:]


def _check(site: HostileSite, count: int) -> None:
    """Each bad one is dead, once; each good one counts, and nothing else does."""
    neighbours = [_neighbour(number) for number in range(0, count, _NEIGHBOUR_EVERY - 1)]
    [(dead, places)] = site.query("SELECT count(), uniqExact(topic, partition, offset) FROM dead_letters")
    [(stored, ids)] = site.query("SELECT count(), uniqExact(id) FROM events")
    assert (count, count) == (dead, places)
    # A batch that Kafka does not confirm in time is sent again, under the same ids.
    records, letters = asyncio.run(count_letters(site.settings))
    assert count == letters
    assert records <= count + 3 * site.settings.batch_records
    assert (len(neighbours), len(neighbours)) == (stored, ids)
    assert rows_of(neighbours) == site.rows()


def _run(site: HostileSite, count: int) -> Memory:
    began = clock.monotonic()
    with site.worker() as worker:
        memory = Memory(psutil.Process(worker.pid))
        asyncio.run(_flood(site, count, memory))
        assert worker.poll() is None, site.log()[-3000:]
    assert worker.returncode == 0
    _check(site, count)
    sys.stdout.write(
        f"{count} hostile messages, seed {_SEED}, {clock.monotonic() - began:.0f} s; the worker held "
        f"{memory.quarters} MiB by quarters, at most {memory.peak // _MIB}\n"
    )
    return memory


def test_a_flood_is_buried_and_its_neighbours_count(site: HostileSite) -> None:
    """No crash, one dead letter each, every good event between them right."""
    memory = _run(site, _SMALL)

    assert memory.peak < _MOST_MEMORY


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_a_flood_of_a_million_fills_no_memory(site: HostileSite) -> None:
    """Once its caches are full the worker holds as much at the end as before."""
    memory = _run(site, _LARGE)

    _, second, _, last = memory.quarters
    assert memory.peak < _MOST_MEMORY
    assert last - second < _MOST_GROWTH_MIB
