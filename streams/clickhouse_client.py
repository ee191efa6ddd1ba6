"""Connections to ClickHouse, with errors in words for the person at the keyboard."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import clickhouse_connect
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import ClickHouseError, DatabaseError, OperationalError

from streams.errors import DependencyDownError, KpiError, UsageError
from streams.settings import Settings


def connect_writer(settings: Settings, database: str = "") -> Client:
    """Open a client that may write; names without a database are those of `database`.

    Raises:
        DependencyDownError: ClickHouse does not answer, or refuses the credentials.
    """
    return _connect(settings, *settings.writer_credentials(), database)


def connect_reader(settings: Settings) -> Client:
    """Open a client of the reader role, whose queries are limited.

    Raises:
        DependencyDownError: ClickHouse does not answer, or refuses the credentials.
    """
    password = settings.clickhouse_reader_password.get_secret_value()
    return _connect(settings, settings.clickhouse_reader_user, password, "")


@contextmanager
def writer(settings: Settings, database: str = "") -> Iterator[Client]:
    """Connect as the writer for a command, and put what goes wrong into words.

    Raises:
        DependencyDownError: nothing answers at the address, or it stops answering meanwhile.
        KpiError: ClickHouse refused; the text is its own.
    """
    client = connect_writer(settings, database)
    try:
        yield client
    except OperationalError as error:
        text = f"ClickHouse at {settings.clickhouse_url} stopped answering"
        raise DependencyDownError(f"{text}: {_first_line(error)}") from None
    except DatabaseError as error:
        raise KpiError(f"ClickHouse refused: {_first_line(error)}") from None
    finally:
        client.close()


def scalar(client: Client, query: str, parameters: Mapping[str, object] | None = None) -> Any:  # noqa: ANN401
    """Give the one value that a query answers."""
    return client.query(query, parameters=dict(parameters or {})).result_rows[0][0]


def _connect(settings: Settings, user: str, password: str, database: str) -> Client:
    address = urlsplit(settings.clickhouse_url)
    if address.scheme not in ("http", "https") or not address.hostname:
        raise UsageError("KPI_CLICKHOUSE_URL: must look like http://127.0.0.1:8123")
    try:
        return clickhouse_connect.get_client(
            host=address.hostname,
            port=address.port or (8443 if address.scheme == "https" else 8123),
            interface=address.scheme,
            username=user or None,
            password=password,
            database=database or "default",
            autogenerate_session_id=False,
            query_limit=0,
        )
    except (ClickHouseError, OSError) as error:
        text = f"ClickHouse at {settings.clickhouse_url} does not answer: {_first_line(error)}"
        raise DependencyDownError(f"{text}; is `kpi up` running?") from None


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0][:300]
