"""Looks at every rule when it is its turn, remembers how it stands, and puts what happened into the outbox.

Order, so that a death between any two steps loses nothing and names nothing twice: (1) the standings, with
what happened in them; (2) the alerts and the messages, whose names follow from (1); (3) the standings again,
as told. Whoever takes over does (2) and (3) of what was only decided.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from functools import cache, partial
from typing import Any, Final

from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import DatabaseError, OperationalError

from streams import clock
from streams.alerts import metrics
from streams.alerts.announcer import Announcer
from streams.alerts.ask import ask, newest
from streams.alerts.history import History, look_for_history
from streams.alerts.memory import Memory, Silence, ms_of
from streams.core.alerts.evaluate import Evaluation, Happening, evaluate, unanswered
from streams.core.alerts.machine import Look, Phase, Standing, withdraw
from streams.core.alerts.rules import Rule
from streams.logs import get_logger

_log = get_logger("alerts")

# A standing that does not change is written so often, so that a restart knows that it went on.
_NOTE_EVERY_MS: Final = 60_000
_PULSE_EVERY_MS: Final = 30_000


class Evaluator:
    """The rules of one instance, while it is the one that evaluates.

    Args:
        reader: asks the measures; its database is that of the public views.
        memory: where it remembers.
        rules: the rules.
        announcer: writes to those who want to hear.
        course: how a replay's clock is written into a query; its history comes when it happened.
    """

    def __init__(
        self,
        reader: Client,
        memory: Memory,
        rules: Sequence[Rule],
        announcer: Announcer,
        course: Callable[[str], str] | None = None,
    ) -> None:
        self._reader = reader
        self._memory = memory
        self._names = announcer.names
        self._rules = rules
        self._announcer = announcer
        self._rewrite: Callable[[str], str] = course or str
        self._history = look_for_history if course is None else _no_history
        self._standings: dict[str, dict[str, Standing]] = {}
        self._noted: dict[tuple[str, str], Standing] = {}
        self._looked: dict[str, int] = {}
        self._waited_for = {rule.after for rule in rules} - {""}
        self._heard: dict[str, datetime] = {}
        self._woken: set[str] = set()
        self._pulse_at = 0
        self._left: datetime | None = None

    def take_over(self, now: datetime) -> None:
        """Go on from what is remembered; close what no rule covers, and tell what may not have been told."""
        remembered = self._memory.recall(self._rules)
        self._standings = remembered.standings
        self._noted = {
            (rule, scope): standing
            for rule, places in remembered.standings.items()
            for scope, standing in places.items()
        }
        self._looked.clear()
        self._left = self._memory.pulsed()
        # First, since what is withdrawn is written as told.
        self._tell(remembered.untold, now)
        self._withdraw(now)
        _log.info("alerts_taken_over", standings=len(self._noted), untold=len(remembered.untold))

    def _withdraw(self, now: datetime) -> None:
        """Close what fired when its rule was removed, renamed or narrowed, or was no news yet."""
        rules = {rule.id: rule for rule in self._rules}
        news = {
            (name, scope): standing
            for (name, scope), standing in self._noted.items()
            if standing.opened and name in rules and rules[name].news
        }
        self._memory.withdraw(news, now)
        closed = {
            (name, scope): withdraw(standing, ms_of(now))
            for (name, scope), standing in self._noted.items()
            if standing.opened and not (name in rules and rules[name].covers(scope))
        }
        self._memory.withdraw(closed, now)
        self._noted |= closed
        for (name, scope), standing in closed.items():
            self._standings[name][scope] = standing

    def look(self, now: datetime) -> list[Happening]:
        """Look at the rules whose turn it is; give what happened."""
        rules = self._due(ms_of(now))
        if not rules:
            return []
        happenings: list[Happening] = []
        for measure in dict.fromkeys(rule.measure for rule in rules):
            about = [rule for rule in rules if rule.measure == measure]
            happenings += self._look_at(about, self._answers(measure), now)
        self._show_that_it_looked(now)
        return happenings

    def _due(self, now: int) -> list[Rule]:
        heard = newest(self._reader, self._waited_for, self._rewrite)
        woken = {topic for topic, received_at in heard.items() if received_at != self._heard.get(topic)}
        # Once more at the next turn: an event may be stored before what a view makes of it.
        after, self._heard, self._woken = woken | self._woken, heard, woken
        return [
            rule
            for rule in self._rules
            if rule.after in after or now - self._looked.get(rule.id, 0) >= rule.every
        ]

    def _show_that_it_looked(self, now: datetime) -> None:
        metrics.EVALUATED_AT.set(now.timestamp())
        metrics.count_open(
            rule.severity
            for rule in self._rules
            for standing in self._standings.get(rule.id, {}).values()
            if standing.opened and not rule.news
        )
        if ms_of(now) - self._pulse_at >= _PULSE_EVERY_MS:
            self._memory.pulse(now)
            self._pulse_at = ms_of(now)

    def _answers(self, measure: str) -> Mapping[str, Mapping[str, Any]] | None:
        """Ask a measure; None: ClickHouse refuses it.

        Raises:
            OperationalError: ClickHouse does not answer at all.
        """
        began = clock.monotonic()
        try:
            answers = ask(self._reader, measure, self._rewrite)
        except OperationalError:
            raise
        except DatabaseError as error:
            metrics.EVALUATIONS.labels(measure, "refused").inc()
            _log.warning("measure_refused", measure=measure, error=str(error).partition("\n")[0][:300])
            return None
        metrics.EVALUATIONS.labels(measure, "answered").inc()
        metrics.EVALUATION_SECONDS.labels(measure).observe(clock.monotonic() - began)
        return answers

    def _look_at(
        self, rules: Sequence[Rule], answers: Mapping[str, Mapping[str, Any]] | None, now: datetime
    ) -> list[Happening]:
        now_ms, happenings = ms_of(now), []
        # The first look sees all that came in since the last one, before a stop.
        looked = now if all(rule.id in self._looked for rule in rules) else self._left or now
        # After the measure, so that what its answer holds of history is known; only where something may ring.
        history = cache(lambda: self._history(self._reader, now, looked))
        silences = cache(lambda: self._memory.silences(now))
        for rule in rules:
            were = self._standings.get(rule.id, {})
            self._looked[rule.id] = now_ms
            if answers is None:
                self._standings[rule.id] = unanswered(were, now_ms)
                continue
            found = evaluate(rule, were, answers, lambda _: Look(now_ms))
            if _may_ring(found):
                look_at = partial(self._looking, rule, now_ms, history(), silences())
                found = evaluate(rule, were, answers, look_at)
            self._standings[rule.id] = {**were, **found.standings}
            happenings += found.happenings
        self._memory.decide(happenings, announced=False)
        self._tell(happenings, now)
        self._note([rule.id for rule in rules], {(h.rule.id, h.scope) for h in happenings}, now_ms)
        return happenings

    def _looking(
        self, rule: Rule, now: int, history: History, silences: Iterable[Silence], scope: str
    ) -> Look:
        """Look at a place, knowing what keeps it quiet."""
        around = self._names.around(scope)
        hushed = any(one.covers(rule, around) for one in silences)
        return Look(now, history.silences(rule, scope, self._names, now), hushed)

    def _tell(self, happenings: Sequence[Happening], now: datetime) -> None:
        self._announcer.announce(happenings, now)
        self._noted |= {(one.rule.id, one.scope): one.standing for one in happenings}

    def _note(self, rules: Iterable[str], told: set[tuple[str, str]], now: int) -> None:
        changed = {
            (rule, scope): standing
            for rule in rules
            for scope, standing in self._standings.get(rule, {}).items()
            if (rule, scope) not in told and _is_news(self._noted.get((rule, scope)), standing, now)
        }
        self._memory.note(changed)
        self._noted |= changed


def _no_history(*_: object) -> History:
    return History()


def _may_ring(found: Evaluation) -> bool:
    pending = (standing.phase is Phase.PENDING for standing in found.standings.values())
    return bool(found.happenings) or any(pending)


def _is_news(noted: Standing | None, standing: Standing, now: int) -> bool:
    """Tell whether a standing is to be written: it changed, or it is open or pending and a minute old."""
    if noted is None or noted.phase is not standing.phase or noted.word != standing.word:
        return True
    is_restless = standing.phase is Phase.PENDING or standing.opened
    return bool(is_restless) and now - noted.seen >= _NOTE_EVERY_MS
