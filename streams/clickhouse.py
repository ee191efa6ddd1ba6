"""Clients of ClickHouse: one for each role, over its HTTP interface."""

from typing import Any
from urllib.parse import urlsplit

import clickhouse_connect
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import DatabaseError

from streams.ddl import EXACT, READABLE
from streams.errors import DependencyDownError, UsageError
from streams.settings import Settings
from streams.tls import tls_error, tls_words, trusting


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
    exact = EXACT | READABLE if settings.clickhouse_cluster else {}
    return {**_options(settings, *settings.writer_credentials()), "settings": exact}


def reader_options(settings: Settings) -> dict[str, Any]:
    """Give what a driver needs to connect as the reader."""
    password = settings.clickhouse_reader_password.get_secret_value()
    readable = READABLE if settings.clickhouse_cluster else {}
    options = _options(settings, settings.clickhouse_reader_user or "default", password)
    return {**options, "settings": readable}


def _options(settings: Settings, user: str, password: str) -> dict[str, Any]:
    url = urlsplit(settings.clickhouse_url)
    if url.scheme not in ("http", "https") or not url.hostname:
        raise UsageError("KPI_CLICKHOUSE_URL: must look like http://127.0.0.1:8123")
    ca = settings.clickhouse_ca
    if ca is not None:
        trusting(ca, "KPI_CLICKHOUSE_CA")
    return {
        "host": url.hostname,
        "port": url.port or (8443 if url.scheme == "https" else 8123),
        "interface": url.scheme,
        "ca_cert": ca and str(ca),
        "username": user,
        "password": password,
        "autogenerate_session_id": False,
    }


def _connect(settings: Settings, options: dict[str, Any]) -> Client:
    try:
        return clickhouse_connect.get_client(**options, query_limit=0)
    except DatabaseError as error:
        if (untrusted := tls_error(error)) is not None:
            words = tls_words(untrusted, "KPI_CLICKHOUSE_CA")
            raise DependencyDownError(f"ClickHouse {words} ({settings.clickhouse_url})") from None
        if error.code is None:
            raise DependencyDownError(
                f"ClickHouse does not answer at {settings.clickhouse_url}; start everything with: kpi up"
            ) from None
        first_line = str(error).partition("\n")[0][:300]
        raise DependencyDownError(f"ClickHouse at {settings.clickhouse_url} refuses: {first_line}") from None
