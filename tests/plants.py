"""Reports of plants of the registry, for tests of what the views make of them."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from clickhouse_connect.driver.client import Client

from streams.core.record import Record
from streams.registry import load_registry
from tests.driver import with_offsets
from tests.events import record_of
from tests.folding import fold_records

Event = dict[str, Any]
HOUR: Final = timedelta(hours=1)
FIVE: Final = timedelta(minutes=5)
PLANTS: Final = load_registry().plant_by_slug


def text(moment: datetime) -> str:
    """Write a time as the contract has it."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S.000Z")


def report(number: int, plant_id: str, start: datetime, **said: Any) -> Event:
    """Give a report of a plant: an hour in which it ran, unless something else is said.

    `length`, `line`, `state`, `reason`, `quantity` and `value` are of the body, the rest of the envelope.
    """
    plant, end = PLANTS[plant_id], start + said.pop("length", HOUR)
    data = {
        "plant_id": plant.slug,
        "zone_id": plant.zone,
        "line_id": said.pop("line", plant.lines[0]),
        "product": plant.products[0].slug,
        "window_start": text(start),
        "window_end": text(end),
        "state": said.pop("state", "execute"),
        "stop_reason": said.pop("reason", None),
        "quantity": said.pop("quantity", "1"),
        "unit": plant.products[0].unit,
        "value_minor": said.pop("value", 100),
        "currency": "VND",
        "price_basis": "unstated",
    }
    return _event("factory.output", number, plant.slug, end, data) | said


def stop(number: int, plant_id: str, start: datetime, **said: Any) -> Event:
    """Give a report of a plant that stands still and makes nothing."""
    return report(
        number, plant_id, start, **{"state": "stopped", "reason": "power", "quantity": "0", "value": 0} | said
    )


def output_target(year: int, value: int) -> Event:
    """Give the province's output target of a year."""
    data = {
        "indicator": "industrial_output", "scope": "lao-cai", "year": year, "value_minor": value,
        "currency": "VND", "qualifier": "gte", "effective_from": f"{year}-01-01", "source": "owner",
    }  # fmt: skip
    subject = f"industrial_output/lao-cai/{year}"
    return _event("target", 9_000_000 + year, subject, datetime(year, 1, 1, tzinfo=UTC), data)


def _event(kind: str, number: int, subject: str, time: datetime, data: dict[str, Any]) -> Event:
    return {
        "specversion": "1.0",
        "id": str(UUID(int=number)),
        "source": "/vn/laocai/plants/mes",
        "type": f"vn.laocai.kpi.{kind}.v1",
        "subject": subject,
        "time": text(time),
        "datacontenttype": "application/json",
        "data": data,
    }


def fold(client: Client, events: Sequence[Event], first_offset: int = 0) -> None:
    """Send events through the pipeline into the store, in this order."""
    records = [
        record._replace(offset=record.offset + first_offset, position=record.position + first_offset)
        for record in with_offsets(_received(event) for event in events)
    ]
    fold_records(client, records, batch=1000)


def _received(event: Event) -> Record:
    time = datetime.fromisoformat(event["time"])
    return record_of(event, received_ms=int(time.timestamp() * 1000) + 1000)


def rows_of(client: Client, query: str) -> list[tuple[Any, ...]]:
    """Run a query and give plain tuples, times in UTC."""
    rows = client.query(query, settings={"session_timezone": "UTC"}).result_rows
    return [tuple(v.replace(tzinfo=UTC) if isinstance(v, datetime) else v for v in row) for row in rows]
