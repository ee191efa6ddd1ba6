"""The state machine of alerts, for any series of observations."""

from collections.abc import Sequence
from typing import Any, Final

from hypothesis import given
from hypothesis import strategies as st

from streams.core.alerts.machine import (
    Kind,
    Look,
    Observation,
    Phase,
    Standing,
    Step,
    alert_id,
    fail,
    measured,
    step,
)
from streams.core.alerts.rules import Rule, parse_rules
from streams.resources import resource

_RULES: Final = {
    rule.id: rule for rule in parse_rules(resource("deploy/alerts.toml").read_text(encoding="utf-8"), "file")
}
_NEW: Final = Standing()
MINUTE: Final = 60_000
START: Final = 1_800_000_000_000
#: None: the question was not answered.
LOOKS: Final = st.one_of(
    st.none(),
    st.builds(
        Observation,
        st.one_of(st.none(), st.sampled_from([200.0, 250.0, 270.0, 300.0, 301.0, 900.0])),
        st.integers(0, 40),
        window=st.sampled_from(["", "2026-01-04", "2026-01-05"]),
    ),
)


def rule(**changes: Any) -> Rule:
    """Give the rule on 300 vehicles that wait for five minutes, with 20 of them as the least sample."""
    return _RULES["waiting-vehicles-300"].model_copy(update={"min_sample": 20, **changes})


def walk(one: Rule, looks: Sequence[Observation | None], was: Standing = _NEW, at: int = 0) -> list[Step]:
    """Look once a minute."""
    steps = []
    for number, seen in enumerate(looks, at):
        now = START + number * MINUTE
        found = Step(fail(was, now)) if seen is None else step(one, "kim-thanh", was, seen, Look(now))
        steps.append(found)
        was = found.standing
    return steps


@given(st.lists(LOOKS, max_size=60))
def test_every_alert_ends_once_before_the_next_one_begins(looks: list[Observation | None]) -> None:
    """What is heard alternates: fired, then resolved or corrected."""
    kinds = [found.kind for found in walk(rule(), looks) if found.kind]

    assert all(kind is Kind.FIRED for kind in kinds[::2])
    assert all(kind in {Kind.RESOLVED, Kind.CORRECTED} for kind in kinds[1::2])


@given(st.lists(LOOKS, max_size=60))
def test_an_alert_fires_only_after_its_time_beyond_the_limit(looks: list[Observation | None]) -> None:
    """Of the five minutes before it, each answer was beyond the limit, of enough vehicles."""
    one = rule()
    for number, found in enumerate(walk(one, looks)):
        if found.kind is Kind.FIRED:
            answers = [seen for seen in looks[number - 5 : number + 1] if seen is not None]
            values = [measured(one, seen) for seen in answers]
            assert number >= 5
            assert all(value is not None and value > 300 for value in values)


@given(st.lists(LOOKS, max_size=60))
def test_an_alert_ends_only_at_the_clear_limit(looks: list[Observation | None]) -> None:
    """No data, no answer and values between the limits keep it as it is."""
    one = rule()
    for seen, found in zip(looks, walk(one, looks), strict=True):
        if found.kind in {Kind.RESOLVED, Kind.CORRECTED}:
            assert seen is not None
            assert (measured(one, seen) or 0) <= 250


@given(st.lists(LOOKS, max_size=60), st.integers(0, 60))
def test_a_restart_changes_nothing(looks: list[Observation | None], cut: int) -> None:
    """Whoever goes on from what was stored hears and names the same alerts."""
    whole = walk(rule(), looks)
    first = walk(rule(), looks[:cut])
    stored = Standing(*first[-1].standing) if first else Standing()

    assert whole == first + walk(rule(), looks[cut:], stored, at=len(first))


@given(st.lists(LOOKS, max_size=60))
def test_what_is_not_known_rings_nobody(looks: list[Observation | None]) -> None:
    """Too small a sample, no value and no answer are states, never news."""
    unknown = [seen for seen in looks if seen is None or measured(rule(), seen) is None]
    steps = walk(rule(), unknown)

    assert [] == [found.kind for found in steps if found.kind]
    assert {found.standing.phase for found in steps} <= {Phase.NO_DATA, Phase.ERROR}


@given(st.lists(LOOKS.filter(lambda seen: seen is not None), max_size=40))
def test_while_history_comes_in_nobody_hears_of_it(looks: list[Observation]) -> None:
    """Every alert that opens silently ends silently."""
    was = Standing()
    for number, seen in enumerate(looks):
        was, kind = step(rule(), "kim-thanh", was, seen, Look(START + number * MINUTE, silent=True))
        assert kind is None or was.silent


def test_an_alert_that_was_heard_of_ends_aloud_though_history_comes_in() -> None:
    """Whoever was told that it began is told that it is over."""
    fired = walk(rule(), [Observation(400.0, 400)] * 6)[-1]
    over = step(
        rule(), "kim-thanh", fired.standing, Observation(10.0, 20), Look(START + 7 * MINUTE, silent=True)
    )

    assert (Kind.FIRED, Kind.RESOLVED) == (fired.kind, over.kind)
    assert not over.standing.silent


def test_the_name_of_an_alert_is_its_rule_its_place_and_its_beginning() -> None:
    """Two instances that look at the same state name it alike; the next alert has another name."""
    looks = [Observation(400.0, 400)] * 6 + [Observation(10.0, 20)] + [Observation(400.0, 400)] * 6
    first, second = [found.standing for found in walk(rule(), looks) if found.kind is Kind.FIRED]

    assert alert_id(rule(), "kim-thanh", START) == first.alert_id
    assert first.alert_id != second.alert_id
    assert alert_id(rule(), "ho-kieu", START) != first.alert_id


def test_a_relative_limit_needs_its_baseline() -> None:
    """40 % of last week's 400 is the limit for 160; without last week there is nothing to say."""
    fell = _RULES["crossings-fell"]

    assert 35.0 == measured(fell, Observation(140.0, 400, baseline=400.0))
    assert measured(fell, Observation(140.0, 400)) is None
    assert measured(fell, Observation(0.0, 400, baseline=0.0)) is None


def test_a_change_is_named_by_when_it_happened() -> None:
    """Two instances that see one closure, seconds apart, name it alike; it is over at once."""
    one = _RULES["gate-state"]
    stood = step(one, "kim-thanh", Standing(), Observation(0.0, 1, word="open", at=1), Look(START)).standing
    closed = Observation(2.0, 1, word="closed", at=START + 1)
    found = [step(one, "kim-thanh", stood, closed, Look(START + late)) for late in (2_000, 9_000)]

    assert [Kind.CHANGED] * 2 == [one.kind for one in found]
    assert 1 == len({one.standing.alert_id for one in found})
    assert {(Phase.RESOLVED, 0)} == {(one.standing.phase, one.standing.opened) for one in found}
