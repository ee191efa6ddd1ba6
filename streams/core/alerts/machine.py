"""The state machine of one rule at one place. Pure: what was, what is seen and the time give what is now.

    inactive -> pending -> firing -> resolved -> pending ...
    and from each of them no_data (nothing is known) and error (the question was not answered)

An alert opens when its condition has held for as long as the rule says, and stays open through `no_data` and
`error` until the value is back beyond the separate clear limit. So an outage of the data, of ClickHouse or of
the evaluation neither ends an alert nor lets it ring again.
"""

from enum import StrEnum
from hashlib import sha256
from typing import Final, NamedTuple

from streams.core.alerts.rules import Rule

# Within a gap that is no longer, a condition counts as having held: a restart costs no pending alert.
_SHORT_GAP_MS: Final = 120_000
_GAPS_IN_HOLD: Final = 4


class Phase(StrEnum):
    """How a rule stands at a place."""

    INACTIVE = "inactive"
    PENDING = "pending"
    FIRING = "firing"
    RESOLVED = "resolved"
    NO_DATA = "no_data"
    ERROR = "error"


class Kind(StrEnum):
    """What happened that somebody may want to hear."""

    FIRED = "fired"
    RESOLVED = "resolved"
    #: Facts of a time that is over have changed, and with them the value or the word: the alert was wrong.
    CORRECTED = "corrected"
    #: Another word is said, or a limit was passed that is news: over at once.
    CHANGED = "changed"


class Observation(NamedTuple):
    """What a rule's query answered for a place; without a value it has nothing to say."""

    value: float | None = None
    sample: int = 0
    #: What the value is measured against, if the rule is a relative one.
    baseline: float | None = None
    #: The stretch of time that is over and that the value is of, such as a day; empty while it runs.
    window: str = ""
    word: str = ""
    #: When what is seen happened (ms), if the query tells.
    at: int | None = None


class Standing(NamedTuple):
    """How a rule stands at a place; all times are ms since 1970, 0 is never."""

    phase: Phase = Phase.INACTIVE
    since: int = 0
    #: When it was looked at last.
    seen: int = 0
    #: Since when the condition holds without a break, or the word is said.
    onset: int = 0
    #: When the open alert fired; 0: none is open.
    opened: int = 0
    alert_id: str = ""
    #: Nobody was told of the open alert, and nobody will be told of its end.
    silent: bool = False
    #: People asked for silence when it opened, and nobody has been told of it yet.
    hushed: bool = False
    value: float | None = None
    sample: int = 0
    word: str = ""
    window: str = ""
    #: How many changes of the word were corrected: one that comes true again is named anew.
    corrections: int = 0


class Step(NamedTuple):
    """How it stands after a look, and what happened."""

    standing: Standing
    kind: Kind | None = None


def alert_id(rule: Rule, scope: str, onset: int, corrections: int = 0) -> str:
    """Name an alert by its rule, its place and when its condition began, after so many corrections."""
    again = f"\n{corrections}" if corrections else ""
    return sha256(f"{rule.id}\n{scope}\n{onset}{again}".encode()).hexdigest()[:16]


def measured(rule: Rule, seen: Observation) -> float | None:
    """Give what the limits are for: the value, or its percentage of the baseline; None: nothing to say."""
    if seen.value is None or seen.sample < rule.min_sample:
        return None
    if rule.against == "value":
        return seen.value
    return seen.value / seen.baseline * 100 if seen.baseline else None


def fail(standing: Standing, now: int) -> Standing:
    """Give how it stands when the question was not answered: as before, but known to be blind."""
    if standing.phase is Phase.ERROR:
        return standing
    return standing._replace(phase=Phase.ERROR, since=now)


def withdraw(standing: Standing, now: int) -> Standing:
    """Give how it stands once no rule looks at it any more: what was open is over."""
    return _closed(standing._replace(seen=now))


class Look(NamedTuple):
    """When somebody looks at a place, and what keeps quiet what opens there then."""

    now: int
    #: History comes in: it opens at once, and nobody is ever told of it.
    silent: bool = False
    #: People asked for silence: once that is over they are told, if it is open still.
    hushed: bool = False


