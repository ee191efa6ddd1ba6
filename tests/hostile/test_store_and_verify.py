"""What decode accepts of hostile input fits ClickHouse's columns and means the same to its JSON functions."""

import asyncio
from collections.abc import Iterator, Sequence
from random import Random

import pytest
from clickhouse_connect.driver.client import Client

from streams.clickhouse_client import writer
from streams.core.record import Record
from streams.migrate import migrate
from streams.pipeline import Pipeline
from streams.registry import load_registry
from streams.store import ClickHouseStore
from streams.verify import FIRST_DAY, LAST_DAY, Verifier
from tests.driver import assign, drive, in_batches, with_offsets
from tests.fakes import MemoryDeadLetters
from tests.hostile.mutations import any_hostile, record_of
from tests.servers import local_clickhouse

pytestmark = pytest.mark.integration
_MESSAGES = 6_000
_SEED = 20_261_122
_TABLES = ("trade_minute", "latency_minute", "waiting", "output_hour", "gate_states", "targets")


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """Give a client of an engine with all tables."""
    with local_clickhouse(tmp_path_factory.mktemp("clickhouse")) as settings:
        migrate(settings, load_registry())
        with writer(settings, "kpi_g1") as client:
            yield client


async def _fold(client: Client, records: Sequence[Record]) -> MemoryDeadLetters:
    store, letters = ClickHouseStore(client, "kpi_g1"), MemoryDeadLetters()
    await store.open()
    pipeline = Pipeline(store, letters, load_registry())
    batches = in_batches(with_offsets(records), 1_500)
    assign(pipeline, batches)
    await drive(pipeline, batches)
    return letters


def _count(client: Client, table: str) -> int:
    return int(str(client.command(f"SELECT count() FROM {table}")))


def test_what_is_accepted_is_stored_and_recomputed_equal(client: Client) -> None:
    """Every message is stored, dead or sent again, and no number differs from what its bytes say in SQL."""
    chance = Random(_SEED)  # noqa: S311 - a repeatable world
    records = [record_of(any_hostile(number // 40, chance)) for number in range(_MESSAGES)]

    letters = asyncio.run(_fold(client, records))
    verifier = Verifier(client, pause=lambda _: None)
    found = verifier.verify(verifier.chunks(FIRST_DAY, LAST_DAY), lambda _: None)

    assert [] == found.differences
    assert found.numbers > 300
    assert len(letters.letters) == _count(client, "dead_letters FINAL")
    assert 0 == _count(
        client, "events WHERE NOT isValidJSON(payload) OR JSONExtractString(payload, 'id') = ''"
    )
    assert all(_count(client, table) for table in _TABLES)
