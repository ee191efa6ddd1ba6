"""Does a part answer? Each probe asks once and says yes or no."""

import asyncio
import ssl
from functools import cache
from typing import Any, Final

import httpx
from clickhouse_connect.driver.exceptions import ClickHouseError

from streams.clickhouse import connect_reader
from streams.errors import DependencyDownError
from streams.kafka_admin import create_topics
from streams.local.kafka import loopback_port
from streams.settings import Settings
from streams.tls import trusting

_TIMEOUT_S: Final = 3.0
_EVERYWHERE: Final = ("0.0.0.0", "::")  # noqa: S104 - compared, not bound


def wall_url(settings: Settings) -> str:
    """Give the address at which a browser on this machine finds the wall."""
    host = "127.0.0.1" if settings.wall_host in _EVERYWHERE else settings.wall_host
    return f"http://{host}:{settings.wall_port}"


async def kafka_serves(settings: Settings) -> bool:
    """Tell whether Kafka answers and has its topics; those that it lacks are created."""
    try:
        async with asyncio.timeout(_TIMEOUT_S):
            await _connect(loopback_port(settings.kafka_bootstrap))
            await create_topics(settings)
    except (DependencyDownError, OSError):
        return False
    return True


async def clickhouse_answers(settings: Settings) -> bool:
    """Tell whether ClickHouse answers a ping."""
    return await _http_ok(f"{settings.clickhouse_url.rstrip('/')}/ping")


async def worker_works(settings: Settings) -> bool:
    """Tell whether the worker is ready (without a port to ask at: that it was started)."""
    return await _is_ready(settings.metrics_port)


async def worker_condition(settings: Settings) -> dict[str, Any] | None:
    """Give what the worker of this machine says of itself; None: none answers."""
    return await _condition_at(settings.metrics_port)


async def alerts_work(settings: Settings) -> bool:
    """Tell whether the alerts are ready (without a port to ask at: that they were started)."""
    return await _is_ready(settings.alerts_metrics_port)


@cache
def _trust() -> ssl.SSLContext:
    """Load the certificates of all authorities once: it takes 30 ms, and a supervisor probes for years."""
    return trusting(None, "")


async def _is_ready(port: int) -> bool:
    if not port:
        return True
    condition = await _condition_at(port)
    return condition is not None and not condition["wrong"]


async def _condition_at(port: int) -> dict[str, Any] | None:
    if not port:
        return None
    async with httpx.AsyncClient(trust_env=False, verify=_trust(), timeout=_TIMEOUT_S) as client:
        try:
            answer = await client.get(f"http://127.0.0.1:{port}/ready")
            return {"wrong": [], **answer.json()}
        except (httpx.HTTPError, ValueError):
            return None


async def wall_answers(settings: Settings) -> bool:
    """Tell whether the wall gives its first page."""
    return await _http_ok(wall_url(settings))


async def views_answer(settings: Settings) -> bool:
    """Tell whether a query over the public views works."""
    return await asyncio.to_thread(_count_progress, settings)


def _count_progress(settings: Settings) -> bool:
    try:
        client = connect_reader(settings)
        try:
            client.query("SELECT count() FROM {views:Identifier}.progress", {"views": settings.database})
        finally:
            client.close()
    except (ClickHouseError, DependencyDownError):
        return False
    return True


async def _http_ok(url: str) -> bool:
    # A proxy of the environment is not for this machine's own addresses.
    async with httpx.AsyncClient(
        trust_env=False, verify=_trust(), timeout=_TIMEOUT_S, follow_redirects=True
    ) as client:
        try:
            return (await client.get(url)).is_success
        except httpx.HTTPError:
            return False


async def _connect(port: int) -> None:
    """Open and close a connection: a closed port is no reason for the driver to log an error."""
    _, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.close()
    await writer.wait_closed()
