"""Electricity bought over the grid: one declaration a day for what came over the line."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Final

from producers.simulate.calendar import clock_ms
from producers.simulate.chance import id_prefix, stream
from producers.simulate.commodities import COMMODITIES, vehicles_on
from producers.simulate.emission import Emission
from producers.simulate.goods import draw_load
from producers.simulate.visit_events import VisitWriter, paid_text
from producers.simulate.visits import NUMBERS_A_GATE, Visit
from streams.registry import Gate

# Customs at Kim Thành clears it (assumption); the contract knows no power line, so it is a vehicle of class
# `other` that weighs nothing and uses no lane.
_GATE: Final = "kim-thanh"
_NUMBER: Final = next(n for n, commodity in enumerate(COMMODITIES) if commodity.kind == "grid")
_VEHICLE: Final = '"vehicle_country":"CN","vehicle_class":"other","loaded":true,"gross_mass_kg":0'
_AT: Final = "16:00"
_STAGE_STEP: Final = 0x10


def grid_visit(world: str, gate: Gate, day: date, factor: float) -> Visit | None:
    """Draw the electricity of a day, None at a gate that clears none."""
    if gate.slug != _GATE:
        return None
    rng = stream(world, "grid", day)
    line = COMMODITIES[_NUMBER]
    number = f"10{day:%y%j}{20 * NUMBERS_A_GATE - 1:05d}"
    declared = replace(line, usd=line.usd * vehicles_on(_NUMBER, day) * factor)
    load = draw_load(rng, declared, (number, 1), day)
    visit_id = f"{day:%Y%m%d}-{gate.slug}-grid"
    at = clock_ms(day, _AT)
    return Visit(visit_id, id_prefix(world, visit_id), gate.slug, "inbound", at, _VEHICLE, load, None, at)


def grid_events(visit: Visit, flags: str) -> Iterator[Emission]:
    """Write the payment of the day's electricity, and the electricity."""
    writer = VisitWriter(visit, "road", flags, 0)
    paid = f'"stage":"duty_paid"{paid_text(visit.load)}'
    yield writer.stage(_STAGE_STEP, visit.arrived_ms, "customs", paid)
    yield writer.crossing("crossed", visit.arrived_ms)
