"""Each named scenario is what its name says, keeps the contract, and is a function of (seed, time)."""

import json
from collections import Counter
from datetime import date, timedelta
from typing import Any, Final

import pytest

from producers.simulate.calendar import DAY_MS, HOUR_MS, MINUTE_MS, clock_ms, day_start_ms, tet
from producers.simulate.emission import Emission
from producers.simulate.plants import output_vnd
from producers.simulate.scenarios import SCENARIOS, scenario_list, scenario_of
from producers.simulate.world import World
from streams.core.decode import Accepted, decode
from streams.core.record import PartitionId, Record
from streams.registry import load_registry
from streams.topics import EVENT_TOPICS, partition_of

REGISTRY: Final = load_registry()
TET: Final = tet(2026)
# A day on which each scenario differs from the ordinary year.
DAYS: Final = {
    "normal": date(2026, 5, 4),
    "tet-surge": TET - timedelta(days=1),
    "counterpart-closed": date(2026, 5, 6),
    "customs-outage": date(2026, 5, 4),
    "double-send": date(2026, 5, 4),
    "steel-restart": date(2026, 5, 4),
    "power-cut": date(2026, 5, 4),
    "new-year": date(2024, 1, 1),
    "on-target": date(2026, 5, 4),
}


def _events(scenario: str, day: date, days: int = 1) -> list[Emission]:
    start = day_start_ms(day)
    return list(World(REGISTRY, 7, scenario).events(start, start + days * DAY_MS))


def _bodies(events: list[Emission], topic: str) -> list[dict[str, Any]]:
    return [json.loads(event.value)["data"] for event in events if event.topic == topic]


def test_every_scenario_is_tested() -> None:
    """And listed with its meaning."""
    assert set(DAYS) == set(SCENARIOS)
    assert all(f"  {name} " in scenario_list() for name in SCENARIOS)


