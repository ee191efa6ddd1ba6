"""What decode accepts of hostile input fits ClickHouse's columns and means the same to its JSON functions."""

import asyncio
import gc
import sys
from collections.abc import Iterator, Sequence
from datetime import date
from random import Random

import pytest
from clickhouse_connect.driver.client import Client

from streams.clickhouse_client import writer
from streams.core.record import Record
from streams.inserts import encode
from streams.pipeline import Pipeline
from streams.recompute import FIRST_DAY, LAST_DAY
from streams.registry import load_registry
from streams.store import ClickHouseStore
from streams.verify import Verifier
from tests.driver import assign, drive, in_batches, with_offsets
from tests.events import crossing, goods
from tests.events import record_of as events_record_of
from tests.fakes import MemoryDeadLetters
from tests.hostile.mutations import any_hostile, record_of
from tests.migrated import migrated_clickhouse

pytestmark = pytest.mark.integration
_MESSAGES = 6_000
_SEED = 20_261_122
_DAY = 86_400_000
_TABLES = ("trade_minute", "latency_minute", "waiting", "output_hour", "gate_states", "targets")


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """Give a client of an engine with all tables."""
    home = tmp_path_factory.mktemp("clickhouse")
    with migrated_clickhouse(home) as settings, writer(settings, "kpi_g1") as client:
        yield client


async def _fold(client: Client, records: Sequence[Record]) -> MemoryDeadLetters:
    store, letters = ClickHouseStore(client, "kpi_g1"), MemoryDeadLetters()
    await store.open()
    pipeline = Pipeline(store, letters, load_registry())
    batches = in_batches(records, 1_500)
    assign(pipeline, batches)
    await drive(pipeline, batches)
    return letters


def _count(client: Client, table: str) -> int:
    return int(str(client.command(f"SELECT count() FROM {table}")))


def test_what_is_accepted_is_stored_and_recomputed_equal(client: Client) -> None:
    """Every message is stored, dead or sent again, and no number differs from what its bytes say in SQL."""
    chance = Random(_SEED)  # noqa: S311 - a repeatable world
    records = [record_of(any_hostile(number // 40, chance)) for number in range(_MESSAGES)]

    letters = asyncio.run(_fold(client, with_offsets(records)))
    verifier = Verifier(client, pause=lambda _: None)
    found = verifier.verify(verifier.chunks(FIRST_DAY, LAST_DAY), lambda _: None)

    assert [] == found.differences
    assert found.numbers > 300
    assert len(letters.letters) == _count(client, "dead_letters FINAL")
    assert 0 == _count(
        client, "events WHERE NOT isValidJSON(payload) OR JSONExtractString(payload, 'id') = ''"
    )
    assert all(_count(client, table) for table in _TABLES)


def test_a_sum_that_no_column_holds_makes_a_dead_letter(client: Client) -> None:
    """184,467 of the largest crossings in a row would pass Int64: the one that does is dead, others count."""
    largest = [goods(10**12, "990000", "transit")] * 50
    events = [
        crossing(90_001, "W-1", "crossed", _DAY, goods=largest),
        crossing(90_002, "W-1", "arrived", _DAY - 1000),
    ]
    records = [events_record_of(event, 10**6 + n) for n, event in enumerate(events)]
    partition = records[0].partition.partition
    place = ("kim-thanh", "outbound", "transit", "99", "gate.crossing", partition)
    client.insert("trade_day", [(date(2026, 1, 2), *place, 2**63 - 10**13, 1, 1, 0)])

    letters = asyncio.run(_fold(client, records))

    [letter] = letters.letters
    assert ("invalid", 10**6) == (letter.reason, letter.record.position)
    assert "trade_day.value_usd_minor" in letter.detail
    assert 1 == _count(client, "waiting FINAL WHERE arrived_at = '2026-01-01 23:59:59'")
    client.command("DELETE FROM trade_day WHERE hs_chapter = '99'")


def test_rows_are_let_go_of_once_they_are_encoded(client: Client) -> None:
    """Without the collector's help: it comes by seldom, and a flood's rows would fill the memory."""
    payload = b"".join([b"a row's ", b"bytes"])
    references = sys.getrefcount(payload)

    gc.disable()
    try:
        encode(client, "kpi_g1", "generation", {"value": [payload]}, {"value": "String"})
    finally:
        gc.enable()

    assert references == sys.getrefcount(payload)
