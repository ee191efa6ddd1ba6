"""The queries of the measures, asked as the reader: one a measure, shared by the rules on it."""

from collections.abc import Callable, Collection
from datetime import datetime
from typing import Any, Final

from clickhouse_connect.driver.client import Client

from streams.alerts.files import measure_sql
from streams.topics import TOPIC_OF_TYPE

# The key of the events begins with type and time: this reads a day of a few types.
_NEWEST: Final = (
    "SELECT type, max(received_at) FROM events"
    " WHERE type IN {types:Array(String)} AND time > now64(3, 'UTC') - INTERVAL 1 DAY GROUP BY type"
)


def ask(client: Client, measure: str, rewrite: Callable[[str], str] = str) -> dict[str, dict[str, Any]]:
    """Ask a measure, as it is or rewritten; give its rows by place.

    The client's database is that of the public views.
    """
    result = client.query(rewrite(measure_sql(measure)))
    rows = (dict(zip(result.column_names, row, strict=True)) for row in result.result_rows)
    return {str(row["scope"]): row for row in rows}


def newest(
    client: Client, topics: Collection[str], rewrite: Callable[[str], str] = str
) -> dict[str, datetime]:
    """Give when the newest event of a day of each of these topics was received.

    The client's database is that of the public views.
    """
    types = [kind for kind, topic in TOPIC_OF_TYPE.items() if topic in topics]
    rows = client.query(rewrite(_NEWEST), {"types": types}).result_rows if types else []
    return {TOPIC_OF_TYPE[kind]: received_at for kind, received_at in rows}