@pytest.mark.parametrize("scenario", DAYS)
def test_a_scenario_keeps_the_contract_and_repeats(scenario: str) -> None:
    """Decode accepts its events, they come in order, and another world of the seed makes the same."""
    events = _events(scenario, DAYS[scenario])
    noon = day_start_ms(DAYS[scenario]) + 12 * HOUR_MS

    assert sorted(event.at_ms for event in events) == [event.at_ms for event in events]
    world = World(REGISTRY, 7, scenario)
    list(world.events(noon - 3 * DAY_MS, noon))
    assert [event for event in events if event.at_ms >= noon] == list(world.events(noon, noon + DAY_MS // 2))
    for event in events:
        place = PartitionId(event.topic, partition_of(event.key, EVENT_TOPICS[event.topic].partitions))
        verdict = decode(Record(place, 0, 0, event.at_ms, event.key, event.value), REGISTRY)
        assert isinstance(verdict, Accepted), verdict


def test_before_tet_some_500_trucks_wait_and_100_a_day_pass() -> None:
    """The queue peaks two days before Tết, the gate is restricted; on the fifth day of Tết it is empty."""
    world = World(REGISTRY, 7, "tet-surge")
    days = [TET + timedelta(days=n) for n in range(-4, 5)]
    passed = [sum(s.visit.direction == "outbound" for s in world.passes("kim-thanh", d).served) for d in days]
    waiting = [len(world.waiting("kim-thanh", day + timedelta(days=1))) for day in days]
    states = _bodies(_events("tet-surge", days[2]), "gate.state")

    assert [100] * 8 == passed[:8]
    assert 430 <= max(waiting) <= 600
    assert waiting.index(max(waiting)) == 2
    assert waiting[-1] < 10
    restricted = [state for state in states if state["state"] == "restricted"]
    assert {"kim-thanh"} == {state["gate_id"] for state in restricted}
    assert max(state["yard_present"] for state in restricted) > 500
    assert all("100 xe" in state["reason"] for state in restricted)


def test_while_the_counterpart_is_closed_nobody_passes() -> None:
    """From Tuesday 10:00 to Thursday 07:00 but who is at a booth, and electricity; then all pass."""
    tuesday = date(2026, 5, 5)
    events = _events("counterpart-closed", tuesday, 4)
    closed = clock_ms(tuesday, "10:00"), clock_ms(tuesday + timedelta(days=2), "07:00")
    starts = [e for e in events if b'"point":"booth_start"' in e.value and b'"kim-thanh"' in e.value]
    during = [e for e in starts if closed[0] <= e.at_ms < closed[1] and b'"time"' in e.value]
    states = {
        event.at_ms: json.loads(event.value)["data"]
        for event in events
        if event.topic == "gate.state" and event.key == b"kim-thanh"
    }

    assert [] == during
    assert len([e for e in starts if closed[1] <= e.at_ms < closed[1] + DAY_MS]) > 600
    # From 10:02 in Hanoi on: a minute and a half of service that began before 10:00 is over.
    assert {"20260505-kim-thanh-grid", "20260506-kim-thanh-grid"} == _passed_in(
        events, "2026-05-05T03:02", "2026-05-07T00:00"
    )
    shut = [state for at, state in states.items() if closed[0] <= at < closed[1]]
    assert {("closed", "closed", 0)} == {(s["state"], s["counterpart_state"], s["lanes_open"]) for s in shut}
    assert max(state["yard_present"] for state in shut) > 200
    assert states[closed[1]]["state"] == "open"


def _passed_in(events: list[Emission], start: str, end: str) -> set[str]:
    """Give the visits that crossed at Kim Thành between two moments of UTC."""
    crossed = [json.loads(e.value) for e in events if b'"point":"crossed"' in e.value]
    here = [event for event in crossed if event["data"]["gate_id"] == "kim-thanh"]
    return {event["subject"] for event in here if start <= event["time"] < end}


def test_the_customs_feed_is_silent_for_three_hours_and_then_bursts() -> None:
    """The same bytes as in the ordinary year; what customs sent from 09:00 on comes at 12:00."""
    day = DAYS["customs-outage"]
    normal, outage = _events("normal", day), _events("customs-outage", day)
    customs = [event for event in outage if b'/vnaccs-vcis"' in event.value]
    start, end = clock_ms(day, "09:00"), clock_ms(day, "12:00")
    burst = [event for event in customs if end <= event.at_ms < end + 10 * MINUTE_MS]

    assert sorted(event.value for event in normal) == sorted(event.value for event in outage)
    assert [] == [event for event in customs if start <= event.at_ms < end]
    assert len(burst) > 300
    assert [event for event in normal if event not in customs and b'/vnaccs-vcis"' not in event.value] == [
        event for event in outage if b'/vnaccs-vcis"' not in event.value
    ]


def test_the_platform_sends_everything_twice() -> None:
    """Each crossing and each message of the platform comes twice with the same bytes; other feeds do not."""
    day = DAYS["double-send"]
    normal = Counter(event.value for event in _events("normal", day - timedelta(days=1), 3))
    double = Counter(event.value for event in _events("double-send", day))
    inner = [e for e in _events("double-send", day) if e.at_ms < day_start_ms(day) + 23 * HOUR_MS]

    assert set(double) < set(normal)
    for event in inner:
        platform = event.topic == "gate.crossing" or b'/digital-gate"' in event.value
        assert double[event.value] >= 2 if platform else double[event.value] == normal[event.value]


def test_the_steel_works_start_up_in_march() -> None:
    """Nothing until the end of February, 350,000 t a year at 14.3 M VND from May on; nothing else changes."""
    steel = REGISTRY.plant_by_slug["viet-trung-steel"]
    copper = REGISTRY.plant_by_slug["copper-smelter-tang-loong"]
    scenario = scenario_of("steel-restart")
    february, may = date(2026, 2, 28), [date(2026, 5, 1) + timedelta(days=n) for n in range(245)]
    made = sum(output_vnd("7", scenario.plant_on(steel, day), day) for day in may)

    assert output_vnd("7", scenario.plant_on(steel, february), february) == 0
    # May to December are 71.4 % of a year; a single line, so its own long stops weigh.
    assert made / 1e9 == pytest.approx(350 * 14.3 * 0.714, rel=0.12)
    assert scenario.plant_on(copper, may[0]) == copper


def test_the_furnaces_have_no_power_in_the_evening() -> None:
    """Each report of the furnaces between 17:00 and 22:00 in May is a stop for power; not in July."""
    may, july = (
        [
            body
            for body in _bodies(_events("power-cut", day), "factory.output")
            if body["product"] == "yellow-phosphorus" and "T10:00" <= body["window_start"][10:16] < "T15:00"
        ]
        for day in (DAYS["power-cut"], date(2026, 7, 6))
    )

    assert len(may) >= 3 * 60
    assert {("stopped", "power")} == {(body["state"], body["stop_reason"]) for body in may}
    assert {("stopped", "power")} != {(body["state"], body.get("stop_reason")) for body in july}


def test_targets_change_with_the_year() -> None:
    """On 1 January 2024 those of 2024 as stated: 4.5 bn USD, 52,200 bn VND, in force from that day."""
    bodies = _bodies(_events("new-year", DAYS["new-year"]), "target")

    assert {
        ("trade_value", 2024, 450_000_000_000, "2024-01-01"),
        ("industrial_output", 2024, 52_200_000_000_000, "2024-01-01"),
    } == {(b["indicator"], b["year"], b["value_minor"], b["effective_from"]) for b in bodies}
    assert [] == _bodies(_events("new-year", date(2024, 1, 2)), "target")


def test_on_target_has_2_33_times_the_trade_of_2023() -> None:
    """Four weeks of May bring 2.33 times their trade of 2023 and 1.21 times their output."""
    days = [date(2023, 5, 1) + timedelta(days=n) for n in range(28)]
    sums = {name: _sums(World(REGISTRY, 7, name), name, days) for name in ("normal", "on-target")}

    assert sums["on-target"][0] / sums["normal"][0] == pytest.approx(2.33, rel=0.03)
    assert sums["on-target"][1] / sums["normal"][1] == pytest.approx(1.21, rel=0.001)
    assert [] == World(REGISTRY, 7, "on-target").passes("kim-thanh", days[10]).unserved


def _sums(world: World, name: str, days: list[date]) -> tuple[int, int]:
    scenario = scenario_of(name)
    usd = sum(
        served.visit.load.usd_minor
        for day in days
        for gate in REGISTRY.gate_by_slug
        for served in world.passes(gate, day).served
        if served.visit.load
    )
    vnd = sum(
        output_vnd("7", scenario.plant_on(plant, day), day) for day in days for plant in REGISTRY.plants
    )
    return usd, vnd
