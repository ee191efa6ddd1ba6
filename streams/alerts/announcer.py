"""Writes what happened into the alerts and, for each subscriber who wants to hear of it, into the outbox."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from streams.alerts.memory import Memory, moment_of
from streams.alerts.names import Names
from streams.alerts.outbox import Letter, Outbox
from streams.clock import HANOI
from streams.core.alerts.evaluate import Happening
from streams.core.alerts.machine import Kind
from streams.core.alerts.messages import write_message
from streams.core.alerts.subscriptions import Subscription, due_at, wants
from streams.logs import get_logger

_log = get_logger("alerts")


class Audience(Protocol):
    """Who may want to hear."""

    def hearing(self, now: datetime) -> Mapping[str, Subscription]:
        """Give those who hear at a moment, by name."""


class Nobody:
    """Hears nothing: alerts are stored, and no message is ever written."""

    def hearing(self, now: datetime) -> Mapping[str, Subscription]:  # noqa: ARG002 - whenever
        """Give nobody."""
        return {}


class Announcer:
    """Announces; doing it again under the same standings changes nothing.

    Args:
        memory: where alerts are written.
        outbox: where messages wait.
        names: what places are called, and which lie in which.
        audience: who may want to hear.
    """

    def __init__(self, memory: Memory, outbox: Outbox, names: Names, audience: Audience) -> None:
        self._memory = memory
        self._outbox = outbox
        self.names = names
        self._audience = audience

    def announce(self, happenings: Sequence[Happening], now: datetime) -> None:
        """Write alerts and messages, and that it is done."""
        if not happenings:
            return
        self._memory.record(happenings)
        self._outbox.put([letter for happening in happenings for letter in self._letters(happening, now)])
        self._memory.decide(happenings, announced=True)
        for one in happenings:
            said = {"rule": one.rule.id, "scope": one.scope, "kind": str(one.kind)}
            _log.info("alert", **said, silent=one.standing.silent, alert_id=one.standing.alert_id)

    def _letters(self, happening: Happening, now: datetime) -> list[Letter]:
        if happening.standing.silent or happening.standing.hushed:
            return []
        hearing = self._audience.hearing(now).values()
        places = self.names.around(happening.scope)
        return [self._letter(happening, one, now) for one in hearing if wants(one, happening.rule, places)]

    def _letter(self, happening: Happening, to: Subscription, now: datetime) -> Letter:
        rule, scope, kind, standing, _ = happening
        message = write_message(happening, self.names.wording(scope, to.lang))
        return Letter(
            key=f"{standing.alert_id}-{kind}-{to.name}",
            subscriber=to.name,
            alert_id=standing.alert_id,
            rule=rule.id,
            scope=scope,
            kind=str(kind),
            severity=rule.severity,
            title=message.title,
            body=f"{message.text}\nrunbook.md#{rule.runbook}",
            event_at=moment_of(_event_ms(happening)),
            created_at=now,
            due_at=due_at(to, rule.severity, now.astimezone(HANOI)),
            # After a silence too nobody need hear of what somebody takes care of.
            escalation=to.escalate_after > 0 or _was_hushed(happening),
        )


def _was_hushed(happening: Happening) -> bool:
    """Tell whether it is told only now that a silence is over."""
    return happening.kind is Kind.FIRED and happening.standing.opened < happening.standing.seen


def _event_ms(happening: Happening) -> int:
    """Give when that came about which is told: a change, the end of a limit's time, a silence or an alert."""
    rule, _, kind, standing, _ = happening
    if _was_hushed(happening):
        return standing.seen
    if kind is Kind.FIRED:
        return min(standing.onset + rule.hold, standing.opened)
    return standing.onset if kind is Kind.CHANGED else standing.since
