"""Fuzzing target: an HTTP request to the local engine, up to what would be said to the engine.

The engine is a double: it calls every statement what its first word promises, so the gates see all of them.
"""

import re
from collections.abc import Mapping
from http import HTTPStatus
from types import SimpleNamespace
from typing import Any, Final, cast

from streams.local.clickhouse import Front
from streams.local.clickhouse_engine import Engine
from streams.local.clickhouse_job import Job, Result
from streams.local.clickhouse_query import Runner
from streams.local.clickhouse_reader import Outward
from streams.local.clickhouse_roles import Role
from streams.local.clickhouse_sql import first_words
from tests.hostile.http import REQUEST_TOKENS, Client

CORPUS: Final = "front"
TOKENS: Final = REQUEST_TOKENS
_SECRET: Final = "secret"  # noqa: S105 - the seeds know it
_READING: Final = ("SELECT", "WITH", "SHOW", "DESC", "DESCRIBE", "EXISTS", "EXPLAIN")
_STRING: Final = r"'(?:[^'\\]|\\.|'')*'"
_NAME: Final = r"`(?:[^`\\]|\\.)*`"
# A list of settings, each a quoted name and one literal: nothing of the request stands outside of quotes.
_SET: Final = re.compile(rf"SET (?:{_NAME} = (?:{_STRING}|-?\s?[\w.]+|[\[{{(].*[\]}})])(?:, |$))+", re.DOTALL)
# What may be said for a reader before its connection is read-only.
_BEFORE: Final = (b"SET readonly = 1", b"USE `", b"SELECT formatQuery(")
_OUTWARD: Final = Outward(["file", "url", "s3", "remote", "executable"], ["file", "upper", "aiGenerate"])


class _Connection:
    """Answers nothing, and remembers what was said on it."""

    def __init__(self, role: Role) -> None:
        self._role = role
        self.said: list[bytes] = []

    def classify_query(self, sql: bytes) -> dict[str, Any]:
        words = first_words(sql)
        kind = "READ_ONLY" if words and words[0] in _READING else "WRITE"
        return {"statement_count": 1 if sql.strip() else 0, "query_class": SimpleNamespace(name=kind)}

    def query(self, sql: str | bytes, fmt: str, *, params: Mapping[str, str] | None = None) -> Any:
        text = sql if isinstance(sql, bytes) else sql.encode()
        for said in (fmt, *(params or {}), *(params or {}).values()):
            said.encode()
        if self._role is Role.READER:
            self._check(text)
        self.said.append(text)
        # Trees are asked for as TSVRaw; this one names nothing.
        body = b"SelectQuery\n Identifier a" if fmt == "TSVRaw" else b""
        numbers = dict.fromkeys(("rows_read", "rows_written", "bytes_written"), lambda: 0)
        stored = dict.fromkeys(("storage_rows_read", "storage_bytes_read"), lambda: 0)
        return SimpleNamespace(bytes=lambda: body, **numbers, **stored)

    def _check(self, text: bytes) -> None:
        if text.startswith(b"SET `"):
            assert _SET.fullmatch(text.decode()), text
        elif not text.startswith(_BEFORE):
            assert b"SET readonly = 1" in self.said, text


class _Engine:
    """Runs each query on a connection of its own, as the engine does."""

    version, timezone = "26.9.2.1", "UTC"

    def run(self, job: Job) -> Result:
        connection = _Connection(job.role)
        result = Runner(cast("Any", connection), job, _OUTWARD).run()
        if job.role is Role.READER:
            assert first_words(job.statement)[0] in _READING, job.statement
        return result


_CLIENT: Final = Client(Front(cast("Engine", _Engine()), _SECRET).app())


def run(data: bytes) -> bool:
    """Send one request; tell whether it was carried out."""
    response = _CLIENT.send(data)
    return response is not None and response.status == HTTPStatus.OK
