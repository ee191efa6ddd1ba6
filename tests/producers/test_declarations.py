"""Two systems know the same declarations: mostly both, now and then one, late, or with another value."""

from collections import Counter
from datetime import date, timedelta
from typing import Final

import pytest

from producers.simulate.calendar import HOUR_MS, MINUTE_MS
from producers.simulate.declarations import Declaration, draw_declarations
from producers.simulate.two_systems import Entry
from producers.simulate.world import World
from streams.registry import load_registry

REGISTRY: Final = load_registry()
KIM_THANH: Final = REGISTRY.gate_by_slug["kim-thanh"]
DAYS: Final = tuple(date(2026, 5, 4) + timedelta(days=n) for n in range(28))


def _declarations(world: World, day: date) -> list[Declaration]:
    return list(draw_declarations("7", KIM_THANH, day, world.gate_day("kim-thanh", day).visits))


@pytest.fixture(scope="module")
def world() -> World:
    """Give an ordinary world."""
    return World(REGISTRY, 7)


@pytest.fixture(scope="module")
def declarations(world: World) -> list[Declaration]:
    """Give the declarations of four weeks."""
    return [declaration for day in DAYS for declaration in _declarations(world, day)]


def _of(declaration: Declaration, system: str) -> list[Entry]:
    return [entry for entry in declaration.entries if entry.system == system]


def test_a_declaration_covers_1_7_vehicles(world: World, declarations: list[Declaration]) -> None:
    """The loaded vehicles of the four weeks, per declaration under which any comes."""
    loaded = [
        v.load.declaration_no for day in DAYS for v in world.gate_day("kim-thanh", day).visits if v.load
    ]

    assert len(loaded) / len(set(loaded)) == pytest.approx(1.7, abs=0.1)
    assert set(loaded) < {declaration.number for declaration in declarations}


def test_most_are_known_to_both_with_the_same_value(declarations: list[Declaration]) -> None:
    """97.7 % in both, about 1.1 and 1.2 % in one only, 0.6 % with two values."""
    known = Counter(tuple(sorted({entry.system for entry in d.entries})) for d in declarations)
    both = [d for d in declarations if len({entry.system for entry in d.entries}) == 2]
    differing = sum(len({_of(d, s)[-1].usd_minor for s in ("digital_gate", "vnaccs_vcis")}) > 1 for d in both)

    assert known["digital_gate", "vnaccs_vcis"] / len(declarations) == pytest.approx(0.977, abs=0.006)
    assert known["digital_gate",] / len(declarations) == pytest.approx(0.011, abs=0.005)
    assert known["vnaccs_vcis",] / len(declarations) == pytest.approx(0.012, abs=0.005)
    assert differing / len(declarations) == pytest.approx(0.006, abs=0.004)


def test_customs_know_within_an_hour_but_for_a_few(declarations: list[Declaration]) -> None:
    """The median lag is some minutes, now and then negative; about one in a hundred takes over an hour."""
    pairs = [(_of(d, "digital_gate"), _of(d, "vnaccs_vcis")) for d in declarations]
    lags = sorted((theirs[0].at_ms - ours[0].at_ms) / MINUTE_MS for ours, theirs in pairs if ours and theirs)

    assert lags[0] < 0
    assert 3 < lags[len(lags) // 2] < 10
    assert 0.003 < sum(lag > 60 for lag in lags) / len(lags) < 0.03


def test_most_are_lodged_hours_before_the_vehicle_comes(
    world: World, declarations: list[Declaration]
) -> None:
    """The median is some four hours ahead, some come the evening before, none after the vehicle's papers."""
    lodged = {d.number: min(entry.at_ms for entry in d.entries) for d in declarations}
    visits = [visit for day in DAYS for visit in world.gate_day("kim-thanh", day).visits]
    first: dict[str, int] = {}
    for visit in visits:
        if visit.load:
            first.setdefault(visit.load.declaration_no, visit.arrived_ms)

    ahead = sorted((at - lodged[number]) / HOUR_MS for number, at in first.items())

    assert ahead[0] > 0
    assert ahead[len(ahead) // 2] == pytest.approx(4, rel=0.15)
    assert ahead[int(0.95 * len(ahead))] > 10


def test_amended_and_withdrawn_declarations_are_told_in_order(declarations: list[Declaration]) -> None:
    """Every system hears of a registration first; 3 % are amended to version 2, some 1.5 % are withdrawn."""
    histories = [_of(d, s) for d in declarations for s in ("digital_gate", "vnaccs_vcis") if _of(d, s)]
    last = Counter(history[-1].status for history in histories)
    amended = [history for history in histories if history[1].status == "amended"]

    assert {"registered"} == {history[0].status for history in histories}
    assert {"released", "cancelled"} == set(last)
    assert last["cancelled"] / len(histories) == pytest.approx(0.018, abs=0.008)
    assert len(amended) / len(histories) == pytest.approx(0.03, abs=0.01)
    assert all([1, 2, 2] == [entry.version_no for entry in history] for history in amended)
    assert all(history[0].usd_minor != history[1].usd_minor for history in amended)
    for history in histories:
        assert sorted(entry.at_ms for entry in history) == [entry.at_ms for entry in history]


def test_before_the_platform_only_customs_know() -> None:
    """It went live at Kim Thành on 21 August 2023; no other gate has it."""
    world = World(REGISTRY, 7)
    rail = REGISTRY.gate_by_slug["lao-cai-rail"]
    before, after = (_declarations(world, date(2023, 8, day)) for day in (20, 21))

    assert {"vnaccs_vcis"} == {entry.system for d in before for entry in d.entries}
    assert {"vnaccs_vcis", "digital_gate"} == {entry.system for d in after for entry in d.entries}
    assert [] == list(draw_declarations("7", rail, DAYS[0], world.gate_day(rail.slug, DAYS[0]).visits))
