"""Folds events into a test's database as a worker does, and gives a database without any."""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from clickhouse_connect.driver.client import Client

from streams.core.record import Record
from streams.events import epoch_ms
from streams.pipeline import Pipeline
from streams.recompute import PARTS, Part
from streams.registry import load_registry
from streams.store import ClickHouseStore
from tests.driver import Batch, assign, drive, in_batches, with_offsets
from tests.events import record_of
from tests.fakes import MemoryDeadLetters


def fold(client: Client, events: Sequence[dict[str, Any]], batch: int = 40) -> None:
    """Send events through the pipeline into the store, in this order; none may be dead."""
    fold_records(client, with_offsets(map(record_of, events)), batch)


def fold_at(client: Client, received: datetime, *events: dict[str, Any]) -> None:
    """Fold events that came at one moment."""
    fold_records(client, with_offsets(record_of(event, received_ms=epoch_ms(received)) for event in events))


def fold_records(client: Client, records: Sequence[Record], batch: int = 40) -> None:
    """Send records, which have their offsets, through the pipeline into the store; none may be dead."""
    asyncio.run(_fold(client, in_batches(records, batch)))


async def _fold(client: Client, batches: Sequence[Batch]) -> None:
    store, letters = ClickHouseStore(client, "kpi_g1"), MemoryDeadLetters()
    await store.open()
    pipeline = Pipeline(store, letters, load_registry())
    assign(pipeline, batches)
    await drive(pipeline, batches)
    assert letters.letters == []


def parts_of(events: Sequence[dict[str, Any]]) -> list[Part]:
    """Give the parts of a verification that events lead to: all of it takes seconds of the engine."""
    types = {event["type"] for event in events}
    return [part for part in PARTS if types & set(part.types)]


def empty(client: Client) -> None:
    """Take everything out of the tables that workers write to."""
    tables = client.query(
        "SELECT table FROM system.columns WHERE database = 'kpi_g1' AND name = 'partition'"
    ).result_rows
    for (table,) in tables:
        client.command(f"TRUNCATE TABLE {table}")
