"""Clients of ClickHouse: one for each role, over its HTTP interface."""

from urllib.parse import urlsplit

import clickhouse_connect
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import DatabaseError, OperationalError

from streams.errors import DependencyDownError, UsageError
from streams.settings import Settings


def connect_writer(settings: Settings) -> Client:
    """Open a client that may write.

    Raises:
        DependencyDownError: ClickHouse does not answer, or refuses the credentials.
    """
    return _connect(settings, *settings.writer_credentials())


def connect_reader(settings: Settings) -> Client:
    """Open a client of the reader role, whose queries are limited.

    Raises:
        DependencyDownError: ClickHouse does not answer, or refuses the credentials.
    """
    password = settings.clickhouse_reader_password.get_secret_value()
    return _connect(settings, settings.clickhouse_reader_user, password)


def _connect(settings: Settings, user: str, password: str) -> Client:
    url = urlsplit(settings.clickhouse_url)
    if url.scheme not in ("http", "https") or not url.hostname:
        raise UsageError("KPI_CLICKHOUSE_URL: must look like http://127.0.0.1:8123")
    try:
        return clickhouse_connect.get_client(
            host=url.hostname,
            port=url.port or (8443 if url.scheme == "https" else 8123),
            interface=url.scheme,
            username=user or None,
            password=password,
            autogenerate_session_id=False,
            query_limit=0,
        )
    except OperationalError:
        raise DependencyDownError(
            f"ClickHouse at {settings.clickhouse_url} does not answer; is `kpi up` running?"
        ) from None
    except DatabaseError as error:
        if error.code is None:
            raise DependencyDownError(
                f"ClickHouse does not answer at {settings.clickhouse_url}; start everything with: kpi up"
            ) from None
        first_line = str(error).partition("\n")[0][:300]
        raise DependencyDownError(f"ClickHouse at {settings.clickhouse_url} refuses: {first_line}") from None
