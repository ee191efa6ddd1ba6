"""The state machine of alerts, for any series of observations."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any, Final

from hypothesis import given
from hypothesis import strategies as st

from streams.core.alerts.evaluate import evaluate
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


HUSHED_LOOKS: Final = st.lists(
    st.tuples(LOOKS.filter(lambda seen: seen is not None), st.booleans()), max_size=60
)


@given(HUSHED_LOOKS)
def test_who_asked_for_silence_hears_once_it_is_over_what_is_open_still(
    looks: list[tuple[Observation, bool]],
) -> None:
    """No beginning is told within a silence; what was told is told to be over, and nothing else is."""
    was, told = Standing(), False
    for number, (seen, hushed) in enumerate(looks):
        was, kind = step(rule(), "kim-thanh", was, seen, Look(START + number * MINUTE, hushed=hushed))
        if kind is not None and not was.hushed:
            assert told is (kind is not Kind.FIRED)
            assert told or not hushed
            told = kind is Kind.FIRED
        if was.phase is Phase.FIRING and not hushed:
            assert told


def test_a_silence_that_ends_over_an_open_alert_announces_it_once() -> None:
    """Under the name that it has on the boards; one that was over by then was never told."""
    jam, over = Observation(400.0, 400), Observation(10.0, 20)
    fired = step(rule(hold=0), "kim-thanh", _NEW, jam, Look(START, hushed=True))
    quiet = step(rule(), "kim-thanh", fired.standing, jam, Look(START + MINUTE, hushed=True))
    told = step(rule(), "kim-thanh", quiet.standing, jam, Look(START + 2 * MINUTE))
    after = step(rule(), "kim-thanh", told.standing, jam, Look(START + 3 * MINUTE))

    assert [Kind.FIRED, None, Kind.FIRED, None] == [one.kind for one in (fired, quiet, told, after)]
    assert [True, True, False, False] == [one.standing.hushed for one in (fired, quiet, told, after)]
    assert 1 == len({one.standing.alert_id for one in (fired, told)})
    assert START == told.standing.opened
    assert step(rule(), "kim-thanh", quiet.standing, over, Look(START + 2 * MINUTE)).standing.hushed


def test_a_silence_that_ends_while_history_comes_in_announces_afterwards() -> None:
    """What is true by then is told, for it had opened before."""
    jam = Observation(400.0, 400)
    was = step(rule(hold=0), "kim-thanh", _NEW, jam, Look(START, hushed=True)).standing
    amid = step(rule(), "kim-thanh", was, jam, Look(START + MINUTE, silent=True))
    after = step(rule(), "kim-thanh", amid.standing, jam, Look(START + 2 * MINUTE))

    assert (None, Kind.FIRED) == (amid.kind, after.kind)


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


@given(st.lists(LOOKS, max_size=60))
def test_news_never_ends(looks: list[Observation | None]) -> None:
    """It is told when a state would begin, and again only where it was wrong: nobody hears of its end."""
    states = [found.kind for found in walk(rule(), looks)]
    told = {Kind.FIRED: Kind.CHANGED, Kind.CORRECTED: Kind.CORRECTED}

    assert [told.get(kind) for kind in states if kind] == [
        found.kind for found, kind in zip(walk(rule(news=True), looks), states, strict=True) if kind
    ]


def test_news_that_was_hushed_is_not_told_later() -> None:
    """As a change of a gate: it is over at once."""
    one, beyond = rule(news=True, hold=0), Observation(900.0, 40)
    hushed = step(one, "kim-thanh", _NEW, beyond, Look(START, hushed=True))

    assert Kind.CHANGED is hushed.kind
    assert step(one, "kim-thanh", hushed.standing, beyond, Look(START + MINUTE)).kind is None


def test_what_a_place_has_passed_at_the_first_look_is_old() -> None:
    """A target that is entered in December is past three quarters: no news; what passes it later is."""
    seen: dict[str, dict[str, Any]] = {}
    standings: dict[str, Standing] = {}
    heard = []
    for scope, value in (("parks", 60.0), ("lao-cai", 80.0), ("parks", 76.0)):
        seen[scope] = {"value": value, "sample": 1, "window": "2026"}
        found = evaluate(_RULES["milestone-75"], standings, seen, lambda _: Look(START))
        standings = found.standings
        heard += [(one.scope, one.standing.silent) for one in found.happenings]

    assert [("lao-cai", True), ("parks", False)] == heard


def test_a_change_is_named_by_when_it_happened() -> None:
    """Two instances that see one closure, seconds apart, name it alike; it is over at once."""
    one = _RULES["gate-state"]
    stood = step(one, "kim-thanh", Standing(), Observation(0.0, 1, word="open", at=1), Look(START)).standing
    closed = Observation(2.0, 1, word="closed", at=START + 1)
    found = [step(one, "kim-thanh", stood, closed, Look(START + late)) for late in (2_000, 9_000)]

    assert [Kind.CHANGED] * 2 == [one.kind for one in found]
    assert 1 == len({one.standing.alert_id for one in found})
    assert {(Phase.RESOLVED, 0)} == {(one.standing.phase, one.standing.opened) for one in found}


def said(word: str, at: int) -> Observation:
    """Give what a gate says, and since when (minutes)."""
    return Observation(0.0, 1, word=word, at=START + at * MINUTE)


def test_a_change_that_was_cancelled_is_corrected_under_its_own_name() -> None:
    """Also after other looks and a night; who was not told of it is not told of its end."""
    looks = [said("open", 0), said("closed", 1), said("closed", 1), Observation(), said("open", 0)]
    steps = walk(_RULES["gate-state"], looks)

    assert [None, Kind.CHANGED, None, None, Kind.CORRECTED] == [found.kind for found in steps]
    assert steps[1].standing.alert_id == steps[4].standing.alert_id
    hushed = step(
        _RULES["gate-state"],
        "kim-thanh",
        steps[0].standing,
        said("closed", 1),
        Look(START + MINUTE, hushed=True),
    )
    corrected = step(
        _RULES["gate-state"], "kim-thanh", hushed.standing, said("open", 0), Look(START + 9 * MINUTE)
    )
    assert (Kind.CORRECTED, True) == (corrected.kind, corrected.standing.hushed)


# Who says what since when: a history of a gate, in which anything may be cancelled, amended and said again.
HISTORIES: Final = st.lists(
    st.lists(st.tuples(st.integers(0, 9), st.sampled_from(["open", "restricted", "closed"])), max_size=4),
    max_size=30,
)


def _newest(history: list[tuple[int, str]]) -> Observation:
    """Give the last word, and since when no other one has been said, as `gates_now` does."""
    told = sorted(dict(history).items())
    if not told:
        return Observation()
    word = told[-1][1]
    since = max((at for at, other in told if other != word), default=-1)
    return said(word, min(at for at, _ in told if at > since))


@given(HISTORIES)
def test_every_other_word_is_heard_whatever_was_corrected(histories: list[list[tuple[int, str]]]) -> None:
    """By a name that no message had before; a correction has that of a change that was told."""
    looks = [_newest(history) for history in histories]
    words = [seen.word for seen in looks if seen.word]
    steps = walk(_RULES["gate-state"], looks)
    heard = [(found.standing.alert_id, found.kind) for found in steps if found.kind]

    assert sum(one != other for one, other in pairwise(words)) == len(heard) == len(set(heard))
    for number, (name, kind) in enumerate(heard):
        assert kind is Kind.CHANGED or heard[number - 1] == (name, Kind.CHANGED)
