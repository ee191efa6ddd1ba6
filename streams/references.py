"""The reference tables of a generation: what the registry and the seasons say, for the views to join."""

from collections.abc import Iterator, Sequence
from typing import Any, Final

from clickhouse_connect.driver.client import Client

from streams import clock
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
# A registry names a lane after its gate, its direction and its number (assumption).
_DIRECTIONS: Final = {"-out-": "outbound", "-in-": "inbound"}


def record_references(client: Client, registry: Registry) -> None:
    """Write what is not yet there as it should be; the client is connected to the generation's database."""
    zones = [(zone.slug, zone.park) for zone in registry.zones]
    hours = [(gate.slug, minutes_of(gate.opens_at), minutes_of(gate.closes_at)) for gate in registry.gates]
    starts = [minutes_of(shift.starts_at) for shift in registry.shifts]
    _record(client, "SELECT zone_id, park FROM zones FINAL", "zones", zones)
    _record(client, _STORED_GATES, "gates", _gates(registry))
    _record(client, "SELECT lane_id, gate_id, direction FROM lanes FINAL", "lanes", _lanes(registry))
    _record(client, _STORED_HOURS, "gate_hours", hours)
    _record(client, _STORED_SHIFTS, "shifts", [(registry.scope, [s.slug for s in registry.shifts], starts)])
    _record(client, _STORED_SEASONS, "seasons", _seasons())


def _record(client: Client, stored: str, table: str, rows: Sequence[tuple[Any, ...]]) -> None:
    result = client.query(stored)
    changed = [(*row, clock.now()) for row in rows if row not in result.result_rows]
    if changed:
        client.insert(table, changed, column_names=[*result.column_names, "recorded_at"])


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


def _seasons() -> list[tuple[Any, ...]]:
    return [
        (indicator, year, *_from_zero(season.shares, before.shares, season.open_days, before.open_days))
        for indicator in SEASONS
        for year in _YEARS
        if (season := curve(indicator, year)) and (before := curve(indicator, year - 1))
    ]


def _from_zero(*sums: Sequence[int]) -> Iterator[list[int]]:
    return ([0, *days] for days in sums)
