"""A hand-written double of a ClickHouse client: it answers what it was told to, and keeps what it hears."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, cast

from clickhouse_connect.driver.client import Client


@dataclass
class ScriptedClient:
    """Answers a query by the first word of `answers` that is in it, else with a row that is 0."""

    answers: Mapping[str, Sequence[tuple[Any, ...]]] = field(default_factory=dict)
    told: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    database: str = "default"

    def query(self, sql: str, parameters: Mapping[str, Any] | None = None, **_: object) -> SimpleNamespace:
        """Give the rows of its answer."""
        text = f"{sql} {parameters}"
        self.asked.append(text)
        rows = next((rows for word, rows in self.answers.items() if word in text), [(0,)])
        return SimpleNamespace(result_rows=rows)

    def command(self, sql: str, parameters: Mapping[str, Any] | None = None) -> None:
        """Keep what it is told to do."""
        self.told.append(f"{sql} {parameters}" if parameters else sql)

    def insert(self, table: str, rows: Sequence[Sequence[Any]], **_: object) -> None:
        """Keep what it is told to store."""
        self.told.append(f"INSERT INTO {table} {rows}")

    @property
    def typed(self) -> Client:
        """Give it as what it stands for."""
        return cast("Client", self)

    @contextmanager
    def connected(self, *_: object, **__: object) -> Iterator[Client]:
        """Stand for `writer` and `reader`."""
        yield self.typed
