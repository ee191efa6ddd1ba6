"""Redriving: what is sent, in which order it is marked, and what a crash in the middle repeats."""

import json
from dataclasses import replace

import pytest

from streams.core.record import PartitionId
from streams.dead_letters.due import DueLetters
from streams.dead_letters.redrive import Redriver, outgoing_of
from streams.dead_letters.selection import DEAD, DROPPED, PARKED, Selection
from streams.events import epoch_ms
from tests.dead_letters.doubles import NOON, MemoryArchive, MemorySender, letter
from tests.events import stage
from tests.fakes import CrashError

ALL = Selection((DEAD,))


@pytest.fixture
def archive() -> MemoryArchive:
    """Give an empty archive."""
    return MemoryArchive()


@pytest.fixture
def sender() -> MemorySender:
    """Give a sender that works."""
    return MemorySender()


@pytest.fixture
def redriver(archive: MemoryArchive, sender: MemorySender) -> Redriver:
    """Redrive from the archive."""
    return Redriver(archive, sender, lambda: NOON, "somebody")


async def test_letters_go_back_as_they_came(
    redriver: Redriver, archive: MemoryArchive, sender: MemorySender
) -> None:
    """Key, bytes and headers are theirs; the headers name the origin and count the attempt."""
    await redriver.redrive(ALL, archive.add(letter(7, attempt=2)))

    [out] = sender.sent
    assert ("gate.crossing", b"key", b"value-7") == (out.topic, out.key, out.value)
    first_failed = str(epoch_ms(NOON)).encode()
    assert [
        ("h", b"1"),
        ("dlq.replay_of", b"gate.crossing/2/7"),
        ("dlq.attempt", b"3"),
        ("dlq.first_failed_at", first_failed),
    ] == list(out.headers)
    assert ["redriven"] == archive.statuses()


async def test_every_letter_has_its_fate(
    redriver: Redriver, archive: MemoryArchive, sender: MemorySender
) -> None:
    """The sixth attempt is none, what is not whole stays, and it is all written down."""
    keys = archive.add(letter(1), letter(2, attempt=4), letter(3, attempt=5), letter(4, cut=True))
    action = await redriver.redrive(ALL, keys)

    assert ["redriven", "redriven", "parked", "dead"] == archive.statuses()
    assert [b"value-1", b"value-2"] == [out.value for out in sender.sent]
    assert (4, 2, 1, 1) == (action.matched, action.redriven, action.parked, action.skipped)
    assert [("running", 0, 0, 0, 0), ("done", 2, 0, 1, 1)] == archive.actions


async def test_a_letter_from_the_future_stays_until_its_time(
    redriver: Redriver, archive: MemoryArchive, sender: MemorySender
) -> None:
    """Sent back early it would fail again, and be parked before its time had come."""
    early = letter(1, reason="future_time")
    keys = archive.add(replace(early, key=early.key._replace(early=True)), letter(2, reason="future_time"))
    action = await redriver.redrive(ALL, keys)

    assert ["dead", "redriven"] == archive.statuses()
    assert [b"value-2"] == [out.value for out in sender.sent]
    assert (1, 0, 1) == (action.redriven, action.parked, action.skipped)


async def test_what_was_decided_on_meanwhile_is_left_alone(
    redriver: Redriver, archive: MemoryArchive, sender: MemorySender
) -> None:
    """A long action must not undo what somebody else decides: such a letter is neither sent nor counted."""
    keys = archive.add(letter(1), letter(2), letter(3, attempt=5))
    archive.mark(keys[1:], DROPPED, 0)
    redriven = await redriver.redrive(ALL, keys)
    dropped = await redriver.drop(ALL, keys)

    assert [b"value-1"] == [out.value for out in sender.sent]
    assert (3, 1, 0, 2) == (redriven.matched, redriven.redriven, redriven.parked, redriven.decided_meanwhile)
    assert (0, 3) == (dropped.dropped, dropped.decided_meanwhile)
    assert ["redriven", "dropped", "dropped"] == archive.statuses()


