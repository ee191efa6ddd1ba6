"""The chDB engine: one process owns the data, each query runs on a connection of its own.

A connection runs one query at a time and keeps what `SET` did to it, and opening one takes 0.2 ms, so every query gets
a fresh one, and queries run side by side. The first connection stays: the engine lives as long as one is open.
"""

import fcntl
import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, TextIO
from uuid import uuid4

from chdb import _chdb

from streams.clock import monotonic
from streams.errors import KpiError
from streams.local import clickhouse_native as native
from streams.local.clickhouse_config import write_config
from streams.local.clickhouse_errors import (
    QUERY_WAS_CANCELLED,
    READONLY,
    SYNTAX_ERROR,
    from_engine,
    refuse,
)
from streams.local.clickhouse_roles import Outward, Role, check_reads, reader_settings
from streams.local.clickhouse_sql import (
    identifier,
    literal,
    output_format,
    split_insert,
    take_settings,
    without_format,
)

_APPEND: Final = 1 << 20
_KILL_EVERY: Final = 0.2


@dataclass(slots=True)
class Job:
    """One query with all that decides its answer."""

    statement: bytes
    role: Role
    readonly: bool = False
    format: str = "TabSeparated"
    database: str = ""
    settings: Mapping[str, str] = field(default_factory=dict)
    parameters: Mapping[str, str] = field(default_factory=dict)
    session: tuple[str, ...] = ()
    token: str = field(default_factory=lambda: uuid4().hex)
    cancelled: threading.Event = field(default_factory=threading.Event)
    done: threading.Event = field(default_factory=threading.Event)


@dataclass(frozen=True, slots=True)
class Result:
    """A query's answer and what it read and wrote."""

    body: bytes = b""
    format: str = "TabSeparated"
    read_rows: int = 0
    read_bytes: int = 0
    result_rows: int = 0
    written_rows: int = 0
    written_bytes: int = 0
    seconds: float = 0.0
    sets_session: bool = False


