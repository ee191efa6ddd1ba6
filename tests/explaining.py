"""Opens numbers as a reader, for the tests of `kpi explain`."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from decimal import Decimal
from typing import Final

from clickhouse_connect.driver.client import Client

from streams.clickhouse_client import reader
from streams.explain.explanation import Explanation, explain
from streams.explain.request import Request
from streams.settings import Settings

#: 07:00 in Hanoi.
FIRST: Final = datetime(2026, 1, 1, tzinfo=UTC)


@contextmanager
def asking(settings: Settings) -> Iterator[Client]:
    """Give a reader's client, connected to the generation."""
    with reader(settings) as client:
        client.database = "kpi_g1"
        yield client


def opened(client: Client, view: str, moment: datetime | None = FIRST, **where: str) -> Explanation:
    """Open a number."""
    return explain(client, "kpi", Request(view, moment, where))


def shown(found: Explanation) -> dict[str, tuple[str, Mapping[str, int | Decimal]]]:
    """Give the state and the additions of each event, by its number."""
    return {str(int(event.id[-12:], 16)): (event.state, event.adds) for event in found.events}
