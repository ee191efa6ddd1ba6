"""Whether numbers move because history comes in, and how far up to now that reaches."""

from datetime import datetime, timedelta
from typing import Final, NamedTuple

from clickhouse_connect.driver.client import Client

from streams.alerts.memory import ms_of
from streams.core.alerts.rules import Rule

# After a replayed generation was promoted; by then everything has looked at it.
_AFTER_PROMOTION: Final = timedelta(minutes=10)
_PROMOTED: Final = "SELECT max(promoted_at) FROM live_generation HAVING count() > 1"


class History(NamedTuple):
    """The time of the newest event that came after the fact (ms); 0: none comes in."""

    reaches: int = 0

    def silences(self, rule: Rule, now: int) -> bool:
        """Tell whether what a rule finds now may come from history."""
        return self.reaches > now - rule.reach


def look_for_history(client: Client, now: datetime) -> History:
    """Ask whether history comes in, by `backfill` events or by the promotion of a replay.

    The client's database is that of the public views.
    """
    promoted = client.query(_PROMOTED).result_rows
    if promoted and ms_of(promoted[0][0]) > ms_of(now - _AFTER_PROMOTION):
        return History(ms_of(now))
    rows = client.query("SELECT last_event FROM history_now").result_rows
    return History(ms_of(rows[0][0]) if rows else 0)
