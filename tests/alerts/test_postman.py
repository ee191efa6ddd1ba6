"""Letters on their way: in which order, together or alone, and what becomes of those that are not taken."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import pytest

from streams.alerts.outbox import Letter
from streams.alerts.postman import Postman
from streams.core.alerts.subscriptions import Subscription
from streams.errors import DependencyDownError
from tests.alerts.doubles import KeepingChannel, MemoryOutbox

NOON: Final = datetime(2027, 1, 5, 5, tzinfo=UTC)
MINUTE: Final = timedelta(minutes=1)


def letter(alert_id: str, kind: str = "fired", **fields: Any) -> Letter:
    """Give a letter to `gate`, written at noon and due at once."""
    to, written = fields.pop("subscriber", "gate"), fields.pop("created_at", NOON)
    whole = {
        "key": f"{alert_id}-{kind}-{to}",
        "subscriber": to,
        "alert_id": alert_id,
        "rule": "yard-85",
        "scope": "kim-thanh",
        "kind": kind,
        "severity": "warning",
        "title": f"title of {alert_id}",
        "body": f"body of {alert_id}",
        "event_at": written,
        "created_at": written,
        "due_at": written,
    }
    return Letter(**{**whole, **fields})


@dataclass
class Round:
    """A postman whose clock the test turns."""

    outbox: MemoryOutbox = field(default_factory=MemoryOutbox)
    channel: KeepingChannel = field(default_factory=KeepingChannel)
    now: datetime = NOON
    leads: bool = True
    hands_over: bool = False
    readers: dict[str, Subscription] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.subscribe("gate")
        self.postman = Postman(self.outbox, self, self.channel, lambda: self.now, self._leads)

    def _leads(self) -> bool:
        leads, self.leads = self.leads, self.leads and not self.hands_over
        return leads

    def hearing(self, now: datetime) -> Mapping[str, Subscription]:  # noqa: ARG002 - whenever
        """Give who is subscribed."""
        return self.readers

    def subscribe(self, name: str, **fields: Any) -> None:
        """Let somebody hear."""
        self.readers[name] = Subscription.model_validate({"name": name, "url": "json://localhost/", **fields})

    def deliver(self) -> list[str]:
        """Deliver what is due; give the keys that were taken, in order."""
        before = len(self.channel.heard)
        self.postman.deliver()
        return [one.key for one in self.channel.heard[before:]]

    def status(self, key: str) -> str:
        """Give how a letter stands."""
        return self.outbox.letters[key].status


@pytest.fixture
def walk() -> Round:
    """Give a postman with one subscriber and an empty outbox."""
    return Round()


def test_an_end_waits_for_its_beginning(walk: Round) -> None:
    """While that could not be taken; then both go, in order."""
    walk.channel.is_up = False
    walk.outbox.put([letter("a")])
    walk.deliver()
    walk.outbox.put([letter("a", "resolved", created_at=NOON + timedelta(seconds=1))])
    walk.channel.is_up, walk.now = True, NOON + timedelta(seconds=2)
    assert [] == walk.deliver()
    walk.now += MINUTE
    assert ["a-fired-gate", "a-resolved-gate"] == walk.deliver()


@pytest.mark.parametrize("beginning", [[], [letter("a", status="dead")], [letter("a", status="dropped")]])
def test_who_never_heard_of_the_beginning_does_not_hear_of_the_end(
    walk: Round, beginning: list[Letter]
) -> None:
    """It was not written to him, was given up or was no longer needed."""
    walk.outbox.put([*beginning, letter("a", "resolved")])

    assert [] == walk.deliver()
    assert "dropped" == walk.status("a-resolved-gate")


@pytest.mark.parametrize("kind", ["fired", "changed"])
def test_what_was_acknowledged_does_not_escalate(walk: Round, kind: str) -> None:
    """Neither an alert that is open nor a change, which is over at once; others do."""
    walk.outbox.put([letter("a", kind, escalation=True), letter("b", kind, escalation=True)])
    walk.outbox.settled = {"a"}

    assert [f"b-{kind}-gate"] == walk.deliver()
    assert "dropped" == walk.status(f"a-{kind}-gate")


def test_a_dead_recipient_costs_a_round_one_attempt(walk: Round) -> None:
    """Else its many letters, each of which times out, would delay everybody; the others get theirs."""
    walk.subscribe("desk")
    walk.outbox.put([letter(name) for name in "abc"] + [letter("a", subscriber="desk")])
    walk.channel.refused = {"a-fired-gate", "b-fired-gate"}

    assert ["a-fired-desk"] == walk.deliver()
    assert 2 == walk.channel.asked
    # Each waits for its own time: one that is never taken does not hold up those behind it.
    assert [] == walk.deliver()
    assert ["c-fired-gate"] == walk.deliver()


def test_what_is_critical_passes_a_full_hour(walk: Round) -> None:
    """The rest waits and comes as one; unless the subscriber wants it so."""
    walk.subscribe("calm", override=False, per_hour=1)
    walk.subscribe("gate", per_hour=1)
    walk.outbox.sent = {"gate": 1, "calm": 1}
    urgent = [letter("a", severity="critical", subscriber=name) for name in ("gate", "calm")]
    walk.outbox.put([letter("b"), letter("c"), *urgent])

    assert ["a-fired-gate"] == walk.deliver()
    walk.outbox.sent = {}
    walk.now += 6 * MINUTE
    assert 2 == len(walk.deliver())
    assert {"calm", "gate"} == {one.to for one in walk.channel.heard[1:]}


def test_a_digest_of_many_goes_in_parts(walk: Round) -> None:
    """Everything that is in it is read: 40 a message."""
    walk.subscribe("gate", digest="12:00")
    walk.outbox.put([letter(f"alert-{number:02}", due_at=NOON) for number in range(85)])

    assert 3 == len(walk.deliver())
    body = "\n".join(one.body for one in walk.channel.heard)
    assert all(f"body of alert-{number:02}" in body for number in range(85))
    assert ["40", "40", "5"] == [one.title.split()[3] for one in walk.channel.heard]


def test_a_letter_is_given_up_a_day_after_it_was_first_due(walk: Round) -> None:
    """Not after it was written: one of a digest has waited a day before anybody tries it."""
    walk.subscribe("gate", digest="12:00")
    walk.channel.is_up = False
    walk.outbox.put([letter("a", created_at=NOON + MINUTE, due_at=NOON + timedelta(days=1))])
    walk.now = NOON + timedelta(days=1, minutes=2)
    walk.deliver()
    assert "waiting" == walk.status("a-fired-gate")
    walk.now += timedelta(days=1)
    walk.deliver()
    assert "dead" == walk.status("a-fired-gate")


def test_what_was_sent_is_not_sent_again_while_it_cannot_be_written_down(walk: Round) -> None:
    """Only the writing is tried again, before anything else goes out."""
    walk.outbox.put([letter("a")])
    walk.outbox.can_write = False
    for _ in range(3):
        with pytest.raises(DependencyDownError):
            walk.deliver()
    assert ["a-fired-gate"] == [one.key for one in walk.channel.heard]
    walk.outbox.can_write = True
    assert [] == walk.deliver()
    assert "sent" == walk.status("a-fired-gate")


def test_who_no_longer_leads_sends_nothing_more(walk: Round) -> None:
    """Amid a round: the others are left, as they are, to who leads now."""
    walk.outbox.put([letter(name) for name in "abc"])
    walk.hands_over = True

    assert ["a-fired-gate"] == walk.deliver()
    assert "waiting" == walk.status("b-fired-gate")
    assert 0 == walk.outbox.letters["b-fired-gate"].attempts