def step(rule: Rule, scope: str, was: Standing, seen: Observation, look: Look) -> Step:
    """Give how a rule stands at a place after a look, never before the last one, and what happened."""
    if rule.on == "change":
        return _watch_word(rule, scope, was, seen, look)
    value = measured(rule, seen)
    looked = was._replace(seen=look.now, value=value, sample=seen.sample)
    if value is None:
        return _without_data(rule, looked, was.value, look.now)
    if was.opened:
        return _watch_end(rule, was, looked._replace(window=seen.window), look)
    return _watch_begin(rule, scope, was, looked._replace(window=seen.window), look)


def _watch_begin(rule: Rule, scope: str, was: Standing, looked: Standing, look: Look) -> Step:
    if not _is_beyond(rule, looked.value or 0.0):
        return Step(_at_rest(looked))
    onset = was.onset if was.onset and not _is_gap(rule, look.now - was.seen) else look.now
    if look.now - onset < rule.hold and not look.silent:
        return Step(_at(looked, Phase.PENDING)._replace(onset=onset))
    opened = _at(looked, Phase.FIRING)._replace(onset=onset, opened=look.now)
    named = _named(opened, alert_id(rule, scope, onset), look)
    return Step(named, Kind.CHANGED if rule.news else Kind.FIRED)


def _watch_end(rule: Rule, was: Standing, looked: Standing, look: Look) -> Step:
    if _is_clear(rule, looked.value or 0.0):
        is_other_now = bool(looked.window) and looked.window == was.window
        over = None if rule.news else Kind.RESOLVED
        return Step(_closed(looked), Kind.CORRECTED if is_other_now else over)
    firing = _at(looked, Phase.FIRING)
    if was.hushed and not (look.hushed or look.silent or rule.news):
        return Step(firing._replace(hushed=False), Kind.FIRED)
    return Step(firing)


def _without_data(rule: Rule, looked: Standing, last_value: float | None, now: int) -> Step:
    blind = _at(looked, Phase.NO_DATA)
    if not looked.opened:
        return Step(blind._replace(onset=0))
    if rule.no_data == "resolve" and now - blind.since >= rule.hold:
        return Step(_closed(looked), Kind.RESOLVED)
    return Step(blind._replace(value=last_value))


def _watch_word(rule: Rule, scope: str, was: Standing, seen: Observation, look: Look) -> Step:
    looked = was._replace(seen=look.now, value=seen.value, sample=seen.sample)
    if not seen.word:
        return Step(_at(looked, Phase.NO_DATA))
    said, since = looked._replace(word=seen.word), look.now if seen.at is None else seen.at
    if was.word in {"", seen.word}:
        return Step(_at_rest(said)._replace(onset=was.onset or since))
    changed = said._replace(phase=Phase.RESOLVED, since=look.now, onset=since)
    # What is said now was said before: the word that it takes the place of never was.
    if since <= was.onset and was.alert_id == alert_id(rule, scope, was.onset, was.corrections):
        return Step(changed._replace(corrections=was.corrections + 1), Kind.CORRECTED)
    return Step(_named(changed, alert_id(rule, scope, since, was.corrections), look), Kind.CHANGED)


def _named(opened: Standing, name: str, look: Look) -> Standing:
    """Give it under its name, with what keeps it quiet."""
    return opened._replace(alert_id=name, silent=look.silent, hushed=look.hushed and not look.silent)


def _at(looked: Standing, phase: Phase) -> Standing:
    """Move to a phase; who is there already stays since when he came."""
    return looked if looked.phase is phase else looked._replace(phase=phase, since=looked.seen)


def _at_rest(looked: Standing) -> Standing:
    return _at(looked, Phase.RESOLVED if looked.alert_id else Phase.INACTIVE)._replace(onset=0)


def _closed(looked: Standing) -> Standing:
    return _at(looked, Phase.RESOLVED)._replace(onset=0, opened=0)


def _is_beyond(rule: Rule, value: float) -> bool:
    return value > rule.above if rule.above is not None else value < (rule.below or 0.0)


def _is_clear(rule: Rule, value: float) -> bool:
    clear = rule.clear or 0.0
    return value <= clear if rule.above is not None else value >= clear


def _is_gap(rule: Rule, unseen: int) -> bool:
    return unseen > max(_SHORT_GAP_MS, 2 * rule.every, rule.hold // _GAPS_IN_HOLD)
