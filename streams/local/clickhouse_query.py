"""How one query runs on its connection: what its role lets it do, its settings, its data, its answer."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from typing import Final

from streams.local import clickhouse_native as native
from streams.local.clickhouse_chdb import Connection
from streams.local.clickhouse_errors import NOT_ENOUGH_SPACE, NOT_IMPLEMENTED, READONLY, SYNTAX_ERROR, refuse
from streams.local.clickhouse_job import Job, Result
from streams.local.clickhouse_reader import Outward, check_reads
from streams.local.clickhouse_roles import Role
from streams.local.clickhouse_sql import (
    Insert,
    identifier,
    literal,
    output_format,
    reads_input,
    split_insert,
    take_settings,
    without_format,
)

_MEMORY: Final = Path("/dev/shm")  # noqa: S108 - the file has no name there
_GET_READS: Final = (
    "Cannot execute query in readonly mode. For queries over HTTP, method GET implies readonly. "
    "You should use method POST for modifying queries."
)


@dataclass(frozen=True, slots=True)
class Runner:
    """Runs one job on a connection that nobody else uses."""

    connection: Connection
    job: Job
    outward: Outward

    def run(self) -> Result:
        """Run it to its end.

        Raises:
            EngineError: it is refused.
            RuntimeError: the engine failed it.
        """
        try:
            return self._run()
        except UnicodeDecodeError:
            raise refuse(SYNTAX_ERROR, "Settings and the head of an insert are UTF-8") from None

    def _run(self) -> Result:
        verdict = self.connection.classify_query(self.job.statement)
        count, reads = verdict["statement_count"], verdict["query_class"].name == "READ_ONLY"
        if count > 1:
            raise refuse(SYNTAX_ERROR, "Multi-statements are not allowed")
        if self.job.role is Role.READER:
            return self._as_reader(reads=reads, count=count)
        if self.job.readonly and not reads:
            raise refuse(READONLY, _GET_READS)
        return self._as_writer(reads=reads)

    def _as_writer(self, *, reads: bool) -> Result:
        for statement in self.job.session:
            self.connection.query(statement, "Null")
        self._prepare(_literals(self.job.settings))
        insert = split_insert(self.job.statement)
        if insert is not None:
            return self._insert(insert)
        if reads_input(self.job.statement):
            # chDB would answer that all is well, and drop the data.
            raise refuse(NOT_IMPLEMENTED, "INSERT ... SELECT from input(): insert it, then select.")
        return self._query(self.job.statement, reads=reads)

    def _as_reader(self, *, reads: bool, count: int) -> Result:
        statement = self.job.statement
        if count == 0:
            # Not parsed: the engine says why. What it then does parse (INTO OUTFILE) is refused below.
            asked = {"statement": _escaped(statement)}
            self.connection.query("SELECT formatQuery({statement:String})", "Null", params=asked)
        check_reads(statement, reads=reads, count=count)
        left, settings = take_settings(statement)
        self._prepare(self.outward.settings(_literals(self.job.settings) | settings))
        self.connection.query("SET readonly = 1", "Null")
        # A parameter can be an identifier, and so name a function too.
        texts = (left, *(value.encode() for value in self.job.parameters.values()))
        if any(map(self.outward.suspects, texts)):
            # The whole statement: what is left off here could hide a call from the check.
            self.outward.check(self._explain(b"AST", left))
        return self._query(left, reads=True)

    def _explain(self, how: bytes, statement: bytes) -> str:
        query = b"EXPLAIN " + how + b" " + statement
        answer = self.connection.query(query, "TSVRaw", params=dict(self.job.parameters))
        return answer.bytes().decode("utf-8", "replace")

    def _prepare(self, settings: Mapping[str, str]) -> None:
        # The token is the mark by which a cancellation finds the query.
        marked = {**settings, "log_comment": literal(self.job.token)}
        said = ", ".join(f"{identifier(name)} = {value}" for name, value in marked.items())
        self.connection.query(f"SET {said}", "Null")
        if self.job.database:
            self.connection.query(f"USE {identifier(self.job.database)}", "Null")

    def _query(self, statement: bytes, *, reads: bool) -> Result:
        fmt = output_format(statement) or self.job.format
        answer = self.connection.query(statement, self.job.format, params=dict(self.job.parameters))
        body = answer.bytes()
        if not body and reads and fmt == "Native":
            body = self._header(statement)
        return Result(
            body=body,
            format=fmt,
            read_rows=answer.storage_rows_read(),
            read_bytes=answer.storage_bytes_read(),
            result_rows=answer.rows_read(),
            written_rows=answer.rows_written(),
            written_bytes=answer.bytes_written(),
        )

    def _insert(self, insert: Insert) -> Result:
        # A clause of settings would have to stand behind the file.
        head, settings = take_settings(insert.head.encode())
        if settings:
            self._prepare(settings)
        with _as_file(insert.data) as path:
            statement = head + f" FROM INFILE {literal(path)} FORMAT {insert.format}".encode()
            answer = self.connection.query(statement, "Null", params=dict(self.job.parameters))
        rows, written = answer.rows_written(), answer.bytes_written()
        return Result(read_rows=rows, read_bytes=len(insert.data), written_rows=rows, written_bytes=written)

    def _header(self, statement: bytes) -> bytes:
        """Name the columns of a result without rows; SHOW and DESCRIBE have no plan and stay empty."""
        try:
            plan = self._explain(b"json = 1, header = 1, description = 0", without_format(statement))
            top = json.loads(plan)[0]["Plan"]
        except (RuntimeError, ValueError):
            return b""
        return native.header((column["Name"], column["Type"]) for column in top.get("Header", ()))


@contextmanager
def _as_file(data: memoryview) -> Iterator[str]:
    """Give a path under which data can be read; no such file outlives the process, however it ends.

    chDB's own way to stream an insert (`send_insert`) loses what goes wrong at its end: a full disk, too many
    partitions or a violated constraint would be answered with success.
    """
    with TemporaryFile(dir=_MEMORY if _MEMORY.is_dir() else None) as file:
        try:
            file.write(data)
            file.flush()
        except OSError as error:
            raise refuse(NOT_ENOUGH_SPACE, f"Cannot keep {len(data)} bytes: {error.strerror}") from None
        yield f"/dev/fd/{file.fileno()}"


def _literals(settings: Mapping[str, str]) -> dict[str, str]:
    return {name: literal(value) for name, value in settings.items()}


def _escaped(statement: bytes) -> str:
    """Write a statement as the value of a bound String."""
    text = statement.decode("utf-8", "replace")
    return text.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n").replace("\r", "\\r")
