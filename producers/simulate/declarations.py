"""The declarations behind a day's vehicles, and when each is lodged, presented and released."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date
from random import Random
from typing import Final, NamedTuple

from producers.simulate.calendar import HOUR_MS, MINUTE_MS
from producers.simulate.chance import lognormal, stream
from producers.simulate.duties import duty_vnd
from producers.simulate.two_systems import BOTH, Entry, Times, entries_of, withdrawn_entries
from producers.simulate.visits import NUMBERS_A_GATE, Visit
from streams.registry import Gate

# The platform runs at Kim Thành since then (source documents); only there two systems can be compared.
PLATFORM_SINCE: Final = {"kim-thanh": date(2023, 8, 21)}
# A declaration is lodged so many minutes before its first vehicle arrives (assumption).
_AHEAD_MINUTES: Final = (240.0, 0.8)
_AHEAD_MS: Final = (10 * MINUTE_MS, 18 * HOUR_MS)
# Beside so many of a day's declarations there is one of which no vehicle comes (assumption).
_WITHDRAWN_SHARE: Final = 0.015
_WITHDRAWN_FROM: Final = 4_000


class Declaration(NamedTuple):
    """A declaration and what the systems learn of it, in the order of time."""

    number: str
    regime: str
    usd_minor: int
    net_mass_kg: int
    lines: int
    duty_vnd: int
    entries: list[Entry]


def draw_declarations(world: str, gate: Gate, day: date, visits: Iterable[Visit]) -> Iterator[Declaration]:
    """Draw the declarations behind a day's visits, and those of which no vehicle comes."""
    since = PLATFORM_SINCE.get(gate.slug)
    if since is None:
        return
    rng = stream(world, "declarations", gate.slug, day)
    known = BOTH if day >= since else BOTH[1:]
    withdrawn = _WITHDRAWN_FROM
    for number, vehicles in _by_number(visits).items():
        times = _times(rng, vehicles)
        declared = _declared(number, vehicles)
        yield declared._replace(entries=entries_of(rng, declared.usd_minor, times, known))
        if rng.random() < _WITHDRAWN_SHARE:
            entries = withdrawn_entries(rng, declared.usd_minor, times.registered_ms, known)
            yield declared._replace(number=_sibling(number, withdrawn), entries=entries)
            withdrawn += 1


def _by_number(visits: Iterable[Visit]) -> dict[str, list[Visit]]:
    vehicles = defaultdict(list)
    for visit in visits:
        if visit.load:
            vehicles[visit.load.declaration_no].append(visit)
    return vehicles


def _sibling(number: str, serial: int) -> str:
    """Give a number of the same day and gate that no vehicle bears."""
    block = int(number[7:]) // NUMBERS_A_GATE * NUMBERS_A_GATE
    return f"{number[:7]}{block + serial:05d}"


def _declared(number: str, vehicles: list[Visit]) -> Declaration:
    loads = [visit.load for visit in vehicles if visit.load]
    return Declaration(
        number,
        loads[0].regime,
        sum(load.usd_minor for load in loads),
        sum(load.net_mass_kg for load in loads),
        sum(len(load.lines) for load in loads),
        sum(map(duty_vnd, loads)),
        [],
    )


def _times(rng: Random, vehicles: list[Visit]) -> Times:
    """Draw when it is lodged: hours before the first vehicle, and never after it is presented at the gate."""
    papers = [visit.paperwork for visit in vehicles if visit.paperwork]
    presented = min(paper.stages[0].at_ms for paper in papers)
    ahead = min(max(int(lognormal(rng, *_AHEAD_MINUTES) * MINUTE_MS), _AHEAD_MS[0]), _AHEAD_MS[1])
    registered = min(presented, min(visit.arrived_ms for visit in vehicles) - ahead)
    passed = [paper.end_ms for paper in papers if not paper.refused]
    return Times(registered, presented, max(passed or [paper.end_ms for paper in papers]), bool(passed))
