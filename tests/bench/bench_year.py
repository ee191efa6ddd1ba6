"""What a year takes: the time to fold and store it, the memory meanwhile, and the disk afterwards."""

from collections import defaultdict
from collections.abc import Iterator
from itertools import count, islice
from pathlib import Path
from typing import Final

import psutil
import pytest
from clickhouse_connect.driver.client import Client

from streams import clock
from streams.clickhouse_client import scalar, writer
from streams.core.record import PartitionId, Record
from streams.pipeline import Pipeline
from streams.registry import load_registry
from streams.store import ClickHouseStore
from tests.bench.conftest import BATCH, YEAR_DAYS, history_of
from tests.bench.measure import Samples, Storage
from tests.driver import drive, in_batches
from tests.fakes import MemoryDeadLetters
from tests.migrated import migrated_clickhouse

_PIECES: Final = 4
_SIZES: Final = """
    SELECT table, sum(bytes_on_disk) FROM system.parts
    WHERE database = {database:String} AND active GROUP BY table ORDER BY 2 DESC
"""


@pytest.mark.usefixtures("worker_collector")
async def test_year(samples: Samples, tmp_path: Path, pytestconfig: pytest.Config) -> None:
    """Fold and store a year of the simulated world, then let the engine merge and weigh its parts."""
    if not pytestconfig.getoption("--full"):
        pytest.skip("a year takes minutes: make bench-full")
    with migrated_clickhouse(tmp_path) as settings, writer(settings, "kpi_g1") as client:
        seconds, memory = await _store(client, _numbered(history_of(YEAR_DAYS)))
        samples.stored = _weigh(client, seconds, memory)


async def _store(client: Client, records: Iterator[Record]) -> tuple[float, list[int]]:
    """Give the seconds that storing took, without those of simulating, and our memory after each batch."""
    store, letters = ClickHouseStore(client, "kpi_g1"), MemoryDeadLetters()
    await store.open()
    pipeline = Pipeline(store, letters, load_registry())
    known: set[PartitionId] = set()
    seconds, memory = 0.0, []
    while piece := list(islice(records, BATCH)):
        batches = in_batches(piece, BATCH)
        new = {record.partition for record in piece} - known
        for partition in new:
            pipeline.assign(partition, set())
        known |= new
        began = clock.monotonic()
        await drive(pipeline, batches)
        seconds += clock.monotonic() - began
        memory.append(psutil.Process().memory_info().rss)
    assert letters.letters == []
    return seconds, memory


def _numbered(records: Iterator[Record]) -> Iterator[Record]:
    """Number the records of each partition, without holding all of them."""
    offsets: defaultdict[PartitionId, Iterator[int]] = defaultdict(count)
    for record in records:
        offset = next(offsets[record.partition])
        yield record._replace(offset=offset, position=offset)


def _weigh(client: Client, seconds: float, memory: list[int]) -> Storage:
    tables = client.query("SHOW TABLES").result_columns[0]
    for table in tables:
        client.command(f"OPTIMIZE TABLE {table} FINAL")
    sizes = {
        str(table): int(size) for table, size in client.query(_SIZES, {"database": "kpi_g1"}).result_rows
    }
    events = int(scalar(client, "SELECT count() FROM events FINAL"))
    every = max(1, len(memory) // _PIECES)
    return Storage(YEAR_DAYS, events, seconds, sizes, memory[every - 1 :: every])
