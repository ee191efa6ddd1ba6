"""How the alerts are, in words: does somebody evaluate and deliver, and does it reach whom it should?"""

import asyncio
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from streams import clock
from streams.alerts.memory import moment_of, ms_of
from streams.clickhouse_client import reader, scalar
from streams.commands.report_of_part import Report, last_words_of
from streams.errors import EXIT_DONE, EXIT_NO
from streams.health import members
from streams.settings import Settings

# The pulse is written twice a minute, and what is due is looked at every few seconds.
_LATELY: Final = timedelta(minutes=2)
_NOT_YET: Final = "the rules were never evaluated"


class Recipient(NamedTuple):
    """How messages to a subscriber fare."""

    name: str
    waiting: int
    failing: int
    overdue_seconds: int
    trouble: str


class Found(NamedTuple):
    """What the alerts wrote down of themselves."""

    evaluated_at: datetime | None
    open: int
    recipients: list[Recipient]


async def alerts_report(settings: Settings) -> Report:
    """Ask the group and the store.

    Raises:
        DependencyDownError: Kafka or ClickHouse does not answer.
    """
    count = await members(settings, settings.alerts_group)
    found = await asyncio.to_thread(_found, settings)
    if not count:
        said = last_words_of("alerts", settings)
        return Report(EXIT_NO, f"nobody evaluates the rules; start it with: kpi alerts run{said}")
    wrong = complaints(found, clock.now())
    if wrong:
        return Report(EXIT_NO, "; ".join(wrong))
    return Report(EXIT_DONE, f"{count} in the group, the rules are evaluated, {found.open} alerts are open")


def complaints(found: Found, now: datetime) -> list[str]:
    """Say what is wrong with evaluation, delivery and recipients."""
    overdue = [one for one in found.recipients if one.overdue_seconds > _LATELY.total_seconds()]
    wrong = [_evaluation(found.evaluated_at, now)] if _is_old(found.evaluated_at, now) else []
    if overdue:
        waiting, longest = sum(one.waiting for one in overdue), max(one.overdue_seconds for one in overdue)
        wrong.append(
            f"deliveries are stuck: {waiting} messages wait, one has been due for {longest // 60} min"
        )
    return wrong + [
        f"{one.name} is not reached: {one.failing} messages, {one.trouble or 'no reason was given'}"
        f" (kpi subscribers test {one.name})"
        for one in found.recipients
        if one.failing
    ]


def _is_old(evaluated_at: datetime | None, now: datetime) -> bool:
    return evaluated_at is None or now - evaluated_at > _LATELY


def _evaluation(evaluated_at: datetime | None, now: datetime) -> str:
    if evaluated_at is None:
        return _NOT_YET
    return f"the rules were last evaluated {(now - evaluated_at) // timedelta(minutes=1)} min ago"


def _found(settings: Settings) -> Found:
    with reader(settings) as client:
        client.database = settings.database
        evaluated_at = scalar(client, "SELECT maxOrNull(evaluated_at) FROM alert_pulse")
        recipients = client.query(
            "SELECT subscriber, waiting, failing, overdue_seconds, trouble FROM recipients_now"
            " ORDER BY subscriber"
        ).result_rows
        is_open = scalar(client, "SELECT count() FROM alerts_now")
    return Found(
        None if evaluated_at is None else moment_of(ms_of(evaluated_at)),
        is_open,
        [Recipient(*row) for row in recipients],
    )
