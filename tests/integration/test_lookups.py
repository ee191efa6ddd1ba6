"""What a worker finds again of what it stored: the facts of entities, hour by hour."""

import asyncio
from typing import Final

import pytest
from clickhouse_connect.driver.client import Client

from streams.core.decode import Accepted, decode
from streams.core.record import Record
from streams.registry import load_registry
from streams.store import ClickHouseStore
from tests.driver import with_offsets
from tests.events import output, record_of
from tests.folding import fold_records

pytestmark = pytest.mark.integration

# Ends of windows: hour 999,999 since 1970 is over at 16:00, and hours have a digit more from then on.
WINDOWS: Final = ("15:45", "15:50", "15:55", "16:00", "16:05", "17:00")


def test_reports_are_found_across_a_digit_more(client: Client) -> None:
    """Entities of consecutive hours are found, also where hours have six digits and then seven."""
    records = with_offsets(_report(number, end) for number, end in enumerate(WINDOWS, 1))
    fold_records(client, records)

    items = [
        item for item in (decode(record, load_registry()) for record in records) if isinstance(item, Accepted)
    ]
    partition = records[0].partition
    found = asyncio.run(
        ClickHouseStore(client, "kpi_g1").entities({partition: {item.entity for item in items}})
    )

    assert {item.entity: [item.fact] for item in items} == found[partition]
    assert len(WINDOWS) == len(items)


def _report(number: int, end: str) -> Record:
    hour, minute = map(int, end.split(":"))
    start = f"2084-01-29T{hour - (minute == 0):02d}:{(minute - 5) % 60:02d}:00.000Z"
    event = output(number, 0, 1, time=f"2084-01-29T{end}:00.000Z")
    event["data"] |= {"window_start": start, "window_end": event["time"]}
    return record_of(event, received_ms=3_600_000_000_000 + 7_200_000)
