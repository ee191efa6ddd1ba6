"""The server of the ingest: who says nothing is hung up on, who was let in is answered."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
import uvicorn
from fastapi import FastAPI

from producers.ingest import server as served
from streams.ports import free_port
from tests.ingest.doubles import STRUCTURED, SlowKafka, ingest, passing


@asynccontextmanager
async def _serving(app: FastAPI) -> AsyncIterator[tuple[uvicorn.Server, int]]:
    port = free_port()
    server = uvicorn.Server(served.config_of(app, "127.0.0.1", port))
    task = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 - nothing but asking tells
        await asyncio.sleep(0.01)
    try:
        yield server, port
    finally:
        server.should_exit = True
        await task


@pytest.mark.parametrize("said", [b"", b"POST /v1/events HTTP/1.1\r\nHost: x\r\nX-"])
async def test_who_does_not_come_to_the_end_of_a_head_is_hung_up_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: bytes
) -> None:
    """Whether it says nothing at all or a part; so nobody holds a connection for nothing."""
    monkeypatch.setattr(served, "_HEAD_S", 0.1)
    app, _ = ingest(tmp_path)
    async with _serving(app) as (_, port):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(said)

        assert b"" == await asyncio.wait_for(reader.read(), 30)
        writer.close()


async def test_a_stop_waits_for_the_answer_to_what_was_let_in(tmp_path: Path) -> None:
    """A request that waits for Kafka when the stop comes is answered 202 once Kafka has acknowledged."""
    kafka = SlowKafka()
    app, headers = ingest(tmp_path, kafka)
    async with _serving(app) as (server, port), httpx.AsyncClient(timeout=60) as client:
        url, kind = f"http://127.0.0.1:{port}/v1/events", {"Content-Type": STRUCTURED}
        posting = asyncio.create_task(client.post(url, json=passing(1), headers=headers | kind))
        while not kafka.gone:  # noqa: ASYNC110 - nothing but asking tells
            await asyncio.sleep(0.01)
        server.should_exit = True
        await asyncio.sleep(0.3)
        assert not posting.done()
        kafka.may_answer.set()

        assert 202 == (await posting).status_code
