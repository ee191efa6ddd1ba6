"""Each invariant sees the damage that it is for, and says nothing of a sound line."""

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from tests.events import START_MS, at, correction, crossing, envelope, output, uuid
from tests.faults.facts import Contradiction, Facts, differences, expect_facts
from tests.faults.invariants import doubled, lost, violations
from tests.faults.oracle import At, Expected, expect, totals
from tests.faults.stored import Stored
from tests.faults.topics import LogRecord, Place
from tests.faults.traffic import Message, message_of
from tests.oracle import Rows

GATE, PLANT = Place("gate.crossing", 0), Place("factory.output", 2)
TOLD = {"trade_day", "crossings_day", "output_day"}


def log_of(*messages: Message) -> list[LogRecord]:
    """Lay messages on a partition, one after the other."""
    return [LogRecord(n, m.key, m.value, m.identity, m.dead) for n, m in enumerate(messages)]


def sound() -> tuple[Expected, Stored]:
    """Give two events, one of them sent again, one bad record, and what is stored of them."""
    first, second = message_of(crossing(1, "V-1", "crossed", 1000)), message_of(output(2, 3, 500))
    bad = first._replace(value=b"not json", identity="bad", dead="not_json")
    expected = expect({GATE: log_of(first, first, bad), PLANT: log_of(second)})
    views = {key: sum_ for key, sum_ in totals(expected.rows).items() if key[0] in TOLD}
    return expected, Stored(dict(expected.accepted), dict(expected.dead), [], 2, expected.rows, views)


def judged(expected: Expected, stored: Stored) -> list[str]:
    """Judge, with every record acknowledged."""
    sent = Counter(expected.identities.values())
    return violations(expected, stored, sent, sent)


def test_a_sound_line_has_no_violations() -> None:
    """Nothing is lost or doubled, and every offset is of one kind."""
    expected, stored = sound()
    assert [] == judged(expected, stored)
    assert (0, 0) == (lost(expected, stored), doubled(expected, stored))
    assert (2, 1, 1) == (len(expected.accepted), len(expected.dead), len(expected.resent))


def with_rows(stored: Stored, change: Callable[[Rows], Rows]) -> Stored:
    """Change the rows of the tables."""
    return stored._replace(rows=change(dict(stored.rows)))


DAMAGE: Any = {
    "an event is gone": (lambda s: s._replace(events={}), "(a) lost", "(e) neither dead nor stored"),
    "a dead letter is gone": (lambda s: s._replace(dead={}), "(a) lost"),
    "dead for another reason": (lambda s: s._replace(dead=dict.fromkeys(s.dead, "invalid")), "(a) dead as"),
    "sent again and stored": (
        lambda s: s._replace(events={**s.events, At(GATE, 1): s.events[At(GATE, 0)]}),
        "(a) stored, but sent again",
    ),
    "another sum": (lambda s: s._replace(view_totals={k: n + 1 for k, n in s.view_totals.items()}), "(b)"),
    "an id too many": (lambda s: s._replace(distinct_ids=3), "(c)"),
    "a position twice": (lambda s: s._replace(twice=[At(GATE, 0)]), "(d)"),
    "dead and stored": (lambda s: s._replace(dead={**s.dead, At(GATE, 0): "invalid"}), "(e) dead and stored"),
    "a window is gone": (lambda s: with_rows(s, lambda rows: dict([*rows.items()][1:])), "(f)"),
    "a window of nothing": (
        lambda s: with_rows(s, lambda rows: rows | {("trade_day",): {"lines": 1}}),
        "(f)",
    ),
}


@pytest.mark.parametrize("name", DAMAGE)
def test_damage_is_seen(name: str) -> None:
    """A line says what is wrong, and where."""
    damage, *seen = DAMAGE[name]
    expected, stored = sound()
    found = judged(expected, damage(stored))
    for start in seen:
        assert [line for line in found if line.startswith(start)], found


@pytest.mark.parametrize(("acked", "tried"), [(2, 2), (0, 0)], ids=["acknowledged-and-gone", "never-sent"])
def test_the_topics_hold_what_was_sent(acked: int, tried: int) -> None:
    """What Kafka acknowledged is there, and nothing that nobody sent."""
    expected, stored = sound()
    name = expected.accepted[At(PLANT, 0)]
    sent = Counter(expected.identities.values())
    found = violations(expected, stored, sent | {name: acked}, {**sent, name: tried})
    assert [line for line in found if line.startswith("(e) 1 times on the topics")]


def test_findings_and_registers_are_worked_out_from_the_topics() -> None:
    """By hand: an id sent again with another source, a negative dwell, two crossings, a state that moved."""
    crossed = [crossing(n, "V-1", "crossed", n * 1000) for n in (1, 2)]
    arrived = crossing(3, "V-1", "arrived", 5000)
    again = {**arrived, "source": "/vn/laocai/kim-thanh/booth-2"}
    state = envelope(
        "gate.state", 4, "kim-thanh", 0, {"gate_id": "kim-thanh", "state": "open", "reason": None}
    )
    moved = {**state, "id": uuid(5), "time": at(9), **correction("amend", 4, 0)}
    gates = Place("gate.state", 0)
    log = {
        GATE: log_of(*map(message_of, [*crossed, arrived, again])),
        gates: log_of(*map(message_of, [state, moved])),
    }
    facts = expect_facts(log, expect(log))

    assert {
        Contradiction("conflict", (uuid(1), uuid(2)), START_MS + 1000): 1,
        Contradiction("negative_interval", (uuid(3), uuid(1)), START_MS + 1000): 1,
        Contradiction("resent_differs", (uuid(3),), START_MS + 5000): 1,
    } == facts.contradictions
    said = {("gate_id", "kim-thanh"), ("state", "open"), ("time", str(START_MS + 9))}
    assert {("gate_states", uuid(4)): said} == facts.entries
    assert [] == differences(facts, facts)
    nothing = Facts(Counter(), {})
    assert 4 == len(differences(facts, nothing)) == len(differences(nothing, facts))
