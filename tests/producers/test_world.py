"""The simulated world is a function of (seed, time), and what it emits keeps the contract."""

import json
from collections import Counter
from datetime import date
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from producers.simulate.calendar import DAY_MS, HOUR_MS, day_start_ms, local_day, time_text
from producers.simulate.emission import Emission
from producers.simulate.world import World
from streams.core.decode import Accepted, decode
from streams.core.record import PartitionId, Record
from streams.errors import UsageError
from streams.events import MAX_MESSAGE_BYTES
from streams.registry import load_registry
from streams.topics import EVENT_TOPICS, partition_of

REGISTRY = load_registry()
# The days around Tết 2026 have every kind of traffic, and a day that straddles a month.
START, END = day_start_ms(date(2026, 1, 30)), day_start_ms(date(2026, 2, 2))


@pytest.fixture(scope="module")
def events() -> list[Emission]:
    """Give three days of the world, made in one go."""
    return list(World(REGISTRY, 7).events(START, END))


@pytest.fixture(scope="module")
def world() -> World:
    """Give a world that remembers its last days, as the live stream's does."""
    return World(REGISTRY, 7)


def test_the_same_seed_gives_the_same_bytes(events: list[Emission]) -> None:
    """A second world of the seed agrees to the byte; another seed does not."""
    assert events == list(World(REGISTRY, 7).events(START, END))
    assert events[0].event_id != next(World(REGISTRY, 8).events(START, END)).event_id


@settings(max_examples=5)
@given(cuts=st.lists(st.integers(START, END), max_size=4))
def test_a_range_may_be_cut_anywhere(world: World, events: list[Emission], cuts: list[int]) -> None:
    """The pieces of a range together are the range, wherever it is cut."""
    edges = [START, *sorted(cuts), END]

    pieces = [world.events(first, last) for first, last in pairwise(edges)]

    assert events == [event for piece in pieces for event in piece]


def test_events_come_in_the_order_of_sending(events: list[Emission]) -> None:
    """Each event lies in the range, none is sent before its time, and none comes before an earlier one."""
    sent = [event.at_ms for event in events]

    assert sorted(sent) == sent
    assert START <= sent[0]
    assert sent[-1] < END
    assert all(json.loads(event.value)["time"] <= time_text(event.at_ms) for event in events)


def test_every_event_keeps_the_contract_and_the_registry(events: list[Emission]) -> None:
    """The worker's own decode accepts each event in the place where the publisher puts it."""
    for event in events:
        partition = partition_of(event.key, EVENT_TOPICS[event.topic].partitions)
        verdict = decode(
            Record(PartitionId(event.topic, partition), 0, 0, event.at_ms, event.key, event.value), REGISTRY
        )
        assert isinstance(verdict, Accepted), verdict
        assert event.event_id == str(verdict.event.id)
        assert verdict.event.simulated
        assert not verdict.event.backfill
        assert len(event.value) < MAX_MESSAGE_BYTES


def test_the_days_show_every_kind_of_event(events: list[Emission]) -> None:
    """All topics, points, stages, regimes and states of the normal world occur."""
    bodies = [json.loads(event.value)["data"] for event in events]

    topics = {"gate.crossing", "clearance.stage", "factory.output", "declaration", "gate.state"}
    assert topics == {event.topic for event in events}
    assert {"arrived", "booth_start", "booth_end", "crossed", "turned_back"} == _values(bodies, "point")
    assert {"lodged", "channel_assigned", "duty_paid", "released", "refused"} < _values(bodies, "stage")
    assert {"green", "yellow", "red"} == _values(bodies, "channel")
    assert {"execute", "open", "closed", "stopped"} <= _values(bodies, "state")
    assert {"digital_gate", "vnaccs_vcis"} == _values(bodies, "system")
    assert {"registered", "amended", "released", "cancelled"} == _values(bodies, "status")
    regimes = {line["regime"] for body in bodies for line in body.get("goods", [])}
    assert {"export", "import", "temporary_import", "re_export", "transit", "border_resident"} <= regimes


def _values(bodies: list[dict[str, str]], name: str) -> set[str]:
    return {body[name] for body in bodies if name in body}


def test_corrections_name_an_event_of_the_world() -> None:
    """Over ten days there are amendments and cancellations, each of an event sent before it."""
    seen: dict[str, str] = {}
    kinds: Counter[str] = Counter()
    for event in World(REGISTRY, 7).events(START, START + 10 * DAY_MS):
        content = json.loads(event.value)
        seen.setdefault(content["id"], content["time"])
        if "correctsid" in content and content["correctstime"] >= time_text(START):
            kinds[content["correctionkind"]] += 1
            assert content["correctstime"] == seen[content["correctsid"]]

    assert {"amend", "cancel"} == set(kinds)


def test_an_event_sent_again_is_the_same_to_the_byte(events: list[Emission]) -> None:
    """Ids repeat now and then, always with the same bytes."""
    values: dict[str, set[bytes]] = {}
    for event in events:
        values.setdefault(event.event_id, set()).add(event.value)

    assert {1} == {len(each) for each in values.values()}
    assert 0 < len(events) - len(values) < 50


def test_history_differs_only_by_its_flag(events: list[Emission]) -> None:
    """The backfilled world has the same ids, and the same bytes but for the flag."""
    history = World(REGISTRY, 7, backfill=True).events(START, START + HOUR_MS)
    live = [event for event in events if event.at_ms < START + HOUR_MS]

    assert [event.value for event in live] == [e.value.replace(b',"backfill":true', b"") for e in history]


def test_an_unknown_scenario_is_refused_with_the_known_ones() -> None:
    """The error lists what exists."""
    with pytest.raises(UsageError, match=r"normal +an ordinary year"):
        World(REGISTRY, 7, "nonsense")


def test_local_days_turn_over_at_hanoi_midnight() -> None:
    """17:00 UTC is the next day in Hanoi."""
    start = day_start_ms(date(2026, 1, 5))

    assert time_text(start) == "2026-01-04T17:00:00.000Z"
    assert (date(2026, 1, 4), date(2026, 1, 5)) == (local_day(start - 1), local_day(start))
