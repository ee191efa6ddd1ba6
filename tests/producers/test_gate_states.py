"""A gate tells every half hour how it stands: open or not, its lanes, its yard, and why."""

import json
from datetime import date, timedelta
from typing import Any, Final

import pytest

from producers.simulate.calendar import DAY_MS, day_start_ms
from producers.simulate.lane_plan import lane_plan, lanes_of
from producers.simulate.world import World
from streams.registry import load_registry

REGISTRY: Final = load_registry()
KIM_THANH: Final = REGISTRY.gate_by_slug["kim-thanh"]


def _states(day: date, gate: str = "kim-thanh", scenario: str = "normal") -> dict[str, dict[str, Any]]:
    """Give the states of a day by local time."""
    start = day_start_ms(day)
    events = World(REGISTRY, 7, scenario).events(start, start + DAY_MS)
    states = (json.loads(e.value) for e in events if e.topic == "gate.state" and e.key == gate.encode())
    return {_local(state["time"]): state["data"] for state in states}


def _local(time: str) -> str:
    return f"{(int(time[11:13]) + 7) % 24:02d}{time[13:16]}"


def test_kim_thanh_opens_at_7_and_closes_at_22() -> None:
    """Every half hour between, with all five lanes in the busy hours and one a direction else."""
    states = _states(date(2026, 5, 4))

    assert next(iter(states)) == "07:00"
    assert [("22:00", "closed")] == [(at, state["state"]) for at, state in states.items()][-1:]
    assert [2, 5, 5, 2, 0] == [
        states[at]["lanes_open"] for at in ("07:00", "07:30", "17:30", "18:00", "22:00")
    ]
    assert {5} == {state["lanes_max"] for state in states.values()}
    assert {(500, "07:00", "22:00")} == {
        (state["yard_capacity"], state["opens_at"], state["closes_at"]) for state in states.values()
    }


def test_the_yard_fills_and_empties() -> None:
    """More vehicles stand there at ten than at seven, and few in the evening."""
    states = _states(date(2026, 5, 4))

    assert states["10:00"]["yard_present"] > states["07:00"]["yard_present"]
    assert states["10:00"]["yard_present"] > states["21:30"]["yard_present"]


def test_with_one_lane_each_way_the_gate_works_into_the_night() -> None:
    """In September 2023 it closes when the last vehicle is through, and says why it is open so late."""
    states = _states(date(2023, 9, 19)) | _states(date(2023, 9, 20))

    late = states["22:30"]
    assert ("open", 2, 2) == (late["state"], late["lanes_open"], late["lanes_max"])
    assert "Làm ngoài giờ" in late["reason"]


def test_the_rail_gate_never_closes() -> None:
    """48 states from midnight on, all open."""
    states = _states(date(2026, 5, 4), "lao-cai-rail")

    assert len(states) == 48
    assert {"open"} == {state["state"] for state in states.values()}


def test_lanes_were_one_each_way_before_november_2024() -> None:
    """The rebuilt barrier has two lanes out and three in."""
    before, after = (lanes_of(KIM_THANH, date(2024, month, 1)) for month in (10, 11))

    assert (1, 1) == (len(before["outbound"]), len(before["inbound"]))
    assert (2, 3) == (len(after["outbound"]), len(after["inbound"]))


def test_a_lane_under_repair_restricts_the_gate() -> None:
    """Some days of a year lose one of the further lanes for three hours, and the state names it."""
    days = [date(2026, 1, 1) + timedelta(days=n) for n in range(365)]
    repairs = {day: plan.repair for day in days if (plan := lane_plan("7", KIM_THANH, day, day, None)).repair}
    day, repair = next(iter(repairs.items()))
    restricted = [state for state in _states(day).values() if state["state"] == "restricted"]

    assert len(repairs) == pytest.approx(365 * 0.04, abs=8)
    assert len(restricted) == 6
    assert {f"Sửa chữa làn {repair.lane_id}"} == {state["reason"] for state in restricted}
    assert {4} == {s["lanes_open"] for s in restricted} or repair.until_ms > day_start_ms(
        day
    ) + 18 * 3_600_000
