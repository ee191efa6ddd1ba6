"""The chDB engine: one process owns the data, and each query runs on a connection of its own.

A connection runs one query at a time and keeps what `SET` did to it; opening one takes 0.2 ms. So every query
gets a fresh one, and queries run side by side. The first stays, for the engine lives as long as one is open.
"""

import fcntl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final, TextIO

from streams.errors import KpiError
from streams.local.clickhouse_chdb import Connection, connect
from streams.local.clickhouse_config import write_config
from streams.local.clickhouse_errors import QUERY_WAS_CANCELLED, from_engine, refuse
from streams.local.clickhouse_job import Job, Result
from streams.local.clickhouse_query import Runner
from streams.local.clickhouse_reader import Outward
from streams.local.clickhouse_sql import literal

_KILL_EVERY_SECONDS: Final = 0.2


class Engine:
    """The open data of a folder: `run()` from any thread, `cancel()` from another.

    Attributes:
        version: ClickHouse's version, such as 26.9.2.1.
        timezone: the zone of times that name none.
    """

    def __init__(self, folder: Path) -> None:
        """Open the data.

        Raises:
            KpiError: another process has it open, or it cannot be read.
        """
        data = folder / "data"
        data.mkdir(parents=True, exist_ok=True, mode=0o700)
        folder.chmod(0o700)
        self._lock = _lock(folder)
        self._address = f"{data}?config-file={write_config(folder)}"
        try:
            self._main = connect(self._address)
        except RuntimeError as error:
            raise KpiError(f"ClickHouse cannot open the data in {folder}: {error}") from None
        self._killing = threading.Lock()
        self.version, self.timezone = self._column("SELECT arrayJoin([version(), timezone()])")
        self._outward = Outward(
            self._column("SELECT name FROM system.table_functions WHERE NOT allow_readonly"),
            self._column("SELECT name FROM system.functions"),
        )

    def close(self) -> None:
        """Close the data; a query that still runs keeps the engine alive until it ends."""
        self._main.close()
        self._lock.close()

    def run(self, job: Job) -> Result:
        """Run one query to its end.

        Raises:
            EngineError: it is refused, failed or cancelled.
        """
        try:
            if job.cancelled.is_set():
                raise refuse(QUERY_WAS_CANCELLED, "Query was cancelled.")
            with self._connection() as connection:
                return Runner(connection, job, self._outward).run()
        except RuntimeError as error:
            raise from_engine(str(error)) from None
        finally:
            job.done.set()

    def cancel(self, job: Job) -> None:
        """Stop a query, or keep it from beginning; returns once it is over."""
        job.cancelled.set()
        kill = f"KILL QUERY WHERE Settings['log_comment'] = {literal(job.token)} ASYNC"
        while not job.done.is_set():
            with self._killing, suppress(RuntimeError):
                self._main.query(kill, "Null")
            job.done.wait(_KILL_EVERY_SECONDS)

    def _column(self, query: str) -> list[str]:
        return self._main.query(query, "TSVRaw").bytes().decode().splitlines()

    @contextmanager
    def _connection(self) -> Iterator[Connection]:
        connection = connect(self._address)
        try:
            yield connection
        finally:
            connection.close()


def _lock(folder: Path) -> TextIO:
    """Keep the folder for this process; the lock falls with it, also at kill -9."""
    lock = (folder / "lock").open("w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.close()
        raise KpiError(
            f"Another process already serves the data in {folder}. Stop it (kpi down), or give this one "
            "another folder with KPI_HOME."
        ) from None
    return lock
