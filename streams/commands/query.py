"""`kpi query`: one SQL query as the reader, as a table, CSV or JSON."""

import json
import sys
from enum import StrEnum
from typing import Annotated, Any, Final

import httpx
import typer
from rich.console import Console
from rich.table import Table

from streams.errors import DependencyDownError, KpiError
from streams.settings import Settings, load_settings
from streams.tls import tls_error, tls_words, trusting

app = typer.Typer()

_TIMEOUT_SECONDS: Final = 60
# 502 to 504 come from what stands before an engine that is down.
_DOWN: Final = (502, 503, 504)
_EXPLAINED: Final = "X-ClickHouse-Exception-Code"


class Format(StrEnum):
    """How the result is printed."""

    TABLE = "table"
    CSV = "csv"
    JSON = "json"


# 64-bit integers stay exact as text; our table shows them as they are.
_FORMATS: Final = {Format.TABLE: "JSONCompact", Format.CSV: "CSVWithNames", Format.JSON: "JSONEachRow"}


@app.command()
def query(
    sql: Annotated[str, typer.Argument(help="One SELECT, SHOW, DESCRIBE, EXISTS or EXPLAIN; - reads stdin.")],
    fmt: Annotated[
        Format, typer.Option("--format", help="table, csv, or json (one object a line).")
    ] = Format.TABLE,
) -> None:
    """Run a SQL query as the reader and print what it gives.

    Exits 1 with ClickHouse's own text when it refuses the query, 3 when it does not answer.

    Example: kpi query "SELECT * FROM progress" --format csv
    """
    settings = load_settings()
    answer = _ask(settings, sys.stdin.read() if sql == "-" else sql, _FORMATS[fmt])
    if fmt is Format.TABLE:
        _print_table(answer)
    else:
        sys.stdout.buffer.write(answer)


def _ask(settings: Settings, sql: str, fmt: str) -> bytes:
    user = settings.clickhouse_reader_user
    password = settings.clickhouse_reader_password.get_secret_value()
    try:
        answer = httpx.post(
            settings.clickhouse_url,
            params={"database": settings.database, "default_format": fmt, "wait_end_of_query": "1"},
            content=sql.encode(),
            auth=(user, password) if user else None,
            timeout=_TIMEOUT_SECONDS,
            verify=trusting(settings.clickhouse_ca, "KPI_CLICKHOUSE_CA"),
            trust_env=False,
        )
    except httpx.HTTPError as error:
        if (untrusted := tls_error(error)) is not None:
            words = tls_words(untrusted, "KPI_CLICKHOUSE_CA")
            raise DependencyDownError(f"ClickHouse {words} ({settings.clickhouse_url})") from None
        raise _down(settings, str(error) or type(error).__name__) from None
    if answer.status_code in _DOWN and _EXPLAINED not in answer.headers:
        raise _down(settings, f"HTTP {answer.status_code}")
    if not answer.is_success or _EXPLAINED in answer.headers:
        raise KpiError(answer.text.strip())
    return answer.content


def _down(settings: Settings, why: str) -> DependencyDownError:
    return DependencyDownError(
        f"ClickHouse does not answer at {settings.clickhouse_url} ({why}). Start everything with: kpi up"
    )


def _print_table(answer: bytes) -> None:
    if not answer.strip():
        return
    try:
        result: dict[str, Any] = json.loads(answer)
    except ValueError:
        # The query names a format of its own.
        sys.stdout.buffer.write(answer)
        return
    table = Table()
    for column in result["meta"]:
        table.add_column(column["name"], justify="right" if _is_number(column["type"]) else "left")
    for row in result["data"]:
        table.add_row(*map(_cell, row))
    Console().print(table)


def _is_number(kind: str) -> bool:
    plain = kind.removeprefix("Nullable(").removeprefix("LowCardinality(")
    return plain.startswith(("Int", "UInt", "Float", "Decimal"))


def _cell(value: object) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