class Engine:
    """chDB at a folder: `open()`, `run()` from any thread, `cancel()` from another, `close()`."""

    def __init__(self, folder: Path) -> None:
        """Take the folder that holds the data; nothing is opened yet."""
        self._folder = folder
        self._address = ""
        self._lock: TextIO | None = None
        self._main: Any = None
        self._admin = threading.Lock()
        self._outward = Outward((), ())
        self.version = ""
        self.timezone = ""

    def open(self) -> None:
        """Open the data and keep it open.

        Raises:
            KpiError: another process has it open, or it cannot be read.
        """
        data = self._folder / "data"
        data.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._folder.chmod(0o700)
        self._lock = _lock(self._folder)
        self._address = f"{data}?config-file={write_config(self._folder)}"
        try:
            self._main = _chdb.connect(self._address)
        except RuntimeError as error:
            raise KpiError(f"ClickHouse cannot open the data in {self._folder}: {error}") from None
        self.version, self.timezone = self._column("SELECT arrayJoin([version(), timezone()])")
        self._outward = Outward(
            self._column("SELECT name FROM system.table_functions WHERE NOT allow_readonly"),
            self._column("SELECT name FROM system.functions"),
        )

    def close(self) -> None:
        """Close the data; queries that still run keep the engine alive until they end."""
        if self._main is not None:
            self._main.close()
            self._main = None
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def run(self, job: Job) -> Result:
        """Run one query to its end.

        Raises:
            EngineError: refused, failed or cancelled.
        """
        started = monotonic()
        try:
            if job.cancelled.is_set():
                raise refuse(QUERY_WAS_CANCELLED, "Query was cancelled before it began.", self.version)
            with self._connection() as connection:
                return self._run(connection, job, started)
        except RuntimeError as error:
            raise from_engine(str(error), self.version) from None
        finally:
            job.done.set()

    def cancel(self, job: Job) -> None:
        """Stop a query, or keep it from beginning; returns once it is over."""
        job.cancelled.set()
        kill = f"KILL QUERY WHERE Settings['log_comment'] = {literal(job.token)} ASYNC"
        while not job.done.is_set():
            with self._admin, suppress(RuntimeError):
                self._main.query(kill, "Null")
            job.done.wait(_KILL_EVERY)

    def _run(self, connection: Any, job: Job, started: float) -> Result:
        verdict = connection.classify_query(job.statement)
        reads = verdict["query_class"].name == "READ_ONLY"
        if verdict["statement_count"] > 1:
            raise refuse(SYNTAX_ERROR, "Multi-statements are not allowed", self.version)
        if job.role is Role.READER:
            return self._run_reader(connection, job, started, reads=reads, count=verdict["statement_count"])
        if job.readonly and not reads:
            raise refuse(
                READONLY,
                "Cannot execute query in readonly mode. For queries over HTTP, method GET implies readonly. "
                "You should use method POST for modifying queries.",
                self.version,
            )
        self._prepare(connection, job, _literals(job.settings))
        insert = split_insert(job.statement)
        if insert is not None:
            return self._insert(connection, job, insert.head, insert.format, insert.data, started)
        return self._query(connection, job, job.statement, started, reads=reads)

    def _run_reader(self, connection: Any, job: Job, started: float, *, reads: bool, count: int) -> Result:
        if count == 0:
            # The parser did not take it: its own words for why, and what it does take (INTO OUTFILE) is refused.
            connection.query("SELECT formatQuery({q:String})", "Null", params={"q": _escaped(job.statement)})
        check_reads(job.statement, reads=reads, count=count)
        if self._outward.suspects(job.statement):
            tree = connection.query(
                b"EXPLAIN AST " + without_format(job.statement), "TSVRaw", params=dict(job.parameters)
            )
            self._outward.check(tree.bytes().decode("utf-8", "replace"))
        statement, asked = take_settings(job.statement)
        self._prepare(connection, job, reader_settings(_literals(job.settings) | asked))
        connection.query("SET readonly = 1", "Null")
        return self._query(connection, job, statement, started, reads=True)

    def _prepare(self, connection: Any, job: Job, settings: Mapping[str, str]) -> None:
        for statement in job.session:
            connection.query(statement, "Null")
        # The mark by which cancel() finds the query.
        marked = {**settings, "log_comment": literal(job.token)}
        connection.query("SET " + ", ".join(f"{identifier(k)} = {v}" for k, v in marked.items()), "Null")
        if job.database:
            connection.query(f"USE {identifier(job.database)}", "Null")

    def _query(self, connection: Any, job: Job, statement: bytes, started: float, *, reads: bool) -> Result:
        fmt = output_format(statement) or job.format
        answer = connection.query(statement, job.format, params=dict(job.parameters))
        body: bytes = answer.bytes()
        if not body and reads and fmt == "Native":
            body = self._header(connection, job, statement)
        return Result(
            body=body,
            format=fmt,
            read_rows=answer.storage_rows_read(),
            read_bytes=answer.storage_bytes_read(),
            result_rows=answer.rows_read(),
            written_rows=answer.rows_written(),
            written_bytes=answer.bytes_written(),
            seconds=monotonic() - started,
            sets_session=not reads,
        )

    def _insert(
        self, connection: Any, job: Job, head: str, fmt: str, data: memoryview, started: float
    ) -> Result:
        for name, value in job.parameters.items():
            connection.query(f"SET {identifier('param_' + name)} = {literal(value)}", "Null")
        stream = connection.send_insert(head, fmt)
        try:
            for start in range(0, len(data), _APPEND):
                connection.insert_append(stream, bytes(data[start : start + _APPEND]))
            answer = connection.insert_done(stream)
        except BaseException:
            with suppress(RuntimeError):
                connection.insert_cancel(stream)
            raise
        written = answer.rows_written()
        return Result(
            read_rows=written,
            read_bytes=len(data),
            written_rows=written,
            written_bytes=answer.bytes_written(),
            seconds=monotonic() - started,
        )

    def _header(self, connection: Any, job: Job, statement: bytes) -> bytes:
        """Name the columns of a result without rows; what cannot be planned (SHOW, DESCRIBE) has no header."""
        plan = b"EXPLAIN json = 1, header = 1, description = 0 " + without_format(statement)
        try:
            answer = connection.query(plan, "TSVRaw", params=dict(job.parameters))
        except RuntimeError:
            return b""
        top = json.loads(answer.bytes())[0]["Plan"]
        return native.header((column["Name"], column["Type"]) for column in top.get("Header", ()))

    def _column(self, query: str) -> list[str]:
        answer: bytes = self._main.query(query, "TSVRaw").bytes()
        return answer.decode().splitlines()

    @contextmanager
    def _connection(self) -> Iterator[Any]:
        connection = _chdb.connect(self._address)
        try:
            yield connection
        finally:
            connection.close()


def _literals(settings: Mapping[str, str]) -> dict[str, str]:
    return {name: literal(value) for name, value in settings.items()}


def _escaped(statement: bytes) -> str:
    """Write a statement as the value of a bound String."""
    text = statement.decode("utf-8", "replace")
    return text.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n").replace("\r", "\\r")


def _lock(folder: Path) -> TextIO:
    """Keep the folder for this process; the lock falls with it, also at kill -9."""
    lock = (folder / "lock").open("w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.close()
        raise KpiError(
            f"Another process already serves the data in {folder}. Stop it (kpi down), or give this one another "
            "folder with KPI_HOME."
        ) from None
    return lock
