"""Folds events into a test's database as a worker does, and gives a database without any."""

import asyncio
from collections.abc import Sequence
from typing import Any

from clickhouse_connect.driver.client import Client

from streams.pipeline import Pipeline
from streams.registry import load_registry
from streams.store import ClickHouseStore
from tests.driver import assign, drive, in_batches, with_offsets
from tests.events import record_of
from tests.fakes import MemoryDeadLetters


def fold(client: Client, events: Sequence[dict[str, Any]], batch: int = 40) -> None:
    """Send events through the pipeline into the store, in this order; none may be dead."""
    asyncio.run(_fold(client, events, batch))


async def _fold(client: Client, events: Sequence[dict[str, Any]], batch: int) -> None:
    store, letters = ClickHouseStore(client, "kpi_g1"), MemoryDeadLetters()
    await store.open()
    pipeline = Pipeline(store, letters, load_registry())
    batches = in_batches(with_offsets(map(record_of, events)), batch)
    assign(pipeline, batches)
    await drive(pipeline, batches)
    assert letters.letters == []


def empty(client: Client) -> None:
    """Take everything out of the tables that workers write to."""
    tables = client.query(
        "SELECT table FROM system.columns WHERE database = 'kpi_g1' AND name = 'partition'"
    ).result_rows
    for (table,) in tables:
        client.command(f"TRUNCATE TABLE {table}")
