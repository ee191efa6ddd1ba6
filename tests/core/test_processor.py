"""The Processor against an oracle that reads the log itself and shares no code with it."""

import asyncio
import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.core.record import PartitionId, Record
from streams.pipeline import Pipeline
from streams.registry import load_registry
from streams.topics import partition_of
from tests.driver import assign, drive, in_batches, with_offsets
from tests.events import correction, crossing, output, record_of, stage
from tests.fakes import CrashError, MemoryDeadLetters, MemoryStore
from tests.oracle import Event, expected

REGISTRY = load_registry()
VISITS = ("A-1", "B-2", "C-3")
POINTS = ("arrived", "booth_start", "booth_end", "crossed", "turned_back")
STAGES = (
    "lodged", "channel_assigned", "docs_start", "docs_end", "inspection_start", "inspection_end",
    "duty_paid", "released", "refused",
)  # fmt: skip
AGENCIES = ("customs", "plant_quarantine")

# Few ids, few times: what matters happens when they meet.
times = st.integers(0, 6).map(lambda n: n * 41_000) | st.integers(0, 3).map(lambda n: n * 7_200_000)
STATES = ["execute", "idle", "stopped"]
lanes = st.sampled_from([None, "kim-thanh-out-1", "kim-thanh-out-2"])


@st.composite
def events(draw: st.DrawFn, number: int) -> Event:
    """Draw one event, a third of them corrections of an event with a lower or a higher number."""
    ms, visit = draw(times), draw(st.sampled_from(VISITS))
    extra: dict[str, Any] = {}
    shape = draw(st.sampled_from(["point", "point", "point", "stage", "output"]))
    if draw(st.integers(0, 2)) == 0:
        other = draw(st.integers(1, 14).filter(lambda n: n != number))
        extra = correction(draw(st.sampled_from(["amend", "cancel"])), other, ms, draw(st.integers(1, 2)))
    if shape == "stage":
        channel = draw(st.sampled_from([None, "green", "red"]))
        extra["agency"] = draw(st.sampled_from(AGENCIES))
        extra["duty_minor"] = draw(st.sampled_from([None, 0, 70]))
        return stage(number, visit, draw(st.sampled_from(STAGES)), ms, channel, **extra)
    if shape == "output":
        window = draw(st.integers(0, 1))
        extra.update({"correctstime": output(0, window)["time"]} if extra else {})
        extra |= {"state": draw(st.sampled_from(STATES)), "quantity": draw(st.sampled_from(["0", "1.5"]))}
        return output(number, window, draw(st.integers(0, 3)), **extra)
    return crossing(number, visit, draw(st.sampled_from(POINTS)), ms, lane_id=draw(lanes), **extra)


@st.composite
def logs(draw: st.DrawFn) -> list[Event]:
    """Draw a log: events in any order, some of them sent again, with other content now and then."""
    drawn = [draw(events(number)) for number in range(1, draw(st.integers(2, 14)))]
    again = draw(st.lists(st.sampled_from(drawn), max_size=4))
    # An id that another event bears already: elsewhere, at another time, of another visit.
    stolen = [draw(events(draw(st.integers(1, len(drawn))))) for _ in range(draw(st.integers(0, 2)))]
    return draw(st.permutations(drawn + again + stolen))


def to_partitions(log: Iterable[Event]) -> dict[PartitionId, list[Record]]:
    """Append events to their partitions."""
    partitions: dict[PartitionId, list[Record]] = defaultdict(list)
    for event in log:
        partition = record_of(event).partition
        partitions[partition].append(record_of(event, len(partitions[partition])))
    return dict(partitions)


def run(store: MemoryStore, slices: Sequence[Sequence[Record]], pipeline: Pipeline | None = None) -> Pipeline:
    """Send slices through a pipeline, each as a batch of its own."""
    pipeline = pipeline or new_pipeline(store, {records[0].partition for records in slices if records})
    for records in slices:
        if records:
            asyncio.run(pipeline.process([pipeline.decode(records[0].partition, records)]))
    return pipeline