async def test_a_parked_letter_goes_when_somebody_insists(
    redriver: Redriver, archive: MemoryArchive, sender: MemorySender
) -> None:
    """Asked for by name, it is sent whatever its number."""
    keys = archive.add(replace(letter(1, attempt=9), status=PARKED))
    await redriver.redrive(Selection((PARKED,)), keys)

    assert [b"value-1"] == [out.value for out in sender.sent]
    assert ["redriven"] == archive.statuses()


async def test_a_crash_repeats_one_step_at_most(
    redriver: Redriver, archive: MemoryArchive, sender: MemorySender
) -> None:
    """What was marked is done; only the step that was sent and not marked comes again."""
    archive.add(*(letter(n) for n in range(1200)))
    archive.marks = 1
    with pytest.raises(CrashError):
        await redriver.redrive(ALL, archive.find(ALL, 2000))
    assert 1000 == len(sender.sent)
    archive.marks = None
    steps: list[int] = []
    await redriver.redrive(ALL, archive.find(ALL, 2000), steps.append)

    values = [out.value for out in sender.sent]
    assert [b"value-%d" % n for n in (*range(1000), *range(500, 1200))] == values
    assert {"redriven"} == set(archive.statuses())
    assert [500, 200] == steps
    assert [("running", 0, 0, 0, 0)] * 2 == archive.actions[:2]


async def test_steps_are_bounded_by_bytes(redriver: Redriver, archive: MemoryArchive) -> None:
    """Large letters are not read all at once."""
    large = [replace(letter(n), key=letter(n).key._replace(size=9 << 20)) for n in range(3)]
    steps: list[int] = []
    await redriver.redrive(ALL, archive.add(*large), steps.append)

    assert [1, 1, 1] == steps


async def test_what_is_dropped_is_not_sent(
    redriver: Redriver, archive: MemoryArchive, sender: MemorySender
) -> None:
    """Its bytes stay where they are."""
    action = await redriver.drop(ALL, archive.add(letter(1), letter(2, cut=True)))

    assert (2, []) == (action.dropped, sender.sent)
    assert ["dropped"] * 2 == archive.statuses()


def test_a_misrouted_letter_goes_where_it_belongs() -> None:
    """To the topic of its type, under its subject; what has lost its event goes back as it came."""
    value = json.dumps(stage(1, "V-7", "lodged", 0)).encode()
    home = outgoing_of(replace(letter(1, reason="misrouted"), value=value))
    lost = outgoing_of(letter(1, reason="misrouted"))
    other = outgoing_of(replace(letter(1), value=value))

    assert ("clearance.stage", b"V-7", value) == (home.topic, home.key, home.value)
    assert ("gate.crossing", b"key") == (lost.topic, lost.key) == (other.topic, other.key)


def test_a_letter_without_a_key_goes_into_its_partition() -> None:
    """Nothing else says where it was."""
    out = outgoing_of(replace(letter(1), record_key=None, value=None))

    assert (2, None, None) == (out.partition, out.key, out.value)


async def test_only_the_owner_of_a_topic_redrives_what_is_due(
    archive: MemoryArchive, sender: MemorySender
) -> None:
    """One worker asks for each topic: the one that reads its first partition."""
    owned = [PartitionId("gate.crossing", 0), PartitionId("clearance.stage", 1)]
    due = DueLetters(archive, sender, lambda: owned, lambda: NOON, "worker")
    archive.add(letter(1))

    assert 1 == await due.redrive_due()
    [asked] = archive.selections
    assert (["gate.crossing"], "future_time", epoch_ms(NOON)) == (asked.topics, asked.reason, asked.due_ms)
    assert [b"value-1"] == [out.value for out in sender.sent]
    owned.clear()
    assert 0 == await due.redrive_due()
    assert 1 == len(archive.selections)


def test_what_is_due_can_go_back_as_it_came() -> None:
    """A letter that is not whole stays: looked for each time, it would hold up those behind it."""
    condition, values = Selection(due_ms=5).where()

    assert condition.endswith("AND NOT cut")
    assert {"due_ms": 5} == values


async def test_looking_for_nothing_writes_nothing_down(archive: MemoryArchive, sender: MemorySender) -> None:
    """A look that finds nothing is no action."""
    owned = [PartitionId("target", 0)]
    await DueLetters(archive, sender, lambda: owned, lambda: NOON, "worker").redrive_due()

    assert [] == archive.actions
