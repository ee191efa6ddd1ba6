"""The archive gives every event once, page by page, with its bytes, where its key belongs."""

import asyncio
import json
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from clickhouse_connect.driver.client import Client

from streams.clickhouse_client import writer
from streams.core.record import PartitionId, Record
from streams.pipeline import Pipeline
from streams.registry import load_registry
from streams.replay.archive import Archive, Part
from streams.replay.selection import Selection
from streams.replay.sources import Done, Share
from streams.store import ClickHouseStore
from streams.topics import DEFAULT_PARTITIONS, partition_of
from tests.driver import Batch, assign, drive, in_batches, with_offsets
from tests.events import START_MS, crossing, output, record_of
from tests.fakes import MemoryDeadLetters
from tests.migrated import migrated_clickhouse

pytestmark = pytest.mark.integration
# Many of one moment, ids whose order as text and as numbers differs, hours without any.
CROSSINGS = [crossing(n * 7919**4, f"V-{n}", "crossed", n // 20 * 7_200_000) for n in range(1, 90)]
OUTPUTS = [output(500_000 + n, n) for n in range(40)]
ARRIVED = crossing(400_000, "V-20", "arrived", 30_000)
EVENTS = [*CROSSINGS, *OUTPUTS, ARRIVED]

COUNTS = DEFAULT_PARTITIONS | {"gate.crossing": 6}
WHOLE = Share()


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """Store every event twice, as a worker that died before it recorded anything and the one after it."""
    batches = in_batches(with_offsets(record_of(event) for event in EVENTS), 40)
    home = tmp_path_factory.mktemp("archive")
    with migrated_clickhouse(home) as settings, writer(settings, "kpi_g1") as client:
        client.command("SYSTEM STOP MERGES events")
        for _ in range(2):
            asyncio.run(fold(ClickHouseStore(client, "kpi_g1"), batches))
        yield client


@pytest.mark.parametrize("page", [1, 7, 1000])
def test_every_event_comes_once_however_small_the_pages_are(client: Client, page: int) -> None:
    """Also where one moment holds more events than a page, and where parts hold a row twice."""
    archive = Archive(client, "kpi_g1", COUNTS, page=page)
    pages = read(archive)
    records = [record for some in pages for record in some]

    assert len(EVENTS) == archive.total()
    assert all(len(some) <= page for some in pages)
    assert sorted(map(stated, EVENTS)) == sorted(map(said, records))
    positions = defaultdict(list)
    for record in records:
        assert partition_of(record.key or b"", COUNTS[record.partition.topic]) == record.partition.partition
        positions[record.partition].append(record.position)
    assert all(list(range(len(given))) == given for given in positions.values())


def test_shares_and_what_is_left_after_a_stop_are_the_same_records(client: Client) -> None:
    """Whoever reads a partition, and from wherever on, finds each event at the same position."""
    whole = [record for page in read(Archive(client, "kpi_g1", COUNTS)) for record in page]
    archive = Archive(client, "kpi_g1", COUNTS, page=7)
    shared = [r for number in range(2) for page in read(archive, Share(number, 2)) for r in page]
    done = {record.partition: 5 for record in whole}
    rest = [record for page in read(archive, done=done) for record in page]

    assert sorted(whole) == sorted(shared)
    assert sorted(record for record in whole if record.position > 5) == sorted(rest)


def test_a_window_is_read_with_all_that_belongs_to_it(client: Client) -> None:
    """A visit that reaches into it comes whole, and nothing else does."""
    first = datetime.fromtimestamp(START_MS / 1000, UTC)
    window = Selection(topics=("gate.crossing",), start=first, end=first + timedelta(minutes=1))
    part = Part(window, before={PartitionId("gate.crossing", n): 1000 for n in range(4)})
    records = [record for page in read(Archive(client, "kpi_g1", COUNTS, part)) for record in page]

    assert sorted(map(stated, [*CROSSINGS[:20], ARRIVED])) == sorted(map(said, records))


def read(archive: Archive, share: Share = WHOLE, done: Done | None = None) -> list[list[Record]]:
    """Read an archive's pages."""

    async def pages() -> list[list[Record]]:
        return [page async for page in archive.pages(share, done or {})]

    return asyncio.run(pages())


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
