"""Which vehicles had declared on the platform before they crossed, against figures worked out by hand."""

from datetime import timedelta
from typing import Any

import pytest
from clickhouse_connect.driver.client import Client

from streams import clock
from streams.events import epoch_ms, time_to_text
from tests.driver import with_offsets
from tests.events import correction, crossing, envelope, goods, record_of
from tests.folding import fold_records

pytestmark = pytest.mark.integration

Event = dict[str, Any]


def ago(minutes: float) -> str:
    """Write a moment so many minutes ago."""
    return time_to_text(clock.now().replace(microsecond=0) - timedelta(minutes=minutes))


def crossed(number: int, visit: str, minutes: float, *declarations: int, **extra: Any) -> Event:
    """Give a crossing with a line of goods for each declaration."""
    lines = [goods() | {"declaration_no": f"{name:012d}"} for name in declarations]
    return crossing(number, visit, "crossed", 0, goods=lines, loaded=bool(lines), time=ago(minutes), **extra)


def declared(number: int, name: int, minutes: float, system: str = "digital_gate") -> Event:
    """Give a declaration as a system registered it."""
    data = {
        "declaration_no": f"{name:012d}", "system": system, "version_no": 1, "status": "registered",
        "regime": "export", "gate_id": "kim-thanh", "value_usd_minor": 1000, "net_mass_kg": 1, "lines": 1,
        "duty_minor": 0,
    }  # fmt: skip
    return envelope("declaration", number, f"{name:012d}", 0, data, time=ago(minutes))


def test_a_vehicle_had_declared_if_the_platform_knew_all_its_goods(client: Client) -> None:
    """Two of five did; one declared at customs alone, one too late, one only half of its goods."""
    events = [
        *(declared(1, 1, 100), declared(2, 2, 100, "vnaccs_vcis"), declared(3, 3, 10)),
        crossed(11, "declared", 60, 1),
        crossed(12, "at-customs-alone", 60, 2),
        crossed(13, "too-late", 60, 3),
        crossed(14, "half", 60, 1, 2),
        crossed(15, "empty", 60),
        crossed(16, "cancelled", 60, 1),
        crossed(17, "cancelled", 60, 1, **correction("cancel", 16, 0)),
        crossed(18, "amended", 60, 2),
        crossed(19, "amended", 60, 1, **correction("amend", 18, 0)),
    ]
    now = epoch_ms(clock.now())
    fold_records(client, with_offsets(record_of(event, received_ms=now) for event in events))

    rows = client.query(
        "SELECT sum(loaded_vehicles), sum(digital_vehicles) FROM kpi.adoption_by_day"
        " WHERE gate_id = 'kim-thanh' AND direction = 'outbound'"
    ).result_rows

    assert [(5, 2)] == rows
