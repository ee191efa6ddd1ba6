"""Clients of ClickHouse: one for each role, over its HTTP interface."""

from typing import Any
from urllib.parse import urlsplit

import clickhouse_connect
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import DatabaseError

from streams.errors import DependencyDownError, UsageError
from streams.settings import Settings


def connect_writer(settings: Settings, timeout_s: int = 300) -> Client:
    """Open a client that may write; an answer that takes longer than `timeout_s` is an error.

    Raises:
        DependencyDownError: ClickHouse does not answer, or refuses the credentials.
    """
    return _connect(settings, writer_options(settings) | {"send_receive_timeout": timeout_s})


def connect_reader(settings: Settings) -> Client:
    """Open a client of the reader role, whose queries are limited.

    Raises:
        DependencyDownError: ClickHouse does not answer, or refuses the credentials.
    """
    return _connect(settings, reader_options(settings))


def writer_options(settings: Settings) -> dict[str, Any]:
    """Give what a driver needs to connect as the writer."""
    return _options(settings, *settings.writer_credentials())


def reader_options(settings: Settings) -> dict[str, Any]:
    """Give what a driver needs to connect as the reader."""
    password = settings.clickhouse_reader_password.get_secret_value()
    return _options(settings, settings.clickhouse_reader_user or "default", password)


def _options(settings: Settings, user: str, password: str) -> dict[str, Any]:
    url = urlsplit(settings.clickhouse_url)
    if url.scheme not in ("http", "https") or not url.hostname:
        raise UsageError("KPI_CLICKHOUSE_URL: must look like http://127.0.0.1:8123")
    return {
        "host": url.hostname,
        "port": url.port or (8443 if url.scheme == "https" else 8123),
        "interface": url.scheme,
        "username": user,
        "password": password,
        "autogenerate_session_id": False,
    }


def _connect(settings: Settings, options: dict[str, Any]) -> Client:
    try:
        return clickhouse_connect.get_client(**options, query_limit=0)
    except DatabaseError as error:
        if error.code is None:
            raise DependencyDownError(
                f"ClickHouse does not answer at {settings.clickhouse_url}; start everything with: kpi up"
            ) from None
        first_line = str(error).partition("\n")[0][:300]
        raise DependencyDownError(f"ClickHouse at {settings.clickhouse_url} refuses: {first_line}") from None
