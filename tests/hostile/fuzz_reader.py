"""Fuzzing target: an HTTP request of a reader to the real engine, beside things that it must not reach.

They are a file with a secret, a port that nobody may call, a path that must not come to be, and a table.
"""

import atexit
import shutil
import socket
import tempfile
from dataclasses import replace
from http import HTTPStatus
from pathlib import Path
from typing import Final, cast
from uuid import uuid4

from streams.local.clickhouse import Front
from streams.local.clickhouse_engine import Engine
from streams.local.clickhouse_job import Job, Result
from streams.local.clickhouse_roles import Role
from tests.hostile.http import REQUEST_TOKENS, Client

CORPUS: Final = "reader"
TOKENS: Final = REQUEST_TOKENS
_CHECK_EVERY: Final = 100
_STATE: Final = b"""
    SELECT (SELECT (count(), sum(a)) FROM kpi.t), groupArray((database, name, metadata_modification_time))
    FROM system.tables WHERE lower(database) NOT IN ('system', 'information_schema')"""


class _Hasty:
    """The engine, with a bound on time that suits a fuzzer."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.version, self.timezone = engine.version, engine.timezone

    def run(self, job: Job) -> Result:
        assert job.role is Role.READER, job
        return self._engine.run(replace(job, settings={"max_execution_time": "1", **job.settings}))


class _Trap:
    """What a reader must not reach, and whether it did."""

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="kpi-fuzz-"))
        atexit.register(shutil.rmtree, self._folder, ignore_errors=True)
        self._engine = Engine(self._folder / "clickhouse")
        for sql in (b"CREATE DATABASE kpi", b"CREATE TABLE kpi.t (a UInt8) ENGINE = MergeTree ORDER BY a"):
            self._engine.run(Job(sql, Role.WRITER))
        self._engine.run(Job(b"INSERT INTO kpi.t VALUES (1), (2)", Role.WRITER))
        self._secret = uuid4().hex.encode()
        self._canary, self._out = self._folder / "canary.csv", self._folder / "out.csv"
        self._canary.write_bytes(self._secret + b"\n")
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(0)
        self._before = self._state()
        self._runs = 0
        # The writer's secret is one that no input can hold.
        self._client = Client(Front(cast("Engine", _Hasty(self._engine)), uuid4().hex).app())

    def _state(self) -> bytes:
        return self._engine.run(Job(_STATE, Role.WRITER)).body

    def spring(self, data: bytes) -> bool:
        """Send one request, and see that it reached nothing; tell whether it was carried out."""
        port = str(self._listener.getsockname()[1])
        for name, value in ((b"@CANARY@", self._canary), (b"@OUT@", self._out), (b"@PORT@", port)):
            data = data.replace(name, str(value).encode())
        response = self._client.send(data)
        if response is not None:
            assert self._secret not in cast("bytes", response.body), response.body
        assert not self._out.exists()
        self._assert_nobody_called()
        self._runs += 1
        if self._runs % _CHECK_EVERY == 0:
            assert self._before == self._state()
        return response is not None and response.status == HTTPStatus.OK

    def _assert_nobody_called(self) -> None:
        try:
            self._listener.accept()
        except BlockingIOError:
            return
        raise AssertionError("a reader reached the network")


_TRAP: Final = _Trap()


def run(data: bytes) -> bool:
    """Send one request; tell whether it was carried out."""
    return _TRAP.spring(data)
