"""A stand-in before the engine that refuses inserts as ClickHouse does, or brings them there late."""

import asyncio
import threading
from dataclasses import dataclass
from typing import Final, Self

import aiohttp
from aiohttp import web

_JOIN_S: Final = 10
_BODY_LIMIT: Final = 128 << 20
# The statement stands at the front of the body, packed or not.
_FRONT: Final = 300
_HOP_BY_HOP: Final = ("transfer-encoding", "content-length", "connection")


@dataclass(frozen=True)
class Refusal:
    """What is answered to an insert: a status, ClickHouse's code where it was ClickHouse, and its name."""

    status: int
    code: int | None = None
    name: str = ""

    def answer(self) -> web.Response:
        """Give it as it comes over HTTP."""
        if self.code is None:
            return web.Response(status=self.status, text="<html>the proxy says no</html>")
        text = f"Code: {self.code}. DB::Exception: it cannot be. ({self.name}) (version 26.9.2.1)\n"
        return web.Response(
            status=self.status, text=text, headers={"X-ClickHouse-Exception-Code": str(self.code)}
        )


class RefusingFront:
    """Passes everything on to the engine, inserts only if and when it is told to; in a thread of its own.

    `refused` counts the inserts that were refused since the last word, `late` those that were held up at all,
    `held` those on their way.
    """

    def __init__(self, target: str) -> None:
        self._target = target
        self._refusal: Refusal | None = None
        self._late_s = 0.0
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True, name="refusals")
        self.refused = 0
        self.held = 0
        self.late = 0
        self.url = ""

    def __enter__(self) -> Self:
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._start(), self._loop).result(_JOIN_S)
        return self

    def __exit__(self, *_: object) -> None:
        asyncio.run_coroutine_threadsafe(self._stop(), self._loop).result(_JOIN_S)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(_JOIN_S)
        self._loop.close()

    def refuse(self, refusal: Refusal | None) -> None:
        """Refuse every insert from now on, or none."""
        self._refusal, self.refused = refusal, 0

    def hold(self, seconds: float) -> None:
        """Bring every insert to the engine so late from now on, whether its sender still waits or not."""
        self._late_s = seconds

    async def _start(self) -> None:
        self._client = aiohttp.ClientSession(auto_decompress=False)
        app = web.Application(client_max_size=_BODY_LIMIT)
        app.router.add_route("*", "/{path:.*}", self._pass)
        self._runner = web.AppRunner(app, auto_decompress=False, shutdown_timeout=1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"

    async def _stop(self) -> None:
        await self._runner.cleanup()
        await self._client.close()

    async def _pass(self, request: web.Request) -> web.Response:
        body, refusal = await request.read(), self._refusal
        if b"INSERT INTO" not in body[:_FRONT]:
            return await self._forward(request, body)
        if refusal is not None:
            self.refused += 1
            return refusal.answer()
        self.held += 1
        self.late += self._late_s > 0
        await asyncio.sleep(self._late_s)
        try:
            return await self._forward(request, body)
        finally:
            self.held -= 1

    async def _forward(self, request: web.Request, body: bytes) -> web.Response:
        url = f"{self._target}{request.rel_url}"
        headers = {name: value for name, value in request.headers.items() if name.lower() != "host"}
        async with self._client.request(request.method, url, data=body, headers=headers) as answer:
            kept = [item for item in answer.headers.items() if item[0].lower() not in _HOP_BY_HOP]
            return web.Response(status=answer.status, body=await answer.read(), headers=dict(kept))
