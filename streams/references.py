"""The reference tables of a generation: what the registry and the seasons say, for the views to join."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, Final

from clickhouse_connect.driver.client import Client

from streams import clock
from streams.core.arrivals import PUBLISHED_A_DAY, published_hours
from streams.core.opening import minutes_of
from streams.core.season import SEASONS, curve
from streams.registry import Registry

# The first published figures are of 2020; a year outside has targets and percentages, but no plan.
_YEARS: Final = range(2015, 2051)
_STORED_SEASONS: Final = (
    "SELECT indicator, year, shares, shares_before, open_days, open_days_before FROM seasons FINAL"
)
_STORED_HOURS: Final = "SELECT gate_id, opens_minute, closes_minute FROM gate_hours FINAL"
_STORED_SHIFTS: Final = "SELECT scope, names, starts FROM shifts FINAL"

_STORED_GATES: Final = (
    "SELECT gate_id, kind, vi, counterpart_vi, opens_at, closes_at, yard_capacity, basis FROM gates FINAL"
)
_STORED_PRODUCTS: Final = (
    "SELECT plant_id, product, unit, nameplate, nameplate_basis, nameplate_source, planned_capacity,"
    " planned_source, price_vnd FROM plant_products FINAL"
)
_STORED_PROJECTS: Final = (
    "SELECT scope, year, state, projects, total, basis, source FROM project_counts FINAL"
)
_STORED_ARRIVALS: Final = "SELECT gate_id, direction, vehicles_a_day, hours FROM published_arrivals FINAL"
# A registry names a lane after its gate, its direction and its number (assumption).
_DIRECTIONS: Final = {"-out-": "outbound", "-in-": "inbound"}


def record_references(client: Client, registry: Registry) -> None:
    """Write what is not yet there as it should be; the client is connected to the generation's database."""
    zones = [(zone.slug, zone.park) for zone in registry.zones]
    hours = [(gate.slug, minutes_of(gate.opens_at), minutes_of(gate.closes_at)) for gate in registry.gates]
    starts = [minutes_of(shift.starts_at) for shift in registry.shifts]
    _record(client, "SELECT zone_id, park FROM zones FINAL", "zones", zones)
    _record(client, _STORED_GATES, "gates", _gates(registry))
    _record(client, _STORED_ARRIVALS, "published_arrivals", _arrivals(registry))
    _record(client, "SELECT lane_id, gate_id, direction FROM lanes FINAL", "lanes", _lanes(registry))
    _record(client, _STORED_HOURS, "gate_hours", hours)
    _record(client, _STORED_SHIFTS, "shifts", [(registry.scope, [s.slug for s in registry.shifts], starts)])
    _record(client, _STORED_SEASONS, "seasons", _seasons())
    goods = [(name.hs_code, name.vi, name.en) for name in registry.commodities]
    _record(client, "SELECT hs_code, vi, en FROM commodities FINAL", "commodities", goods)
    _record_plants(client, registry)


def _record_plants(client: Client, registry: Registry) -> None:
    stored = "SELECT plant_id, zone_id, vi, lines, stopped_since FROM plants FINAL"
    plants = [(p.slug, p.zone, p.vi, list(p.lines), p.stopped_since) for p in registry.plants]
    projects = [
        (count.scope, count.year, state, number, count.total, count.basis, count.source)
        for count in registry.projects
        for state, number in count.states.items()
    ]
    _record(client, stored, "plants", plants)
    _record(client, _STORED_PRODUCTS, "plant_products", _products(registry))
    _record(client, _STORED_PROJECTS, "project_counts", projects)


def _record(client: Client, stored: str, table: str, rows: Sequence[tuple[Any, ...]]) -> None:
    result = client.query(stored)
    changed = [row for row in rows if row not in result.result_rows]
    if changed:
        now = _after_all_recorded(client, table)
        names = [*result.column_names, "recorded_at"]
        client.insert(table, [(*row, now) for row in changed], column_names=names)


def _after_all_recorded(client: Client, table: str) -> datetime:
    """Give this moment, but one after all that is recorded: the newest row stands."""
    # The clock of the host that recorded the row before may be ahead of this one's.
    query = (
        "SELECT greatest({now:DateTime64(3, 'UTC')}, max(recorded_at) + toIntervalMillisecond(1))"
        " FROM {table:Identifier}"
    )
    answer = client.query(query, {"now": clock.now(), "table": table}, tz_mode="aware")
    moment: datetime = answer.result_rows[0][0]
    return moment


def _gates(registry: Registry) -> list[tuple[Any, ...]]:
    return [
        (
            *(gate.slug, gate.kind, gate.vi, gate.counterpart_vi),
            *(gate.opens_at, gate.closes_at, gate.yard_capacity, gate.basis),
        )
        for gate in registry.gates
    ]


def _lanes(registry: Registry) -> list[tuple[Any, ...]]:
    return [
        (lane, gate.slug, next((name for mark, name in _DIRECTIONS.items() if mark in lane), ""))
        for gate in registry.gates
        for lane in gate.lanes
    ]


def _products(registry: Registry) -> list[tuple[Any, ...]]:
    return [
        (
            *(plant.slug, product.slug, product.unit, product.nameplate, plant.basis.get("nameplate", "")),
            *(product.nameplate_source, product.planned_capacity, product.planned_source, product.price_vnd),
        )
        for plant in registry.plants
        for product in plant.products
    ]


def _arrivals(registry: Registry) -> list[tuple[Any, ...]]:
    return [
        (gate.slug, direction, PUBLISHED_A_DAY.get((gate.slug, direction), 0.0), list(hours))
        for gate in registry.gates
        for direction in _DIRECTIONS.values()
        if (hours := published_hours(direction, int(gate.opens_at[:2]), int(gate.closes_at[:2])))
    ]


def _seasons() -> list[tuple[Any, ...]]:
    return [
        (indicator, year, *_from_zero(season.shares, before.shares, season.open_days, before.open_days))
        for indicator in SEASONS
        for year in _YEARS
        if (season := curve(indicator, year)) and (before := curve(indicator, year - 1))
    ]


def _from_zero(*sums: Sequence[int]) -> Iterator[list[int]]:
    return ([0, *days] for days in sums)
