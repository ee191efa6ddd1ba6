"""Connections for commands: their names belong to one database, their errors are words."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import DatabaseError, OperationalError

from streams.clickhouse import connect_reader, connect_writer
from streams.errors import DependencyDownError, KpiError
from streams.settings import Settings


@contextmanager
def writer(settings: Settings, database: str = "default", *, timeout_s: int = 300) -> Iterator[Client]:
    """Connect as the writer; names without a database are those of `database`.

    An answer that takes longer than `timeout_s` is an error.

    Raises:
        DependencyDownError: nothing answers at the address, or it stops answering meanwhile.
        KpiError: ClickHouse refused; the text is its own.
    """
    with _in_words(settings, connect_writer(settings, timeout_s)) as client:
        client.database = database
        yield client


@contextmanager
def reader(settings: Settings) -> Iterator[Client]:
    """Connect as the reader.

    Raises:
        DependencyDownError: nothing answers at the address, or it stops answering meanwhile.
        KpiError: ClickHouse refused; the text is its own.
    """
    with _in_words(settings, connect_reader(settings)) as client:
        yield client


@contextmanager
def _in_words(settings: Settings, client: Client) -> Iterator[Client]:
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


def has_table(client: Client, database: str, table: str) -> bool:
    """Tell whether a database has a table or view of that name; there may be no such database."""
    query = "SELECT count() FROM system.tables WHERE database = {database:String} AND name = {table:String}"
    return bool(scalar(client, query, {"database": database, "table": table}))


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0][:500]
