"""A small known year in the tables of the live generation, for tests of boards and the wall."""

import math
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from clickhouse_connect.driver.client import Client

from streams import clock
from streams.clickhouse import connect_writer
from streams.migrate import migrate
from streams.registry import load_registry
from streams.settings import Settings

BILLION_USD: Final = 10**11  # in cents
BILLION_VND: Final = 10**9
_GATE: Final = {
    "gate_id": "kim-thanh",
    "direction": "outbound",
    "topic": "gate.crossing",
    "partition": 0,
    "version": 1,
}
_PLANT: Final = {
    "zone_id": "tang-loong",
    "plant_id": "p",
    "product": "x",
    "price_basis": "unstated",
    "unit": "TNE",
    "topic": "factory.output",
    "partition": 0,
    "quantity_micro": 10**6,
    "reports": 1,
    "version": 1,
}
_TARGET: Final = {
    "scope": "lao-cai",
    "effective_from": date(2020, 1, 1),
    "source": "owner",
    "removed": False,
    "topic": "target",
    "partition": 0,
    "version": 1,
}
_TARGETS: Final = (
    {"indicator": "trade_value", "value_minor": 5 * BILLION_USD, "currency": "USD", "qualifier": "eq"},
    {
        "indicator": "industrial_output",
        "value_minor": 51_100 * BILLION_VND,
        "currency": "VND",
        "qualifier": "gte",
    },
)
_GAMMA: Final = 1.01 / 0.99


def seed(settings: Settings) -> None:
    """Make the tables and fill in a year: 1 of 5 bn USD, 10,220 of 51,100 bn VND, a queue, an event."""
    migrate(settings, load_registry())
    client = connect_writer(settings)
    try:
        add_trade(client, BILLION_USD, "62")
        add_output(client, 10_220 * BILLION_VND, "l1")
        add_targets(client, clock.now())
        _add_last_hours(client, clock.now())
        _add_event(client, clock.now())
    finally:
        client.close()


def add_trade(client: Client, cents: int, chapter: str) -> None:
    """Add value through a gate today; each chapter is a row of its own."""
    value = {"hs_chapter": chapter, "value_usd_minor": cents, "net_mass_kg": 1000, "lines": 1}
    insert(client, "trade_day", [{**_GATE, "day": _today(), "regime": "export", **value}])


def add_output(client: Client, vnd: int, line: str) -> None:
    """Add output of a plant today; each line is a row of its own."""
    insert(client, "output_day", [{**_PLANT, "day": _today(), "line_id": line, "value_vnd": vnd}])


def _today() -> date:
    return clock.now().astimezone(clock.HANOI).date()


def add_targets(client: Client, now: datetime) -> None:
    """Add the two targets of this year."""
    year = _today().year
    rows = [
        {**_TARGET, **target, "year": year, "time": now, "id": UUID(int=number)}
        for number, target in enumerate(_TARGETS, 1)
    ]
    insert(client, "targets", rows)


def _add_last_hours(client: Client, now: datetime) -> None:
    minutes = [(now - timedelta(minutes=age)).replace(second=0, microsecond=0) for age in range(5, 200, 5)]
    value = {
        "regime": "export",
        "hs_chapter": "62",
        "value_usd_minor": 10**7,
        "net_mass_kg": 1000,
        "lines": 1,
    }
    insert(client, "trade_minute", [{**_GATE, "window_start": minute, **value} for minute in minutes])
    booth = {
        "interval": "booth_service",
        "lane_id": "unknown",
        "channel": "",
        "vehicles": 4,
        "within_goal": 4,
        "total_ms": 360_000,
        "sketch": {math.ceil(math.log(90_000) / math.log(_GAMMA)): 4},
    }
    insert(client, "latency_minute", [{**_GATE, "window_start": minute, **booth} for minute in minutes])
    hour = now.replace(minute=0, second=0, microsecond=0)
    made = {"window_start": hour, "line_id": "l1", "value_vnd": 7 * BILLION_VND}
    insert(client, "output_hour", [{**_PLANT, **made}])
    arrivals = [now - timedelta(minutes=age) for age in (5, 150)]
    insert(client, "waiting", [{**_GATE, "arrived_at": at, "vehicles": 1} for at in arrivals])


def _add_event(client: Client, now: datetime) -> None:
    event = {
        "type": "vn.laocai.kpi.gate.crossing.v1",
        "time": now,
        "id": UUID(int=9),
        "source": "/vn/laocai/kim-thanh/booth",
        "subject": "v",
        "topic": "gate.crossing",
        "partition": 0,
        "offset": 1,
        "position": 1,
        "received_at": now,
        "simulated": True,
        "payload": "{}",
    }
    insert(client, "events", [event])


def insert(client: Client, table: str, rows: Sequence[dict[str, Any]]) -> None:
    """Insert rows of one shape into a table of the live generation."""
    values = [list(row.values()) for row in rows]
    client.insert(table, values, column_names=list(rows[0]), database="kpi_g1")
