"""The lanes of a gate: one first-in-first-out queue a direction, served by whichever lane is free first."""

import heapq
import math
from collections.abc import Iterable
from datetime import date
from functools import lru_cache
from random import Random
from typing import Final, NamedTuple

from producers.simulate.calendar import MINUTE_MS
from producers.simulate.chance import lognormal
from producers.simulate.visits import Visit

# Booth service in minutes before and after the platform (domain.md 4.2; ends of the ramp are public).
_BEFORE: Final = (4.9, 0.20)
_AFTER: Final = (1.45, 0.35)
_RAMP: Final = (date(2023, 8, 21), date(2024, 11, 1))
# The logistic curve runs from 2 % to 98 % over this many of its units.
_RAMP_UNITS: Final = 8
_EXCEPTION_SHARE: Final = 0.03
_EXCEPTION_MINUTES: Final = (18, 0.6)
_HEADWAY_MS: Final = 8_000
_EXIT_MS: Final = (20_000, 90_000)


class Session(NamedTuple):
    """A time during which a lane takes vehicles."""

    start_ms: int
    lane_id: str
    until_ms: int


class Served(NamedTuple):
    """A visit's pass through its lane; `held_ms` is how long an exception took after the booth, else 0."""

    visit: Visit
    lane_id: str
    start_ms: int
    end_ms: int
    crossed_ms: int
    held_ms: int


class Service(NamedTuple):
    """How a direction is served: booth service in minutes, and the time between two that are let pass."""

    median: float
    sigma: float
    gap_ms: int = 0


@lru_cache(maxsize=64)
def booth_service(day: date) -> tuple[float, float]:
    """Give median minutes and sigma of booth service on a day: a logistic ramp between before and after."""
    first, last = _RAMP
    progress = (day - first).days / (last - first).days - 0.5
    after = 1 / (1 + math.exp(-_RAMP_UNITS * progress))
    median = math.exp(math.log(_BEFORE[0]) * (1 - after) + math.log(_AFTER[0]) * after)
    return median, _BEFORE[1] * (1 - after) + _AFTER[1] * after


def serve(
    rng: Random, service: Service, queue: Iterable[tuple[int, Visit]], sessions: Iterable[Session]
) -> tuple[list[Served], list[Visit]]:
    """Serve a queue of (moment ready, visit); give who passed, and whom no session had time for."""
    free = list(sessions)
    heapq.heapify(free)
    served: list[Served] = []
    unserved = []
    for ready_ms, visit in sorted(queue, key=lambda entry: (entry[0], entry[1].visit_id)):
        earliest = max(ready_ms, served[-1].start_ms + service.gap_ms) if served else ready_ms
        while free and max(earliest, free[0].start_ms) >= free[0].until_ms:
            heapq.heappop(free)
        if not free:
            unserved.append(visit)
            continue
        lane = free[0]._replace(start_ms=max(earliest, free[0].start_ms))
        served.append(_pass(rng, service, visit, lane))
        heapq.heapreplace(free, lane._replace(start_ms=served[-1].end_ms + _HEADWAY_MS))
    return served, unserved


def _pass(rng: Random, service: Service, visit: Visit, lane: Session) -> Served:
    end = lane.start_ms + int(lognormal(rng, service.median, service.sigma) * MINUTE_MS)
    held = 0
    if rng.random() < _EXCEPTION_SHARE:
        held = int(lognormal(rng, *_EXCEPTION_MINUTES) * MINUTE_MS)
    crossed = end + held + int(rng.uniform(*_EXIT_MS))
    return Served(visit, lane.lane_id, lane.start_ms, end, crossed, held)
