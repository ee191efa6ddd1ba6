"""An engine that comes back without what it had confirmed: put back to an older copy, or out of power."""

import asyncio
import shutil
import threading
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import OperationalError

from streams import clock
from streams.clickhouse_client import writer
from streams.errors import DependencyDownError
from streams.health import drained
from streams.pipeline import Pipeline
from streams.ports import free_port
from streams.registry import load_registry
from streams.settings import Settings
from streams.store import ClickHouseStore
from streams.topics import partition_of
from tests.driver import Batch, assign, drive, in_batches, records_of, with_offsets
from tests.events import crossing, output, record_of
from tests.fakes import MemoryDeadLetters
from tests.migrated import copy_migrated, migrated_clickhouse
from tests.servers import local_kafka, start_clickhouse, stop
from tests.site import PATIENCE_S, Site, rows_of

pytestmark = pytest.mark.integration

RECORDS = with_offsets([record_of(crossing(n, f"V-{n}", "crossed", n * 1000)) for n in range(1, 31)])
WHOLE = (30, 30)
OUTPUTS = with_offsets([record_of(output(n, n)) for n in range(100, 110)])
SAME_PARTITION = [visit for visit in map("V-{}".format, range(1, 30)) if not partition_of(visit.encode(), 4)]
SAME_ROW = with_offsets(
    [record_of(crossing(n, visit, "crossed", n * 1000)) for n, visit in enumerate(SAME_PARTITION[:3])]
)
# All in one minute, so that what a worker holds of it is more than the restored engine has.
CROSSINGS = [crossing(n, f"V-{n}", "crossed", n % 5 * 1000) for n in range(1, 61)]


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Client]:
    """Run an engine with all tables and give a writer of its generation."""
    with migrated_clickhouse(tmp_path) as settings, writer(settings, "kpi_g1") as client:
        yield client


class LossyClient:
    """Passes everything on, but at one insert the power goes: it fails, and what was confirmed is lost."""

    def __init__(self, client: Client, fails_at: int) -> None:
        self._client = client
        self._left = fails_at

    def raw_insert(self, *values: Any, **options: Any) -> Any:
        self._left -= 1
        if self._left == 0:
            truncate(self._client)
            raise OperationalError("the connection was reset")
        return self._client.raw_insert(*values, **options)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)