def new_pipeline(store: MemoryStore, partitions: Iterable[PartitionId]) -> Pipeline:
    """Start a worker that takes partitions, with nothing remembered but the dead positions."""
    pipeline = Pipeline(store, MemoryDeadLetters(), REGISTRY)
    for partition in partitions:
        dead = {position for owner, position in store.dead if owner == partition}
        pipeline.assign(partition, dead)
    return pipeline


@settings(max_examples=300)
@given(log=logs(), cuts=st.lists(st.integers(1, 5), min_size=1, max_size=6))
def test_any_cut_into_batches_gives_the_oracles_rows(log: list[Event], cuts: list[int]) -> None:
    """However the log is cut into batches, the rows are those that the oracle computes from the log."""
    partitions = to_partitions(log)
    store = MemoryStore()
    for records in partitions.values():
        run(store, cut(records, cuts))

    assert expected(partitions) == store.measures()


@settings(max_examples=100)
@given(log=logs(), size=st.integers(1, 8), apart=st.integers(1, 8))
def test_batches_of_all_partitions_give_the_oracles_rows(log: list[Event], size: int, apart: int) -> None:
    """Whether a batch is folded whole or in two parts, the rows are those of the oracle."""
    partitions = to_partitions(log)
    batches = in_batches(with_offsets(map(record_of, log)), size)
    store = MemoryStore()
    pipeline = Pipeline(store, MemoryDeadLetters(), REGISTRY, apart_records=apart)
    assign(pipeline, batches)
    asyncio.run(drive(pipeline, batches))

    assert expected(partitions) == store.measures()
    assert {owner: len(records) - 1 for owner, records in partitions.items()} == store.consumed


def cut(records: Sequence[Record], cuts: Sequence[int]) -> list[Sequence[Record]]:
    """Cut records into batches whose sizes repeat."""
    batches: list[Sequence[Record]] = []
    start = 0
    while start < len(records):
        size = cuts[len(batches) % len(cuts)]
        batches.append(records[start : start + size])
        start += size
    return batches


@settings(max_examples=200)
@given(log=logs(), data=st.data())
def test_order_of_arrival_changes_no_number(log: list[Event], data: st.DataObject) -> None:
    """Two orders of the same facts (each sent once) give identical rows."""
    once = list({event["id"]: event for event in log}.values())
    shuffled = data.draw(st.permutations(once))
    rows = []
    for order in (once, shuffled):
        store = MemoryStore()
        for records in to_partitions(order).values():
            run(store, [records])
        rows.append(store.measures())

    assert rows[0] == rows[1]


@settings(max_examples=300)
@given(log=logs(), data=st.data())
def test_crashes_zombies_and_redelivery_change_no_number(log: list[Event], data: st.DataObject) -> None:
    """Two owners in turn, dying between any two writes and going back to what is consumed, count once."""
    partitions = to_partitions(log)
    store = MemoryStore()
    for partition, records in partitions.items():
        owners = [new_pipeline(store, [partition]), new_pipeline(store, [partition])]
        at = [0, 0]
        for _ in range(data.draw(st.integers(0, 10))):
            turn = data.draw(st.integers(0, 1))
            batch = records[at[turn] : at[turn] + data.draw(st.integers(1, 4))]
            store.crash_after = data.draw(st.none() | st.integers(0, 6))
            try:
                run(store, [batch], owners[turn])
                at[turn] += len(batch)
            except CrashError:
                # It comes back later, with nothing remembered, at what is consumed.
                owners[turn] = new_pipeline(store, [partition])
                at[turn] = store.consumed.get(partition, -1) + 1
        store.crash_after = None
        run(store, [records[store.consumed.get(partition, -1) + 1 :]])

    assert expected(partitions) == store.measures()


