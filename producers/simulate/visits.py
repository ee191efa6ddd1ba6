"""Who comes to a gate on a day, when, with what, and with which papers."""

from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from random import Random
from typing import Final

from producers.simulate.calendar import HOUR_MS, MINUTE_MS, day_start_ms
from producers.simulate.chance import cumulative, id_prefix, stream, unit_lognormal, whole
from producers.simulate.commodities import COMMODITIES, Commodity, vehicles_on
from producers.simulate.goods import Load, draw_load
from producers.simulate.paperwork import REFUSED_SHARE, Paperwork, draw_paperwork
from producers.simulate.vehicles import draw_vehicle
from producers.spans import Span
from streams.registry import Gate

# Which part of a kind of traffic takes which gate (assumption; Kim Thanh holds nearly all of the road).
GATE_SHARES: Final = {
    "kim-thanh": ("road", 0.97),
    "ho-kieu": ("road", 0.03),
    "lao-cai-rail": ("rail", 1.0),
    "muong-khuong": ("resident", 0.6),
    "lo-co-chin": ("resident", 0.4),
}
LOADED_SHARE: Final = 0.72
# More trucks bring goods in than out, yet 180 leave for 190 that come (public): empty ones make up for it.
_EMPTY_OUTBOUND_SHARE: Final = 0.65
_DAY_SIGMA: Final = 0.1
_WAGONS: Final = 16
_WAGON_MS: Final = 20_000
# No train comes so late that its wagons would stand over midnight (assumption).
_LAST_TRAIN_MS: Final = 21 * HOUR_MS
_VEHICLES_PER_DECLARATION: Final = 1.7
# Each gate hands out its own block of a day's declaration numbers.
NUMBERS_A_GATE: Final = 5_000
_FIRST_HOUR: Final = 7
HOUR_SHARES: Final = {
    "outbound": (85, 115, 120, 105, 80, 60, 75, 90, 85, 70, 55, 35, 12, 8, 5),
    "inbound": (40, 70, 95, 105, 90, 70, 80, 95, 100, 95, 75, 50, 18, 10, 7),
}


@dataclass(slots=True)
class Visit:
    """One pass of one vehicle through one gate, before its lane is known."""

    visit_id: str
    ids: str
    gate_id: str
    direction: str
    arrived_ms: int
    vehicle: str
    load: Load | None
    paperwork: Paperwork | None
    ready_ms: int

    @property
    def refused(self) -> bool:
        """Tell whether its papers were refused, so that it turns back."""
        return self.paperwork is not None and self.paperwork.refused


@lru_cache(maxsize=64)
def _hours(opens_at: str, closes_at: str, direction: str) -> tuple[tuple[int, ...], list[float]]:
    opening, closing = int(opens_at[:2]), int(closes_at[:2])
    hours = tuple(h for h in range(opening, closing) if 0 <= h - _FIRST_HOUR < len(HOUR_SHARES[direction]))
    return hours, cumulative([HOUR_SHARES[direction][h - _FIRST_HOUR] for h in hours])


def _road_arrivals(rng: Random, gate: Gate, direction: str, day: date, count: int) -> list[int]:
    hours, weights = _hours(gate.opens_at, gate.closes_at, direction)
    start = day_start_ms(day)
    drawn = rng.choices(hours, cum_weights=weights, k=count)
    return [start + int((hour + rng.random()) * HOUR_MS) for hour in drawn]


def _train_arrivals(rng: Random, day: date, trains: int) -> list[int]:
    last = day_start_ms(day) + _LAST_TRAIN_MS
    starts = [int(rng.uniform(day_start_ms(day), last)) for _ in range(trains)]
    return [start + wagon * _WAGON_MS for start in starts for wagon in range(_WAGONS)]


def _arrivals(rng: Random, gate: Gate, day: date, commodity: Commodity, expected: float) -> list[int]:
    if commodity.kind == "rail":
        return _train_arrivals(rng, day, whole(rng, expected / _WAGONS))
    return _road_arrivals(rng, gate, commodity.direction, day, whole(rng, expected))


