"""Takes what waits in the outbox to its subscribers: at least once, under the same key each time.

A message is sent before that is written down. So a death in between sends it once more after the restart; its
key is the same, and whoever must not act twice looks at that.
"""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from hashlib import sha256
from itertools import groupby, takewhile
from operator import attrgetter
from typing import Final

from streams.alerts import metrics
from streams.alerts.announcer import Audience
from streams.alerts.channel import Channel
from streams.alerts.outbox import Letter, Outbox, Status
from streams.clock import HANOI
from streams.core.alerts.machine import Kind
from streams.core.alerts.subscriptions import Subscription, due_at, is_alone, is_urgent
from streams.errors import UsageError
from streams.logs import get_logger

_log = get_logger("alerts")

_FIRST_DELAY_S: Final = 5.0
_LONGEST_DELAY_S: Final = 600.0
#: Whoever cannot be reached for so long is given up for this message, and `kpi subscribers list` says so.
GIVEN_UP_AFTER: Final = timedelta(hours=24)
_AT_ONCE: Final = 8
# Until the next look at an hour that is full.
_FULL_WAIT: Final = timedelta(minutes=5)
_COUNT_DEAD_EVERY: Final = timedelta(minutes=1)
# In a message of many; more of them go in several.
_IN_ONE: Final = 40
_BEGINNINGS: Final = {Kind.FIRED, Kind.CHANGED}
_AGE: Final = attrgetter("created_at", "key")


def retry_delay(attempts: int) -> timedelta:
    """Give how long to wait after so many attempts in vain."""
    return timedelta(seconds=min(_FIRST_DELAY_S * 2.0 ** min(attempts - 1, 10), _LONGEST_DELAY_S))


class Postman:
    """Delivers.

    Args:
        outbox: what waits.
        subscribers: who is subscribed.
        channel: takes messages to them.
        now: the clock; what was sent is dated when it was.
        leads: asked before each message; who no longer leads sends none, for another one may.
    """

    def __init__(
        self,
        outbox: Outbox,
        subscribers: Audience,
        channel: Channel,
        now: Callable[[], datetime],
        leads: Callable[[], bool],
    ) -> None:
        self._now = now
        self._leads = leads
        self._outbox = outbox
        self._subscribers = subscribers
        self._channel = channel
        self._counted_at: datetime | None = None
        # By key: what was sent and could not be written down.
        self._unrecorded: dict[str, Letter] = {}

    def deliver(self) -> int:
        """Deliver what is due; give how many messages left the outbox.

        Subscribers do not wait for each other. Nothing is sent before what was sent is written down.
        """
        now = self._now()
        self._record(list(self._unrecorded.values()))
        self._count_dead_recipients(now)
        due = self._outbox.due(now)
        if not due:
            return 0
        hearing, sent = self._subscribers.hearing(now), self._outbox.sent_lately(now)
        needed = self._needed(due, hearing, now)
        by_name = groupby(sorted(needed, key=attrgetter("subscriber")), attrgetter("subscriber"))
        bags = [(hearing[name], list(letters), sent.get(name, 0)) for name, letters in by_name]
        with ThreadPoolExecutor(_AT_ONCE) as threads:
            return sum(threads.map(lambda bag: self._take(*bag), bags))

    def _count_dead_recipients(self, now: datetime) -> None:
        if self._counted_at is None or now - self._counted_at >= _COUNT_DEAD_EVERY:
            metrics.DEAD_RECIPIENTS.set(self._outbox.dead_recipients())
            self._counted_at = now

    def _needed(
        self, due: Sequence[Letter], hearing: Mapping[str, Subscription], now: datetime
    ) -> list[Letter]:
        """Drop what nobody needs any more, and let an end wait for its beginning."""
        escalated = [one.alert_id for one in due if one.escalation and one.kind in _BEGINNINGS]
        settled = self._outbox.acknowledged(escalated) if escalated else set()
        needed = []
        for letter in sorted(due, key=_AGE):
            beginning = self._beginning(letter)
            why = _needless(letter, hearing, settled) or _untold(beginning)
            if why:
                self._outbox.put([letter.changed(status="dropped", detail=why, done_at=now)])
                metrics.NOTIFICATIONS.labels("dropped").inc()
            elif beginning and beginning.status == "waiting" and beginning.due_at > now:
                self._outbox.put([letter.changed(due_at=beginning.due_at)])
            else:
                needed.append(letter)
        return needed

    def _beginning(self, letter: Letter) -> Letter | None:
        """Give the letter that tells the same reader of the beginning; a beginning is its own."""
        if letter.kind in _BEGINNINGS:
            return letter
        about = self._outbox.of_alert(letter.alert_id)
        begun = (one for one in about if one.subscriber == letter.subscriber and one.kind in _BEGINNINGS)
        return next(begun, None)

    def _take(self, to: Subscription, letters: list[Letter], sent: int) -> int:
        if is_alone(to, sent, len(letters)):
            return self._send_each(to, [[letter] for letter in letters])
        if to.digest or sent < to.per_hour:
            return self._send_each(to, _parts(letters))
        # The hour is full: what can wait goes as one later.
        urgent = [one for one in letters if is_urgent(to, one.severity)]
        later = self._now() + _FULL_WAIT
        self._outbox.put([one.changed(due_at=later) for one in letters if one not in urgent])
        return self._send_each(to, _parts(urgent))

    def _send_each(self, to: Subscription, messages: Sequence[Sequence[Letter]]) -> int:
        """Send one after the other until one is not taken: a dead recipient costs a round one attempt."""
        return sum(takewhile(bool, (self._send(to, one) for one in messages if self._leads())))

    def _send(self, to: Subscription, letters: Sequence[Letter]) -> int:
        title, body, key = _compose(letters)
        why = "the service did not take it"
        try:
            is_taken = self._channel.send(to, title, body, key)
        except UsageError as error:
            is_taken, why = False, str(error)
        except Exception as error:  # noqa: BLE001 - a service's own failure must not stop the others
            is_taken, why = False, type(error).__name__
        now = self._now()
        after = [_after(to, letter, now, "" if is_taken else why) for letter in letters]
        _count(to, after)
        self._record(after)
        if not is_taken:
            _log.warning("alert_not_delivered", subscriber=to.name, key=key, why=why)
        return len(letters) if is_taken else 0

    def _record(self, letters: Sequence[Letter]) -> None:
        """Write down what became of letters; what was sent is kept until that is done."""
        sent = {letter.key: letter for letter in letters if letter.status == "sent"}
        self._unrecorded.update(sent)
        self._outbox.put(letters)
        for key in sent:
            del self._unrecorded[key]


