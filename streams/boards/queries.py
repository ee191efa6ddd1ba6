"""The SQL of the panels: `sql/queries/<board>/<panel>.sql`, one SELECT each."""

from dataclasses import dataclass
from typing import Literal

from streams.resources import resource


@dataclass(frozen=True)
class Query:
    """A panel's SQL and how Grafana is to take the result."""

    sql: str
    kind: Literal["timeseries", "table"]


def table(board: str, name: str) -> Query:
    """Read a query whose rows are taken as they are."""
    return Query(_read(board, name), "table")


def timeseries(board: str, name: str) -> Query:
    """Read a query whose first column is time, ascending."""
    return Query(_read(board, name), "timeseries")


def _read(board: str, name: str) -> str:
    return resource(f"sql/queries/{board}/{name}.sql").read_text(encoding="utf-8").strip()
