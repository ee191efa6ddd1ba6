"""Whether numbers move because history comes in: of which topic, where, and how far up to now it reaches."""

from datetime import datetime, timedelta
from typing import Final, NamedTuple

from clickhouse_connect.driver.client import Client

from streams.alerts.memory import ms_of
from streams.alerts.names import Names
from streams.core.alerts.rules import Rule

# After a replayed generation was promoted, or the last event of history; by then everything has looked at it.
_LATELY: Final = timedelta(minutes=10)
_PROMOTED: Final = "SELECT max(promoted_at) FROM live_generation HAVING count() > 1"
# As the view `history_by_place` tells it of the last ten minutes.
_COMING_IN: Final = (
    "SELECT topic, splitByChar('/', toString(source))[4] AS scope, max(time) FROM events"
    " WHERE received_at > {since:DateTime64(3, 'UTC')} AND NOT late"
    " AND received_at > time + INTERVAL 15 MINUTE GROUP BY topic, scope"
)


class Stretch(NamedTuple):
    """What came after the fact of a topic at a gate or in a zone; empty: of all, everywhere."""

    topic: str
    site: str
    #: The time of its newest event (ms).
    reaches: int


class History(NamedTuple):
    """All that comes in; nothing: none does."""

    stretches: tuple[Stretch, ...] = ()

    def silences(self, rule: Rule, scope: str, names: Names, now: int) -> bool:
        """Tell whether what a rule finds at a place now may come from history."""
        return any(
            one.reaches > now - rule.reach
            and (not one.topic or not rule.topics or one.topic in rule.topics)
            and (not one.site or names.concerns(one.site, scope))
            for one in self.stretches
        )


def look_for_history(client: Client, now: datetime, looked: datetime) -> History:
    """Ask whether history came in since shortly before the last look: as `backfill`, or promoted.

    The client's database is that of the public views.
    """
    since = min(now, looked) - _LATELY
    promoted = client.query(_PROMOTED).result_rows
    if promoted and ms_of(promoted[0][0]) > ms_of(since):
        return History((Stretch("", "", ms_of(now)),))
    rows = client.query(_COMING_IN, {"since": since}).result_rows
    return History(tuple(Stretch(topic, site, ms_of(last_event)) for topic, site, last_event in rows))