def _timetable(rng: Random, gate: Gate, day: date, factor: float) -> list[tuple[int, str, int]]:
    """Draw every arrival of a day as (moment, direction, commodity or -1 if empty), in order."""
    kind, share = GATE_SHARES[gate.slug]
    # Some are turned away; the published value is that of those who cross.
    share *= factor * unit_lognormal(rng, _DAY_SIGMA) / (1 - REFUSED_SHARE)
    arrivals: list[tuple[int, str, int]] = []
    for number, commodity in enumerate(COMMODITIES):
        if commodity.kind == kind:
            times = _arrivals(rng, gate, day, commodity, vehicles_on(number, day) * share)
            arrivals += [(at, commodity.direction, number) for at in times]
    empty = 0.0 if kind == "rail" else len(arrivals) * (1 - LOADED_SHARE) / LOADED_SHARE
    for direction, part in (("outbound", _EMPTY_OUTBOUND_SHARE), ("inbound", 1 - _EMPTY_OUTBOUND_SHARE)):
        times = _road_arrivals(rng, gate, direction, day, whole(rng, empty * part))
        arrivals += [(at, direction, -1) for at in times]
    return sorted(arrivals)


class _Declarations:
    """Hands out declaration numbers and lines: one declaration covers 1.7 vehicles of a class on average."""

    def __init__(self, rng: Random, day: date, block: int) -> None:
        self._rng = rng
        self._day = f"{day:%y%j}"
        self._next = block * NUMBERS_A_GATE
        self._open: dict[int, tuple[str, int]] = {}

    def line(self, number: int, direction: str) -> tuple[str, int]:
        current = self._open.get(number)
        if current is None or self._rng.random() < 1 / _VEHICLES_PER_DECLARATION:
            prefix = "30" if direction == "outbound" else "10"
            current = (f"{prefix}{self._day}{self._next:05d}", 1)
            self._next += 1
        self._open[number] = (current[0], current[1] + 2)
        return current


def draw_visits(world: str, gate: Gate, day: date, factor: float, closed: Span | None = None) -> list[Visit]:
    """Draw the visits that arrive at a gate on a day, by arrival; a gate without known traffic has none.

    Traffic is `factor` times that of the base year; nobody comes in while the other side is `closed`.
    """
    if gate.slug not in GATE_SHARES:
        return []
    rng = stream(world, "visits", gate.slug, day)
    declarations = _Declarations(rng, day, list(GATE_SHARES).index(gate.slug))
    counts = {"outbound": 0, "inbound": 0}
    visits = []
    for at, direction, number in _timetable(rng, gate, day, factor):
        if closed and direction == "inbound" and closed[0] <= at < closed[1]:
            continue
        counts[direction] += 1
        visit_id = f"{day:%Y%m%d}-{gate.slug}-{direction[0]}{counts[direction]:04d}"
        load = None
        if number >= 0:
            load = draw_load(rng, COMMODITIES[number], declarations.line(number, direction), day)
        visits.append(_visit(rng, world, visit_id, (gate.slug, direction, at, day), load))
    return visits


def _visit(
    rng: Random, world: str, visit_id: str, arrival: tuple[str, str, int, date], load: Load | None
) -> Visit:
    gate_id, direction, at, day = arrival
    vehicle = draw_vehicle(rng, world, GATE_SHARES[gate_id][0], load.net_mass_kg if load else 0)
    ready = at + int(rng.uniform(0.5, 2) * MINUTE_MS)
    paperwork = None
    if load:
        paperwork = draw_paperwork(rng, at, day_start_ms(day), load.hs_chapter)
        ready = max(ready, paperwork.end_ms + int(rng.uniform(1, 4) * MINUTE_MS))
    ids = id_prefix(world, visit_id)
    return Visit(visit_id, ids, gate_id, direction, at, vehicle, load, paperwork, ready)