class ForgetfulClient:
    """Passes everything on; once crossings are stored, the power goes and a look-up of outputs fails."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._stored = threading.Event()
        self.struck = False

    def raw_insert(self, table: str, *, insert_block: bytes, **options: Any) -> Any:
        summary = self._client.raw_insert(table, insert_block=insert_block, **options)
        if b"`trade_day`" in insert_block[:200]:
            self._stored.set()
        return summary

    def query(self, sql: str, **options: Any) -> Any:
        if "`output_day`" in sql and not self.struck:
            assert self._stored.wait(PATIENCE_S)
            self.struck = True
            truncate(self._client)
            raise OperationalError("the connection was reset")
        return self._client.query(sql, **options)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)


class StuckClient:
    """Passes everything on, but refuses so many inserts into `consumed`; `times` tells when."""

    def __init__(self, client: Client, refusals: int) -> None:
        self._client = client
        self._left = refusals
        self.times: list[float] = []

    def raw_insert(self, table: str, *, insert_block: bytes, **options: Any) -> Any:
        if b"consumed" in insert_block[:100] and self._left:
            self._left -= 1
            self.times.append(clock.monotonic())
            raise OperationalError("the connection was reset")
        return self._client.raw_insert(table, insert_block=insert_block, **options)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)


def truncate(client: Client) -> None:
    """Empty every table of the generation."""
    tables = "SELECT name FROM system.tables WHERE database = 'kpi_g1' AND engine LIKE '%MergeTree'"
    for table in client.query(tables).result_columns[0]:
        client.command(f"TRUNCATE TABLE {table}")


async def fold(client: Any, batches: list[Batch], **options: Any) -> None:
    """Fold batches as a worker that starts now."""
    pipeline = await started(client, batches, **options)
    await drive(pipeline, batches)


async def started(client: Any, batches: list[Batch], **options: Any) -> Pipeline:
    """Start a worker that takes every partition of the batches."""
    store = ClickHouseStore(client, "kpi_g1")
    await store.open()
    await store.partition_starts({record.partition for record in records_of(batches)})
    pipeline = Pipeline(store, MemoryDeadLetters(), load_registry(), **options)
    assign(pipeline, batches)
    return pipeline


def stored(client: Client) -> tuple[int, int]:
    """Count the events and the lines of goods that stand."""
    events = client.query("SELECT count() FROM kpi.events").result_rows[0][0]
    return events, client.query("SELECT sum(lines) FROM kpi.trade_by_day").result_rows[0][0]


@pytest.mark.parametrize("fails_at", range(1, 8))
def test_a_power_cut_amid_a_batch_loses_nothing_of_it(database: Client, fails_at: int) -> None:
    """Whichever insert fails, what the engine had confirmed before is written again before `consumed`."""
    truncate(database)
    asyncio.run(fold(LossyClient(database, fails_at), in_batches(RECORDS, 30)))

    assert WHOLE == stored(database)


def test_a_power_cut_that_only_a_look_up_sees_loses_nothing_of_the_batch(database: Client) -> None:
    """One part of a batch is stored while another looks up: no insert fails, yet all is written again."""
    truncate(database)
    batches = in_batches([*RECORDS, *OUTPUTS], len(RECORDS) + len(OUTPUTS))
    client = ForgetfulClient(database)
    asyncio.run(fold(client, batches, apart_records=2))

    assert client.struck
    assert (len(RECORDS) + len(OUTPUTS), len(RECORDS)) == stored(database)


def test_a_batch_that_is_written_again_and_again_waits_longer_each_time(database: Client) -> None:
    """Where only `consumed` fails, the rows before it are not hammered in ten times a second."""
    stuck = StuckClient(database, 5)
    asyncio.run(fold(stuck, in_batches(RECORDS, 30)))

    pauses = [later - earlier for earlier, later in pairwise(stuck.times)]
    assert 4 == len(pauses)
    assert pauses[3] >= 0.7
    assert WHOLE == stored(database)


def test_a_worker_notices_that_the_engine_was_put_back_between_two_batches(database: Client) -> None:
    """It stops before it records anything as consumed; the next one goes on from what is left."""
    batches = in_batches(RECORDS, 10)
    pipeline = asyncio.run(started(database, batches))
    asyncio.run(drive(pipeline, batches[:1]))
    truncate(database)

    with pytest.raises(DependencyDownError, match=r"holds less of gate.crossing"):
        asyncio.run(drive(pipeline, batches[1:]))

    assert 0 == database.query("SELECT count() FROM consumed").result_rows[0][0]
    asyncio.run(fold(database, batches))
    assert WHOLE == stored(database)


def test_a_row_that_is_looked_up_in_an_older_copy_is_not_written(database: Client) -> None:
    """Stored without what was lost, its version would hide that from the worker that catches up."""
    truncate(database)
    batches = in_batches(SAME_ROW, 1)
    pipeline = asyncio.run(started(database, batches))
    asyncio.run(drive(pipeline, batches[:2]))
    truncate(database)
    for partition in {record.partition for record in SAME_ROW}:
        pipeline.assign(partition, set())

    with pytest.raises(DependencyDownError, match=r"holds less of gate.crossing"):
        asyncio.run(drive(pipeline, batches[2:]))
    asyncio.run(fold(database, batches))

    assert (3, 3) == stored(database)


def test_an_engine_restored_under_a_worker_is_caught_up_from_kafka(tmp_path: Path) -> None:
    """The worker that waited for it stops in words; the next one reads again what the copy lacks."""
    url = f"http://127.0.0.1:{free_port()}"
    copy_migrated(tmp_path)
    engine = start_clickhouse(tmp_path, url)
    with local_kafka(tmp_path) as bootstrap:
        try:
            settings = Settings(_env_file=None, home=tmp_path, clickhouse_url=url, kafka_bootstrap=bootstrap)
            site = Site(settings)
            site.send(CROSSINGS[:20])
            site.work()
            stop(engine)
            shutil.copytree(tmp_path / "clickhouse", tmp_path / "copy", symlinks=True)
            engine = start_clickhouse(tmp_path, url)
            with site.worker() as worker:
                site.send(CROSSINGS[20:40])
                assert {} == asyncio.run(drained(settings, PATIENCE_S))
                stop(engine)
                shutil.rmtree(tmp_path / "clickhouse")
                (tmp_path / "copy").rename(tmp_path / "clickhouse")
                engine = start_clickhouse(tmp_path, url)
                site.send(CROSSINGS[40:])
                assert 3 == worker.wait(PATIENCE_S)
            assert "it was restored" in site.log()
            site.work()
            assert rows_of(CROSSINGS) == site.rows()
            assert site.kpi("verify").startswith("equal")
        finally:
            stop(engine)
