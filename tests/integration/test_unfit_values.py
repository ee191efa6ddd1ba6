"""Values that no column takes: the record becomes a dead letter, and its neighbours count."""

import asyncio
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from clickhouse_connect.driver.client import Client

from streams.clickhouse_client import writer
from streams.core.decode import Accepted, DeadLetter
from streams.pipeline import Pipeline, Slice
from streams.registry import load_registry
from streams.store import ClickHouseStore
from streams.topics import partition_of
from tests.driver import assign, in_batches, with_offsets
from tests.events import crossing, record_of
from tests.fakes import MemoryDeadLetters
from tests.migrated import migrated_clickhouse

pytestmark = pytest.mark.integration

VISITS = [visit for visit in (f"V-{n}" for n in range(200)) if partition_of(visit.encode(), 4) == 0][:20]
RECORDS = with_offsets(record_of(crossing(n + 1, visit, "crossed", n)) for n, visit in enumerate(VISITS))
CULPRIT = 12
PRICE = 1000
# Tables are written side by side: whichever holds the value may be the first to refuse it.
NAMED = re.compile(r"the store refused it: \w+\.(value_usd_minor|difference) does not take the value ")


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """Run an engine with all tables and give a writer of its generation."""
    home: Path = tmp_path_factory.mktemp("engine")
    with migrated_clickhouse(home) as settings, writer(settings, "kpi_g1") as client:
        yield client


@pytest.fixture
def database(engine: Client) -> Client:
    """Empty every table."""
    tables = "SELECT name FROM system.tables WHERE database = 'kpi_g1' AND engine LIKE '%MergeTree'"
    for table in engine.query(tables).result_columns[0]:
        engine.command(f"TRUNCATE TABLE {table}")
    return engine


def priced(item: Accepted | DeadLetter, value: int) -> Accepted:
    """Give a record another value, as if the contract had no bound."""
    assert isinstance(item, Accepted)
    body: Any = item.fact.body
    *rest, [(regime, chapter, _, mass, lines)] = body
    fact = item.fact._replace(body=(*rest, ((regime, chapter, value, mass, lines),)))
    return item._replace(fact=fact)


async def fold(client: Client, values: dict[int, int]) -> MemoryDeadLetters:
    """Fold all records as one batch, some of them with values of their own."""
    store, letters = ClickHouseStore(client, "kpi_g1"), MemoryDeadLetters()
    await store.open()
    pipeline = Pipeline(store, letters, load_registry())
    batch = in_batches(RECORDS, len(RECORDS))
    assign(pipeline, batch)
    [(partition, records)] = batch[0].items()
    decoded = [
        priced(item, values.get(number, PRICE))
        for number, item in enumerate(pipeline.decode(partition, records).decoded)
    ]
    await pipeline.process([Slice(partition, records, decoded)])
    return letters


@pytest.mark.parametrize(
    "values",
    [{CULPRIT: 2**63}, {CULPRIT: -(2**64)}, {3: 2**62, CULPRIT: 2**62}],
    ids=["too large", "too small", "too large a sum"],
)
def test_a_value_that_no_column_takes_is_a_dead_letter(database: Client, values: dict[int, int]) -> None:
    """It and nothing else is dead, and no table has a trace of it."""
    letters = asyncio.run(fold(database, values)).letters

    assert [RECORDS[CULPRIT]] == [letter.record for letter in letters]
    assert letters[0].reason == "invalid"
    assert NAMED.match(letters[0].detail)
    assert [(CULPRIT,)] == database.query("SELECT position FROM dead_letters FINAL").result_rows
    assert [(len(RECORDS) - 1,)] == database.query("SELECT max(position) FROM consumed").result_rows
    others = [number for number in range(len(RECORDS)) if number != CULPRIT]
    assert [(number,) for number in others] == database.query(
        "SELECT position FROM events FINAL ORDER BY position"
    ).result_rows
    assert [(sum(values.get(number, PRICE) for number in others), len(others))] == database.query(
        "SELECT sum(value_usd_minor), sum(lines) FROM trade_day FINAL"
    ).result_rows
    assert [(len(others),)] == database.query("SELECT count() FROM entities FINAL").result_rows
