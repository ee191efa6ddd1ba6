"""Who hears of what, when: filters, quiet hours, digests and escalation. Pure: local time is an argument."""

from collections.abc import Collection, Iterable
from datetime import datetime, time, timedelta
from typing import Annotated, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, StringConstraints, model_validator

from streams.core.alerts.durations import Duration
from streams.core.alerts.lists import NameList
from streams.core.alerts.rules import SEVERITIES, Name, Rule, Severity
from streams.core.definitions import CATALOGUE

Language = Literal["vi", "en"]
_CLOCK: Final = r"(?:[01]\d|2[0-3]):[0-5]\d"
_DAY: Final = timedelta(days=1)


class Subscription(BaseModel):
    """One recipient. Clock times are those of Hanoi."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    name: Name
    #: An Apprise address, or where it is kept: `env:NAME` or `file:/path`.
    url: SecretStr
    #: Only these KPIs and these places; empty: all. A place also stands for what is at it.
    kpis: NameList = ()
    scopes: NameList = ()
    #: This severity and above.
    severity: Severity = "info"
    lang: Language = "vi"
    #: `22:00-06:00`: what comes in these hours waits for their end.
    quiet: Annotated[str, StringConstraints(pattern=rf"^(?:{_CLOCK}-{_CLOCK})?$")] = ""
    #: What is critical does not wait for the end of quiet hours, of a full hour, or for the digest.
    override: bool = True
    #: `07:00`: everything in one message a day.
    digest: Annotated[str, StringConstraints(pattern=rf"^(?:{_CLOCK})?$")] = ""
    #: No more messages an hour; what is beyond comes as one.
    per_hour: int = Field(30, ge=1, le=1000)
    #: Hears only of what nobody has acknowledged for so long.
    escalate_after: Duration = 0

    @model_validator(mode="after")
    def _names_kpis(self) -> Self:
        unknown = sorted(set(self.kpis) - CATALOGUE.keys())
        if unknown:
            raise ValueError(f"kpi {unknown[0]!r} has no definition; kpi definitions lists them")
        return self


def wants(one: Subscription, rule: Rule, places: Collection[str]) -> bool:
    """Tell whether a recipient hears of a rule at a place, given with those that it lies in."""
    return (
        SEVERITIES.index(rule.severity) >= SEVERITIES.index(one.severity)
        and (not one.kpis or rule.kpi in one.kpis)
        and (not one.scopes or any(place in places for place in one.scopes))
    )


def due_at(one: Subscription, severity: Severity, moment: datetime) -> datetime:
    """Give when a message of a moment (in local time) is to be sent."""
    due = moment + timedelta(milliseconds=one.escalate_after)
    if is_urgent(one, severity):
        return due
    if one.digest:
        return _next(_clock(one.digest), due)
    if one.quiet:
        begin, end = map(_clock, one.quiet.split("-"))
        if _is_within(due.time(), begin, end):
            return _next(end, due)
    return due


def is_urgent(one: Subscription, severity: Severity) -> bool:
    """Tell whether a message waits for nothing."""
    return severity == "critical" and one.override


def is_alone(one: Subscription, sent_lately: int, messages: int) -> bool:
    """Tell whether each of some messages may go by itself, after those of the last hour."""
    return not one.digest and sent_lately + messages <= one.per_hour


def in_force(subscriptions: Iterable[Subscription], muted: Iterable[str]) -> list[Subscription]:
    """Give those who are not muted."""
    silent = set(muted)
    return [one for one in subscriptions if one.name not in silent]


def _clock(text: str) -> time:
    return time.fromisoformat(text)


def _is_within(now: time, begin: time, end: time) -> bool:
    """Tell whether a clock time lies in hours that may reach over midnight."""
    return begin <= now < end if begin <= end else now >= begin or now < end


def _next(at: time, after: datetime) -> datetime:
    """Give the next moment of a clock time."""
    there = after.replace(hour=at.hour, minute=at.minute, second=0, microsecond=0)
    return there if there > after else there + _DAY
