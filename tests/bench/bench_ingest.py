"""How fast events are posted to the real ingest: each judged, and acknowledged by a real broker."""

import asyncio
import os
import subprocess
from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path
from typing import Final, NamedTuple

import aiohttp
import pytest

from producers.ingest.tokens import Token, add_token
from streams.kafka_admin import create_topics
from streams.ports import free_port
from streams.registry import load_registry
from streams.settings import Settings
from tests.bench.measure import Meter, Samples
from tests.driver import Batch, records_of
from tests.line import KPI
from tests.servers import local_kafka, responds, stop, wait_until

_BATCH_EVENTS: Final = 20_000
_SINGLE_EVENTS: Final = 4_000
_A_BATCH: Final = 200
_CONNECTIONS: Final = 16
_BATCH_KIND: Final = "application/cloudevents-batch+json"
_SINGLE_KIND: Final = "application/cloudevents+json"


class Served(NamedTuple):
    """A running ingest: its process, address and a token for everything."""

    pid: int
    url: str
    token: str


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Run a broker and the ingest, without a limit that would matter here."""
    home = tmp_path_factory.mktemp("ingest")
    with local_kafka(home) as bootstrap:
        asyncio.run(create_topics(Settings(_env_file=None, home=home, kafka_bootstrap=bootstrap)))
        registry = load_registry()
        places = [*registry.gate_by_slug, *(zone.slug for zone in registry.zones), registry.scope]
        tokens = home / "tokens.toml"
        token = add_token(tokens, "bench", [f"/vn/laocai/{place}/*" for place in places], _topics())
        port = free_port()
        environment = {
            **os.environ,
            "KPI_HOME": str(home),
            "KPI_KAFKA_BOOTSTRAP": bootstrap,
            "KPI_HTTP_PORT": str(port),
            "KPI_HTTP_TOKENS": str(tokens),
            "KPI_HTTP_RATE": "100000",
            "KPI_METRICS_PORT": "0",
        }
        yield from _run(environment, home, f"http://127.0.0.1:{port}", token)


def _topics() -> list[str]:
    return [*Token.model_fields["topics"].default, "target"]


def _run(environment: dict[str, str], home: Path, url: str, token: str) -> Iterator[Served]:
    command = [*KPI, "produce", "http"]
    with (home / "ingest.log").open("wb") as log:
        server = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
    try:
        wait_until(server, lambda: responds(f"{url}/healthz"), home / "ingest.log")
        yield Served(server.pid, url, token)
    finally:
        stop(server)


async def test_ingest_batches(
    served: Served, batches: list[Batch], samples: Samples, bench_round: int
) -> None:
    """Post batches of 200 by a few connections."""
    events = [record.value or b"" for record in records_of(batches)][:_BATCH_EVENTS]
    parts = [events[start : start + _A_BATCH] for start in range(0, len(events), _A_BATCH)]
    bodies = [b"[" + b",".join(some) + b"]" for some in parts]
    meter = Meter(served.pid)
    await _post(served, bodies, _BATCH_KIND)
    samples.add("ingest, batches of 200", bench_round, meter.sample(len(events)))


async def test_ingest_single_events(
    served: Served, batches: list[Batch], samples: Samples, bench_round: int
) -> None:
    """Post each event in a request of its own."""
    bodies = [record.value or b"" for record in records_of(batches)][:_SINGLE_EVENTS]
    meter = Meter(served.pid)
    await _post(served, bodies, _SINGLE_KIND)
    samples.add("ingest, one a request", bench_round, meter.sample(len(bodies)))


async def _post(served: Served, bodies: list[bytes], kind: str) -> None:
    headers = {"Authorization": f"Bearer {served.token}", "Content-Type": kind}
    left = iter(bodies)
    async with aiohttp.ClientSession(headers=headers) as session:

        async def work() -> None:
            for body in left:
                await _send(session, served.url, body)

        await asyncio.gather(*(work() for _ in range(_CONNECTIONS)))


async def _send(session: aiohttp.ClientSession, url: str, body: bytes) -> None:
    """Send until it is taken, as senders do: what a busy broker does not acknowledge in time comes again."""
    status = 0
    while status != HTTPStatus.ACCEPTED:
        async with session.post(f"{url}/v1/events", data=body) as answer:
            status = answer.status
            assert status in (HTTPStatus.ACCEPTED, HTTPStatus.SERVICE_UNAVAILABLE), await answer.text()
