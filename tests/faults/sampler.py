"""Invariant (g), looked at all the time: no offset is committed ahead of `consumed`, nor that of the rows."""

import asyncio
import threading
import time
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from typing import Final, NamedTuple, Self

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import ClickHouseError

from streams import clock
from streams.settings import Settings
from tests.faults.oracle import Expected
from tests.faults.stored import engine, generation, read_consumed
from tests.faults.topics import REQUEST_MS, Place, committed_offsets

_EVERY_S: Final = 0.1
_PATIENCE_S: Final = 30


class Sample(NamedTuple):
    """One look: committed offsets, then `consumed`, then how many positions up to that have rows.

    `covered` is None where the rows were not counted.
    """

    committed: Mapping[Place, int]
    consumed: Mapping[Place, int]
    covered: Mapping[Place, int] | None


class Sampler:
    """Looks ten times a second in a thread of its own; a server that is away costs samples, nothing else.

    What is behind is read first, so whatever moves meanwhile cannot make a false alarm. The rows are counted
    every `count_every_s`, where that is not zero: it reads all of them.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.samples: list[Sample] = []
        self.missed = 0
        self.count_every_s = 0.0
        self._counted_at = 0.0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()), daemon=True, name="sampler")

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join(_PATIENCE_S)
        assert not self._thread.is_alive(), "the sampler hangs"

    def wait_for_one(self) -> None:
        """Wait for a sample that began after this call."""
        wanted, deadline = len(self.samples) + 2, clock.monotonic() + _PATIENCE_S
        while len(self.samples) < wanted:
            assert clock.monotonic() < deadline, "no sample is taken"
            time.sleep(_EVERY_S / 2)

    def violations(self, expected: Expected) -> list[str]:
        """Give what broke (g)."""
        if not self.samples:
            return ["(g) no sample was taken"]
        offsets: dict[Place, list[int]] = {}
        for at in sorted((*expected.accepted, *expected.dead)):
            offsets.setdefault(at.place, []).append(at.offset)
        return sorted({line for sample in self.samples for line in _judge(sample, offsets)})

    async def _run(self) -> None:
        while not self._stop.is_set():
            try:
                await self._connected()
            except (KafkaError, ClickHouseError, OSError):
                self.missed += 1
                await asyncio.sleep(_EVERY_S)

    async def _connected(self) -> None:
        admin = AIOKafkaAdminClient(
            bootstrap_servers=self._settings.kafka_bootstrap, request_timeout_ms=REQUEST_MS
        )
        try:
            await admin.start()
            with engine(self._settings) as client:
                while not self._stop.is_set():
                    began = clock.monotonic()
                    self.samples.append(await self._look(admin, client))
                    await asyncio.sleep(max(0.0, _EVERY_S - (clock.monotonic() - began)))
        finally:
            await admin.close()

    async def _look(self, admin: AIOKafkaAdminClient, client: Client) -> Sample:
        committed = await committed_offsets(self._settings, admin)
        consumed = await asyncio.to_thread(read_consumed, client, generation(self._settings))
        if clock.monotonic() - self._counted_at < self.count_every_s:
            return Sample(committed, consumed, None)
        self._counted_at = clock.monotonic()
        return Sample(committed, consumed, await asyncio.to_thread(self._covered, client, consumed))

    def _covered(self, client: Client, consumed: Mapping[Place, int]) -> dict[Place, int]:
        live = generation(self._settings)
        bounds = [(*place, position) for place, position in consumed.items()]
        rows = f"""SELECT topic, partition, position FROM {live}.events
                   UNION ALL SELECT topic, partition, position FROM {live}.dead_letters"""
        sql = f"""SELECT topic, partition, uniqExact(position) FROM ({rows}) AS r
                  WHERE arrayExists(b -> b.1 = topic AND b.2 = partition AND position <= b.3, %(bounds)s)
                  GROUP BY topic, partition"""
        found = client.query(sql, parameters={"bounds": bounds}).result_rows if bounds else []
        return {Place(*row[:2]): row[2] for row in found}


def _judge(sample: Sample, offsets: Mapping[Place, Sequence[int]]) -> Iterator[str]:
    """Compare a sample with itself, and its rows with the offsets that must have some."""
    for place, offset in sample.committed.items():
        stored = sample.consumed.get(place, -1)
        if offset > stored + 1:
            yield f"(g) {place.topic}/{place.partition}: committed {offset} with consumed {stored}"
    if sample.covered is None:
        return
    for place, position in sample.consumed.items():
        wanted, found = bisect_right(offsets.get(place, ()), position), sample.covered.get(place, 0)
        if found < wanted:
            where = f"{place.topic}/{place.partition}"
            yield f"(g) {where}: consumed {position} with rows for {found} of {wanted} positions"