def _needless(letter: Letter, hearing: Mapping[str, Subscription], settled: set[str]) -> str:
    if letter.subscriber not in hearing:
        return "muted or removed"
    if letter.escalation and letter.kind in _BEGINNINGS and letter.alert_id in settled:
        return "acknowledged or over in time"
    return ""


def _untold(beginning: Letter | None) -> str:
    """Say why an end is not told: who never heard of the beginning need not hear of the end."""
    is_told = beginning is not None and beginning.status in {"sent", "waiting"}
    return "" if is_told else "its beginning was not told"


def _parts(letters: Sequence[Letter]) -> list[Sequence[Letter]]:
    return [letters[first : first + _IN_ONE] for first in range(0, len(letters), _IN_ONE)]


def _compose(letters: Sequence[Letter]) -> tuple[str, str, str]:
    """Give title, text and key of one message of one or more."""
    if len(letters) == 1:
        return letters[0].title, letters[0].body, letters[0].key
    lines = [f"{letter.title}\n{letter.body}" for letter in letters]
    key = sha256("\n".join(letter.key for letter in letters).encode()).hexdigest()[:16]
    return f"KPI Lào Cai: {len(letters)} cảnh báo / alerts", "\n\n".join(lines), key


def _after(to: Subscription, letter: Letter, now: datetime, why: str) -> Letter:
    if not why:
        return letter.changed(status="sent", attempts=letter.attempts + 1, detail="", done_at=now)
    attempts = letter.attempts + 1
    is_over = now - _first_due(to, letter) > GIVEN_UP_AFTER
    status: Status = "dead" if is_over else "waiting"
    if is_over:
        _log.error("alert_given_up", subscriber=letter.subscriber, key=letter.key, attempts=attempts)
    done_at = now if is_over else None
    again_at = now + retry_delay(attempts)
    return letter.changed(status=status, attempts=attempts, detail=why, done_at=done_at, due_at=again_at)


def _first_due(to: Subscription, letter: Letter) -> datetime:
    return due_at(to, letter.severity, letter.created_at.astimezone(HANOI))


def _count(to: Subscription, letters: Sequence[Letter]) -> None:
    for letter in letters:
        metrics.NOTIFICATIONS.labels("sent" if letter.status == "sent" else "failed").inc()
        if letter.status == "dead":
            metrics.NOTIFICATIONS.labels("given_up").inc()
        if letter.status == "sent" and letter.done_at is not None:
            metrics.DELIVERY_SECONDS.observe((letter.done_at - _expected_at(to, letter)).total_seconds())


def _expected_at(to: Subscription, letter: Letter) -> datetime:
    """Give from when on a subscriber waited for a letter: what he asked to wait for is no delay."""
    due = _first_due(to, letter)
    return max(letter.event_at, due) if due > letter.created_at else letter.event_at
