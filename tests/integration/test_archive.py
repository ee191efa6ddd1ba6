"""The archive gives every event once, page by page, with its bytes, where its key belongs."""

import asyncio
import json
from collections import defaultdict
from collections.abc import Iterator

import pytest

from streams.clickhouse_client import writer
from streams.core.record import Record
from streams.migrate import migrate
from streams.pipeline import Pipeline
from streams.registry import load_registry
from streams.replay.archive import Archive
from streams.store import ClickHouseStore
from streams.topics import DEFAULT_PARTITIONS, partition_of
from tests.driver import Batch, assign, drive, in_batches, with_offsets
from tests.events import crossing, output, record_of
from tests.fakes import MemoryDeadLetters
from tests.servers import local_clickhouse

pytestmark = pytest.mark.integration
# Many of one moment, ids whose order as text and as numbers differs, hours without any.
CROSSINGS = [crossing(n * 7919**4, f"V-{n}", "crossed", n // 20 * 7_200_000) for n in range(1, 90)]
OUTPUTS = [output(500_000 + n, n) for n in range(40)]
EVENTS = CROSSINGS + OUTPUTS


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Archive]:
    """Store every event twice, as a worker that died before it recorded anything and the one after it."""
    batches = in_batches(with_offsets(record_of(event) for event in EVENTS), 40)
    with local_clickhouse(tmp_path_factory.mktemp("archive")) as settings:
        migrate(settings, load_registry())
        with writer(settings, "kpi_g1") as client:
            client.command("SYSTEM STOP MERGES events")
            for _ in range(2):
                asyncio.run(fold(ClickHouseStore(client, "kpi_g1"), batches))
            yield Archive(client, "kpi_g1")


@pytest.mark.parametrize("page", [1, 7, 1000])
def test_every_event_comes_once_however_small_the_pages_are(archive: Archive, page: int) -> None:
    """Also where one moment holds more events than a page, and where parts hold a row twice."""
    counts = DEFAULT_PARTITIONS | {"gate.crossing": 6}
    pages = list(archive.records(counts, page))
    records = [record for some in pages for record in some]

    assert len(EVENTS) == archive.count()
    assert all(len(some) <= page for some in pages)
    assert sorted(map(stated, EVENTS)) == sorted(map(said, records))
    positions = defaultdict(list)
    for record in records:
        assert partition_of(record.key or b"", counts[record.partition.topic]) == record.partition.partition
        positions[record.partition].append(record.position)
    assert all(list(range(len(given))) == given for given in positions.values())


async def fold(store: ClickHouseStore, batches: list[Batch]) -> None:
    """Fold batches with nothing remembered."""
    await store.open()
    pipeline = Pipeline(store, MemoryDeadLetters(), load_registry())
    assign(pipeline, batches)
    await drive(pipeline, batches)


def stated(event: dict[str, object]) -> tuple[str, str, str]:
    """Say which event it is: id, key, bytes."""
    return str(event["id"]), str(event["subject"]), json.dumps(event)


def said(record: Record) -> tuple[str, str, str]:
    """Say which event a record is."""
    value = (record.value or b"").decode()
    return json.loads(value)["id"], (record.key or b"").decode(), value
