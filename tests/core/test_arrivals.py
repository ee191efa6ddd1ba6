"""The forecast of arrivals: its parts by hand, and what it is worth in a simulated world."""

from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from functools import cache
from itertools import product
from typing import Final, NamedTuple

import pytest

from producers.simulate.calendar import HOUR_MS, local_day
from producers.simulate.declarations import draw_declarations
from producers.simulate.gate_day import GateDay
from producers.simulate.scenario import Scenario
from streams.core.arrivals import MAX_WEEKS, Profile, band, factor, profile, published_hours
from streams.registry import load_registry

MONDAY: Final = date(2026, 3, 2)
_WORLD: Final = "2026"
_OUTBOUND: Final = ("export", "re_export")
_DIRECTIONLESS: Final = ("transit", "bonded", "border_resident")


def days_before(*numbers: int) -> list[date]:
    """Give days before a Monday."""
    return [MONDAY - timedelta(days=number) for number in numbers]


def test_the_usual_is_that_of_the_weekday_and_of_the_hour() -> None:
    """Two weeks: 20 and 40 on the Mondays, 20 on a Sunday; 60 of these 80 at 08:00."""
    older, monday, sunday = days_before(14, 7, 1)
    arrivals = {
        (older, 8): 15,
        (older, 9): 5,
        (monday, 8): 30,
        (monday, 9): 10,
        (sunday, 8): 15,
        (sunday, 9): 5,
    }

    usual = profile({**arrivals, (MONDAY, 8): 99, (days_before(15)[0], 8): 99}, MONDAY, weeks=2)

    assert (30.0, 0.0, 0.0, 0.0, 0.0, 0.0, 10.0) == usual.days
    assert (0.75, 0.25) == usual.hours[8:10]
    assert 22.5 == usual.usual(MONDAY, 8)


def test_dispersion_is_pearsons() -> None:
    """Two Mondays of 16 and 0 where 8 are expected: (64 + 64) / 8 over one degree of freedom."""
    usual = profile({(days_before(7)[0], 3): 16}, MONDAY, weeks=2)

    assert (16.0, 8.0) == (usual.dispersion, usual.usual(MONDAY, 3))


def test_even_arrivals_are_poisson() -> None:
    """The dispersion of counts that are too even is 1, and of none at all, too."""
    assert 1.0 == profile({(day, 3): 5 for day in days_before(7, 14)}, MONDAY, weeks=2).dispersion
    assert Profile((0.0,) * 7, (0.0,) * 24) == profile({}, MONDAY, weeks=2)


def test_declarations_move_the_forecast() -> None:
    """20 open where 45 are usual halve it; one of none says little; nothing declared says nothing."""
    assert [0.5, 1.2, 1.0] == [factor(20, 45), factor(1, 0), factor(0, 0)]


def test_nine_of_ten_hours_lie_in_the_band() -> None:
    """25 vehicles: 25 -+ 8.2; four times the variance doubles it; there is no less than none."""
    assert [(16, 34), (8, 42), (0, 3), (0, 0)] == [band(25, 1), band(25, 4), band(1, 1), band(0, 1)]


def test_published_hours_are_those_of_an_open_gate() -> None:
    """A gate that closes at 19:00 drops the last three; one open day and night has 24 alike."""
    until_seven = published_hours("outbound", 7, 19)

    assert 0.085 / 0.975 == pytest.approx(until_seven[7])
    assert 0 == until_seven[6] == until_seven[19]
    assert pytest.approx(1) == sum(until_seven)
    assert {1 / 24} == set(published_hours("inbound", 0, 24))


class World(NamedTuple):
    """What a simulated Kim Thành saw of one direction."""

    arrivals: dict[tuple[date, int], int]
    #: When each declaration was lodged and over (ms), and how much of it counts.
    declarations: list[tuple[int, int, float]]

    def opened(self, at_ms: int) -> float:
        """Count the declarations that are open at a moment."""
        since = at_ms - 48 * HOUR_MS
        return sum(part for lodged, over, part in self.declarations if since < lodged <= at_ms < over)


@cache
def simulated(first: date, days: int, direction: str) -> World:
    """Draw the arrivals and declarations of some days."""
    gate = load_registry().gate_by_slug["kim-thanh"]
    arrivals: Counter[tuple[date, int]] = Counter()
    declarations = []
    for number in range(days):
        day = first + timedelta(days=number)
        visits = GateDay(_WORLD, gate, day, Scenario()).visits
        for visit in visits:
            if visit.direction == direction:
                arrivals[local_day(visit.arrived_ms), (visit.arrived_ms // HOUR_MS + 7) % 24] += 1
        for declared in draw_declarations(_WORLD, gate, day, visits):
            out = declared.regime in _OUTBOUND
            part = 0.5 if declared.regime in _DIRECTIONLESS else float(out == (direction == "outbound"))
            over = [e.at_ms for e in declared.entries if e.status in {"released", "cancelled"}]
            declarations.append((min(e.at_ms for e in declared.entries), min(over, default=1 << 60), part))
    return World(dict(arrivals), [declared for declared in declarations if declared[2]])


class Outcome(NamedTuple):
    """An hour as it was expected, as it is usual, and as it came."""

    expected: float
    usual: float
    within: bool
    arrived: int


def outcomes(world: World, first: date, days: int) -> Iterator[Outcome]:
    """Forecast twelve hours from 06:00, 10:00 and 14:00 of some days."""
    for number, hour in product(range(days), (6, 10, 14)):
        today = first + timedelta(days=number)
        at_ms = (today - date(1970, 1, 1)).days * 24 * HOUR_MS + (hour - 7) * HOUR_MS
        usual = profile(world.arrivals, today, MAX_WEEKS)
        weeks = [world.opened(at_ms - week * 7 * 24 * HOUR_MS) for week in range(1, MAX_WEEKS + 1)]
        declared = factor(world.opened(at_ms), sum(weeks) / MAX_WEEKS)
        for ahead in range(hour, min(hour + 12, 24)):
            expected, came = usual.usual(today, ahead) * declared, world.arrivals.get((today, ahead), 0)
            low, high = band(expected, usual.dispersion)
            yield Outcome(expected, usual.usual(today, ahead), low <= came <= high, came)


@pytest.mark.parametrize("direction", ["outbound", "inbound"])
@pytest.mark.parametrize(
    ("first", "tolerance", "gain"),
    [
        pytest.param(date(2026, 4, 1), 0.26, 0.9, id="ordinary weeks"),
        # The usual knows nothing of Tết (17 February 2026): the declarations do.
        pytest.param(date(2026, 2, 12), 0.36, 0.55, id="around Tet"),
    ],
)
def test_the_forecast_is_near_what_comes(direction: str, first: date, tolerance: float, gain: float) -> None:
    """It misses no more than so much of the hourly vehicles, and clearly less than the usual alone."""
    world = simulated(first - timedelta(days=30), 42, direction)

    hours = list(outcomes(world, first, days=12))

    arrived = sum(one.arrived for one in hours)
    missed = sum(abs(one.expected - one.arrived) for one in hours) / arrived
    missed_by_usual = sum(abs(one.usual - one.arrived) for one in hours) / arrived
    assert arrived > 3000
    assert missed < tolerance
    assert missed < gain * missed_by_usual
    assert abs(sum(one.expected for one in hours) / arrived - 1) < 0.2
    assert sum(one.within for one in hours) / len(hours) > 0.85
