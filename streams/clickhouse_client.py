"""A writer's connection for commands: its names belong to one database, its errors are words."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import DatabaseError, OperationalError

from streams.clickhouse import connect_writer
from streams.errors import DependencyDownError, KpiError
from streams.settings import Settings


@contextmanager
def writer(settings: Settings, database: str = "default") -> Iterator[Client]:
    """Connect as the writer; names without a database are those of `database`.

    Raises:
        DependencyDownError: nothing answers at the address, or it stops answering meanwhile.
        KpiError: ClickHouse refused; the text is its own.
    """
    client = connect_writer(settings)
    client.database = database
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


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0][:500]
