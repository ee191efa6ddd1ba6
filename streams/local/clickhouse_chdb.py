"""What we use of chDB's connection, with types (chDB publishes none)."""

import os
from collections.abc import Mapping
from typing import Any, Protocol, cast


class Answer(Protocol):
    """What a finished query gives."""

    def bytes(self) -> bytes: ...  # noqa: D102 - chDB's names speak for themselves
    def rows_read(self) -> int: ...  # noqa: D102
    def rows_written(self) -> int: ...  # noqa: D102
    def bytes_written(self) -> int: ...  # noqa: D102
    def storage_rows_read(self) -> int: ...  # noqa: D102
    def storage_bytes_read(self) -> int: ...  # noqa: D102


class Connection(Protocol):
    """One connection: a query at a time, and what `SET` and `USE` said stays. Raises `RuntimeError`."""

    def query(self, sql: str | bytes, fmt: str, *, params: Mapping[str, str] = ...) -> Answer:
        """Run a query to its end; the parameters' values are escaped as in TabSeparated."""

    def classify_query(self, sql: str | bytes) -> dict[str, Any]:
        """Tell what the statements would do, without running them."""

    def close(self) -> None:
        """Close; the engine of a folder ends with its last connection."""


def connect(address: str) -> Connection:
    """Open a connection to `folder?config-file=...`; the first one of a process starts the engine."""
    # Times that name no zone are UTC wherever this runs; the library reads the variable when it is loaded.
    os.environ["TZ"] = "UTC"
    from chdb import _chdb  # noqa: PLC0415

    return cast("Connection", _chdb.connect(address))  # type: ignore[attr-defined] # chDB publishes no types
