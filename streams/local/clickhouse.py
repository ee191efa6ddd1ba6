"""ClickHouse's HTTP interface over the embedded engine: one process that owns the data, and any client.

Not there, said with code 48 or a 404: blocks compressed ClickHouse's own way (`compress=1`), external data, temporary
tables, `INSERT ... SELECT ... FROM input()`, users beyond the two roles, the native port.
"""

import asyncio
import json
import signal
import socket
from concurrent.futures import ThreadPoolExecutor
from typing import Final
from urllib.parse import urlsplit

from aiohttp import web

from streams.errors import KpiError
from streams.local import clickhouse_native as native
from streams.local.clickhouse_codec import BODY_LIMIT, choose, pack
from streams.local.clickhouse_engine import Engine, Job, Result
from streams.local.clickhouse_errors import TOO_MANY_SIMULTANEOUS_QUERIES, EngineError, refuse
from streams.local.clickhouse_request import Request, read_request
from streams.local.clickhouse_roles import Role, writer_secret
from streams.local.clickhouse_sessions import Sessions
from streams.logs import get_logger
from streams.settings import Settings

_NAME: Final = "kpi"
# Of each role: readers never take a writer's thread, nor writers a reader's.
_THREADS: Final = 4
_WAITING: Final = 200
_DRAIN_SECONDS: Final = 1.0
_STOP_SECONDS: Final = 3.0

log = get_logger("clickhouse")


class Front:
    """Answers requests; each query runs in a thread of its role's pool."""

    def __init__(self, engine: Engine, secret: str) -> None:
        """Take the open engine and the writer's secret."""
        self._engine = engine
        self._secret = secret
        self._pools = {role: ThreadPoolExecutor(_THREADS, f"clickhouse-{role.value}") for role in Role}
        self._killers = ThreadPoolExecutor(2, "clickhouse-kill")
        self._running: dict[Role, set[str]] = {role: set() for role in Role}
        self._jobs: dict[str, Job] = {}
        self._sessions = Sessions()

    def app(self) -> web.Application:
        """Give the routes."""
        app = web.Application(client_max_size=BODY_LIMIT)
        app.router.add_get("/ping", self._ok)
        app.router.add_get("/", self._answer)
        app.router.add_post("/", self._answer)
        return app

    async def stop(self) -> bool:
        """Cancel what runs; tell whether all of it is over."""
        jobs = list(self._jobs.values())
        for job in jobs:
            self._killers.submit(self._engine.cancel, job)
        over = await asyncio.to_thread(lambda: all([job.done.wait(_STOP_SECONDS) for job in jobs]))
        for pool in (*self._pools.values(), self._killers):
            pool.shutdown(wait=False, cancel_futures=True)
        return over

    async def _ok(self, _request: web.Request) -> web.Response:
        return web.Response(text="Ok.\n")

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        if request.method == "GET" and not request.query.get("query"):
            return await self._ok(request)
        query_id = request.query.get("query_id", "")
        try:
            asked = await read_request(request, self._secret)
            query_id = asked.query_id
            if native.is_hello(asked.job.statement, asked.revision):
                return self._hello(asked)
            result = await self._run(asked)
            return await self._reply(asked, result)
        except EngineError as error:
            log.info("query_failed", query_id=query_id, code=error.code)
            return self._failure(error, query_id)

    async def _run(self, asked: Request) -> Result:
        job = asked.job
        if len(self._running[job.role]) >= _WAITING:
            raise refuse(TOO_MANY_SIMULTANEOUS_QUERIES, f"Too many simultaneous queries. Maximum: {_WAITING}")
        if job.role is Role.WRITER:
            job.session = self._sessions.statements(asked.session)
        self._running[job.role].add(job.token)
        self._jobs[job.token] = job
        try:
            result = await self._in_thread(job)
        finally:
            self._running[job.role].discard(job.token)
            self._jobs.pop(job.token, None)
        self._sessions.remember(asked.session, job)
        return result

    async def _in_thread(self, job: Job) -> Result:
        future = self._pools[job.role].submit(self._engine.run, job)
        try:
            return await asyncio.wrap_future(future)
        except asyncio.CancelledError:
            # The client hung up. A query that has not begun never will; one that runs is killed.
            if not future.cancel():
                self._killers.submit(self._engine.cancel, job)
            raise

    def _hello(self, asked: Request) -> web.Response:
        body = native.hello(_NAME, self._engine.version, self._engine.timezone)
        return web.Response(body=body, headers=self._headers(asked.query_id, "Native"))

    async def _reply(self, asked: Request, result: Result) -> web.Response:
        body, encoding = await _packed(result.body, choose(asked.accepts))
        headers = self._headers(asked.query_id, result.format) | {"X-ClickHouse-Summary": _summary(result)}
        if encoding:
            headers["Content-Encoding"] = encoding
        return web.Response(body=body, headers=headers)

    def _headers(self, query_id: str, fmt: str) -> dict[str, str]:
        return {
            "Content-Type": _CONTENT_TYPES.get(fmt, "application/octet-stream"),
            "X-ClickHouse-Server-Display-Name": _NAME,
            "X-ClickHouse-Query-Id": query_id,
            "X-ClickHouse-Format": fmt,
            "X-ClickHouse-Timezone": self._engine.timezone,
        }

    def _failure(self, error: EngineError, query_id: str) -> web.Response:
        headers = self._headers(query_id, "TabSeparated") | {"X-ClickHouse-Exception-Code": str(error.code)}
        text = error.text if "(version " in error.text else f"{error.text} (version {self._engine.version})"
        return web.Response(status=error.status, body=f"{text}\n".encode(), headers=headers)


