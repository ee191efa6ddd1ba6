"""When the lines of a plant stand still, for how long and why."""

import math
from datetime import date
from functools import lru_cache
from typing import Final, NamedTuple

from producers.simulate.calendar import DAY_MS, HOUR_MS, day_start_ms
from producers.simulate.chance import lognormal, stream, whole
from streams.registry import Plant

# A stop that ended less than this before a day still covers the start of the day's first window.
_WINDOW_MS: Final = 5 * 60_000


class StopKind(NamedTuple):
    """A kind of stop: how many a year, how long (log-normal), and why (assumptions)."""

    a_year: float
    median_hours: float
    sigma: float
    reasons: tuple[str, ...]

    @property
    def hours_a_year(self) -> float:
        """Give how long a line stands still a year for this."""
        return self.a_year * self.median_hours * math.exp(self.sigma**2 / 2)


STOP_KINDS: Final = (
    StopKind(24, 3, 0.5, ("breakdown", "power", "raw_material", "labour")),
    StopKind(1.5, 8 * 24, 0.5, ("planned", "market", "breakdown", "environment")),
)
_HOURS_A_YEAR: Final = 8766
# The share of a year that the stops above take on average; running lines make up for it.
STOPPED_SHARE: Final = sum(kind.hours_a_year for kind in STOP_KINDS) / _HOURS_A_YEAR


class Stop(NamedTuple):
    """A time during which a line stands still."""

    start_ms: int
    end_ms: int
    reason: str

    def covers(self, start_ms: int, end_ms: int) -> bool:
        """Tell whether the line stands still at some moment of a window."""
        return self.start_ms < end_ms and start_ms < self.end_ms


@lru_cache(maxsize=512)
def stops_of_year(world: str, plant: str, line: str, year: int) -> tuple[Stop, ...]:
    """Draw the stops of a line that start in a year."""
    rng = stream(world, "stops", plant, line, year)
    first, last = day_start_ms(date(year, 1, 1)), day_start_ms(date(year + 1, 1, 1))
    stops = []
    for kind in STOP_KINDS:
        for _ in range(whole(rng, kind.a_year)):
            start = int(rng.uniform(first, last))
            end = start + int(lognormal(rng, kind.median_hours, kind.sigma) * HOUR_MS)
            stops.append(Stop(start, end, rng.choice(kind.reasons)))
    return tuple(sorted(stops))


def stops_of_day(world: str, plant: Plant, line: str, day: date) -> list[Stop]:
    """Give the stops of a line that touch a day; a plant that has stopped for good stands still all of it."""
    start = day_start_ms(day)
    if plant.stopped_since and day >= plant.stopped_since:
        return [Stop(0, start + DAY_MS, "market")]
    years = (stops_of_year(world, plant.slug, line, year) for year in (day.year - 1, day.year))
    near = (stop for stops in years for stop in stops)
    return [stop for stop in near if stop.start_ms < start + DAY_MS and stop.end_ms > start - _WINDOW_MS]
