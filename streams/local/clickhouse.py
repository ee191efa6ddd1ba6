"""ClickHouse's HTTP interface over the embedded engine: one process that owns the data, and any client.

Not there, and said with code 48 or the engine's own error: blocks compressed ClickHouse's own way
(`compress=1`), external data, temporary tables, `INSERT ... SELECT ... FROM input()`, users beyond the two
roles, the native port. Results are not streamed: an answer is whole, or an error.
"""

import asyncio
import os
import signal
import socket
from concurrent.futures import ThreadPoolExecutor
from typing import Final
from urllib.parse import urlsplit

from aiohttp import web

from streams.clock import monotonic
from streams.errors import KpiError
from streams.local import clickhouse_native as native
from streams.local.clickhouse_codec import BODY_LIMIT
from streams.local.clickhouse_engine import Engine
from streams.local.clickhouse_errors import TOO_MANY_SIMULTANEOUS_QUERIES, EngineError, refuse
from streams.local.clickhouse_job import Job, Result
from streams.local.clickhouse_reply import Replies
from streams.local.clickhouse_request import Request, read_request
from streams.local.clickhouse_roles import Role, writer_secret
from streams.local.clickhouse_sessions import Sessions
from streams.logs import get_logger
from streams.settings import Settings

# Of each role: readers never hold a writer's thread, nor writers a reader's.
_THREADS: Final = 4
_WAITING: Final = 200
# Together under the five seconds that a stop may take.
_CANCEL_SECONDS: Final = 3.0
_DRAIN_SECONDS: Final = 1.0

log = get_logger("clickhouse")


class Front:
    """Answers requests; each query runs in a thread of its role's pool."""

    def __init__(self, engine: Engine, secret: str) -> None:
        """Take the open engine and the writer's secret."""
        self._engine = engine
        self._secret = secret
        self._replies = Replies(engine.version, engine.timezone)
        self._pools = {role: ThreadPoolExecutor(_THREADS, f"clickhouse-{role.value}") for role in Role}
        self._killers = ThreadPoolExecutor(_THREADS, "clickhouse-kill")
        self._jobs: dict[str, Job] = {}
        self._sessions = Sessions()

    def app(self) -> web.Application:
        """Give the routes."""
        app = web.Application(client_max_size=BODY_LIMIT)
        app.router.add_get("/ping", _ok)
        app.router.add_get("/", self._answer)
        app.router.add_post("/", self._answer)
        return app

    async def stop(self) -> None:
        """Cancel what runs and wait for it, within bounds."""
        jobs = list(self._jobs.values())
        for job in jobs:
            self._killers.submit(self._engine.cancel, job)
        await asyncio.gather(*(asyncio.to_thread(job.done.wait, _CANCEL_SECONDS) for job in jobs))
        for pool in (*self._pools.values(), self._killers):
            pool.shutdown(wait=False, cancel_futures=True)

    async def _answer(self, request: web.Request) -> web.Response:
        if request.method in ("GET", "HEAD") and not request.query.get("query"):
            return await _ok(request)
        query_id = request.query.get("query_id", "")
        try:
            asked = await read_request(request, self._secret)
            query_id = asked.query_id
            if native.is_hello(asked.job.statement, asked.revision):
                return self._replies.hello(asked)
            started = monotonic()
            result = await self._run(asked)
            return await self._replies.result(asked, result, monotonic() - started)
        except EngineError as error:
            log.info("query_failed", query_id=query_id, code=error.code)
            return self._replies.failure(error, query_id)

    async def _run(self, asked: Request) -> Result:
        job = asked.job
        if sum(other.role is job.role for other in self._jobs.values()) >= _WAITING:
            raise refuse(TOO_MANY_SIMULTANEOUS_QUERIES, f"Too many simultaneous queries. Maximum: {_WAITING}")
        if job.role is Role.WRITER:
            job.session = self._sessions.statements(asked.session)
        self._jobs[job.token] = job
        try:
            result = await self._in_thread(job)
        finally:
            self._jobs.pop(job.token, None)
        self._sessions.remember(asked.session, job)
        return result

    async def _in_thread(self, job: Job) -> Result:
        future = self._pools[job.role].submit(self._engine.run, job)
        try:
            return await asyncio.wrap_future(future)
        except asyncio.CancelledError:
            # The client hung up. What has not begun never will, what runs is killed.
            if not future.cancelled():
                self._killers.submit(self._engine.cancel, job)
            raise


async def _ok(_request: web.Request) -> web.Response:
    return web.Response(text="Ok.\n")


async def serve(settings: Settings) -> None:
    """Serve the data of this home until SIGTERM or SIGINT.

    Raises:
        KpiError: the port is taken, or another process has the data.
    """
    with _listen(settings.clickhouse_url) as listener:
        engine = await asyncio.to_thread(Engine, settings.home / "clickhouse")
        front = Front(engine, writer_secret(settings.writer_secret_file))
        await _serve(front, listener, settings.clickhouse_url)
        await asyncio.to_thread(engine.close)


def _listen(url: str) -> socket.socket:
    parts = urlsplit(url)
    host, port = parts.hostname or "127.0.0.1", parts.port or 8123
    try:
        return socket.create_server((host, port), backlog=256)
    except OSError as error:
        raise KpiError(
            f"ClickHouse cannot listen on {host}:{port} ({os.strerror(error.errno or 0)}). Stop what listens "
            "there, or choose another port with KPI_CLICKHOUSE_URL."
        ) from None


async def _serve(front: Front, listener: socket.socket, url: str) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    # Bodies are unpacked here, every frame of them; aiohttp would stop after the first.
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
