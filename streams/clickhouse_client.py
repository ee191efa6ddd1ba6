"""Connections to ClickHouse as the writer, with errors in words for the person at the keyboard."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import clickhouse_connect
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import DatabaseError, OperationalError

from streams.errors import DependencyDownError, KpiError, UsageError
from streams.settings import Settings


@contextmanager
def writer(settings: Settings, database: str = "") -> Iterator[Client]:
    """Connect as the writer; names without a database are those of `database`.

    Raises:
        DependencyDownError: nothing answers at the address, or it stops answering meanwhile.
        KpiError: ClickHouse refused; the text is its own.
    """
    try:
        client = _connect(settings, database)
        try:
            yield client
        finally:
            client.close()
    except OperationalError as error:
        text = f"ClickHouse at {settings.clickhouse_url} does not answer; start it with `kpi up`"
        raise DependencyDownError(f"{text} ({_first_line(error)})") from None
    except DatabaseError as error:
        raise KpiError(f"ClickHouse refused: {_first_line(error)}") from None


def scalar(client: Client, query: str, parameters: Mapping[str, object] | None = None) -> Any:  # noqa: ANN401
    """Give the one value that a query answers."""
    return client.query(query, parameters=dict(parameters or {})).result_rows[0][0]


def _connect(settings: Settings, database: str) -> Client:
    address = urlsplit(settings.clickhouse_url)
    if address.scheme not in ("http", "https") or not address.hostname:
        raise UsageError("KPI_CLICKHOUSE_URL: must look like http://127.0.0.1:8123")
    user, password = settings.writer_credentials()
    secure = address.scheme == "https"
    return clickhouse_connect.get_client(
        host=address.hostname,
        port=address.port or (8443 if secure else 8123),
        secure=secure,
        username=user,
        password=password,
        database=database or "default",
        autogenerate_session_id=False,
    )


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0][:500]