@settings(max_examples=100)
@given(log=logs())
def test_every_offset_is_stored_dead_or_sent_again(log: list[Event]) -> None:
    """No offset is lost: each is an event, a dead letter, or an id stored at a lower position."""
    partitions = to_partitions(log)
    store = MemoryStore()
    for records in partitions.values():
        run(store, [records])
    stored = {(item.record.partition, item.record.position) for item in store.events.values()}
    descending = sorted(store.events.values(), key=lambda item: -item.record.position)
    lowest = {(item.record.partition, item.fact.id): item.record.position for item in descending}
    for partition, records in partitions.items():
        for record in records:
            first = lowest.get((partition, json.loads(record.value or b"")["id"]), record.position)
            assert (partition, record.position) in stored or first < record.position


def test_sent_again_with_other_content_is_a_finding() -> None:
    """A re-sent event that says something else changes nothing and is found."""
    first = crossing(1, "A-1", "crossed", 0)
    other = crossing(1, "A-1", "crossed", 0, gate_id="ho-kieu")
    store = MemoryStore()
    (records,) = to_partitions([first, first, other]).values()
    run(store, [records])

    assert [finding.kind for finding in store.findings.values()] == ["resent_differs"]
    assert {"kim-thanh"} == {key.dimensions[0] for key in store.measures() if key.table == "crossings_day"}


def test_one_id_in_two_hours_is_compared_with_itself_when_both_are_sent_again() -> None:
    """An id that two events bear is no finding when both are sent again as they were."""
    visits = [name for name in (f"V-{n}" for n in range(20)) if partition_of(name.encode(), 4) == 1]
    log = [crossing(1, visits[0], "crossed", 0), crossing(1, visits[1], "crossed", 7_200_000)]
    store = MemoryStore()
    (records,) = to_partitions(log * 2).values()
    run(store, [records[:2], records[2:]])

    assert [0, 1] == sorted(item.record.position for item in store.events.values())
    assert {} == store.findings


def test_the_sixty_fifth_fact_of_an_entity_is_a_dead_letter() -> None:
    """An entity takes 64 facts; what comes after is dead with `too_many_points`, again on redelivery."""
    log = [crossing(n, "A-1", "arrived", n * 1000) for n in range(1, 67)]
    store = MemoryStore()
    (records,) = to_partitions(log).values()
    run(store, [records])
    run(store, [records[60:]])

    assert [letter.reason for letter in store.dead.values()] == ["too_many_points"] * 2
    assert len(store.events) == 64


@pytest.mark.parametrize(
    ("log", "kinds"),
    [
        pytest.param(
            [crossing(1, "A-1", "crossed", 1000), crossing(2, "A-1", "crossed", 0)],
            ["conflict"],
            id="two crossings",
        ),
        pytest.param(
            [crossing(1, "A-1", "booth_start", 5000), crossing(2, "A-1", "booth_end", 0)],
            ["negative_interval"],
            id="booth ends before it starts",
        ),
        pytest.param([output(1, 0, 5), output(2, 0, 7)], ["conflict"], id="two reports of one window"),
    ],
)
def test_what_contradicts_itself_is_found(log: list[Event], kinds: list[str]) -> None:
    """Facts that contradict each other are findings."""
    store = MemoryStore()
    (records,) = to_partitions(log).values()
    run(store, [records])

    assert kinds == [row.kind for row in store.findings.values()]
    assert all(row.finding is not None for row in store.findings.values())


def test_a_cancellation_takes_a_finding_away() -> None:
    """Once one of two crossings is cancelled, the conflict is gone and the other counts alone."""
    log = [
        crossing(1, "A-1", "crossed", 1000),
        crossing(2, "A-1", "crossed", 0),
        crossing(3, "A-1", "crossed", 0, **correction("cancel", 2, 0)),
    ]
    store = MemoryStore()
    (records,) = to_partitions(log).values()
    run(store, [records])

    assert [row.finding for row in store.findings.values()] == [None]
    assert expected(to_partitions(log)) == store.measures()