_CONTENT_TYPES: Final = {
    "TabSeparated": "text/tab-separated-values; charset=UTF-8",
    "TabSeparatedWithNames": "text/tab-separated-values; charset=UTF-8",
    "CSV": "text/csv; charset=UTF-8; header=absent",
    "CSVWithNames": "text/csv; charset=UTF-8; header=present",
    "JSON": "application/json; charset=UTF-8",
    "JSONCompact": "application/json; charset=UTF-8",
    "JSONEachRow": "application/x-ndjson; charset=UTF-8",
    "Pretty": "text/plain; charset=UTF-8",
    "PrettyCompact": "text/plain; charset=UTF-8",
}


def _summary(result: Result) -> str:
    values = {
        "read_rows": result.read_rows,
        "read_bytes": result.read_bytes,
        "written_rows": result.written_rows,
        "written_bytes": result.written_bytes,
        "total_rows_to_read": result.read_rows,
        "result_rows": result.result_rows or result.written_rows,
        "result_bytes": len(result.body) or result.written_bytes,
        "elapsed_ns": int(result.seconds * 1e9),
    }
    return json.dumps({name: str(value) for name, value in values.items()}, separators=(",", ":"))


async def _packed(body: bytes, method: str) -> tuple[bytes, str]:
    if len(body) < 1 << 16:
        return pack(body, method)
    return await asyncio.to_thread(pack, body, method)


def _listen(url: str) -> socket.socket:
    parts = urlsplit(url)
    host, port = parts.hostname or "127.0.0.1", parts.port or 8123
    try:
        return socket.create_server((host, port), backlog=256)
    except OSError as error:
        raise KpiError(
            f"ClickHouse cannot listen on {host}:{port} ({error.strerror}). Stop what listens there, or choose another "
            "port with KPI_CLICKHOUSE_URL."
        ) from None


async def serve(settings: Settings) -> None:
    """Serve the data of this home until SIGTERM or SIGINT.

    Raises:
        KpiError: the port is taken, or another process has the data.
    """
    folder = settings.home / "clickhouse"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    engine = Engine(folder)
    with _listen(settings.clickhouse_url) as listener:
        await asyncio.to_thread(engine.open)
        await _serve(
            Front(engine, writer_secret(settings.writer_secret_file)), listener, settings.clickhouse_url
        )
    engine.close()


async def _serve(front: Front, listener: socket.socket, url: str) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    # The bodies' own encodings are undone frame by frame (aiohttp would stop after the first).
    runner = web.AppRunner(
        front.app(),
        auto_decompress=False,
        handler_cancellation=True,
        access_log=None,
        shutdown_timeout=_DRAIN_SECONDS,
    )
    await runner.setup()
    await web.SockSite(runner, listener).start()
    log.info("clickhouse_ready", url=url)
    await stop.wait()
    log.info("clickhouse_stopping")
    await front.stop()
    await runner.cleanup()
