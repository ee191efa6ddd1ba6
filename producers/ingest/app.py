"""The web application of the ingest: one address to post to, health, and its own description."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import Final

from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse, PlainTextResponse
from starlette.requests import ClientDisconnect

from producers.ingest import metrics
from producers.ingest.answers import TIMEOUT, UNAUTHORIZED, Acknowledged, problem
from producers.ingest.held import Held
from producers.ingest.judge import NOT_PERMITTED, Judge, Judged
from producers.ingest.openapi import document_of, request_body, responses
from producers.ingest.rate import Rates
from producers.ingest.requests import MAX_BATCH, Posted, UnreadableError, read_events
from producers.ingest.together import NotAcknowledgedError, Together
from producers.ingest.tokens import Token, Tokens
from producers.publisher import Sender
from streams import clock
from streams.web_headers import FOR_PROGRAMS, WITH_TLS, SecurityHeaders

EVENTS_PATH: Final = "/v1/events"
HEALTH_PATH: Final = "/healthz"
# A thousand events of four kilobytes, or a few of the largest.
BODY_BYTES: Final = 4 * 1024 * 1024
# What is made of a body takes a few times its size: together far less than what a container has.
HELD_BYTES: Final = 64 * 1024 * 1024


@dataclass(frozen=True)
class Limits:
    """How much and how long: bytes at one time, seconds for a body and Kafka's answer, events a second."""

    body_bytes: int = BODY_BYTES
    held_bytes: int = HELD_BYTES
    body_s: float = 10.0
    kafka_s: float = 10.0
    rate: int = 1_000


class Ingest:
    """Answers requests.

    Args:
        tokens: who may post.
        judge: tells good events from bad ones.
        together: sends them.
        limits: what a request may be.
    """

    def __init__(self, tokens: Tokens, judge: Judge, together: Together, limits: Limits) -> None:
        self._tokens, self._judge, self._together, self._limits = tokens, judge, together, limits
        self._rates = Rates(limits.rate, MAX_BATCH)
        self._held = Held(limits.held_bytes)

    async def post(self, request: Request) -> Response:
        """Take the events of a request, and answer when Kafka has acknowledged them."""
        began = clock.monotonic()
        answer = await self._answer(request)
        metrics.REQUESTS.labels(str(answer.status_code)).inc()
        metrics.SECONDS.observe(clock.monotonic() - began)
        return answer

    def health(self) -> str | None:
        """Say what is wrong; None: nothing."""
        stuck = self._together.stuck_s
        if stuck <= self._limits.kafka_s:
            return None
        return f"Kafka has not acknowledged for {stuck:.0f} s; look at it with: kpi check"

    async def _answer(self, request: Request) -> Response:
        token = self._tokens.find(request.headers.get("authorization", ""))
        if token is None:
            return problem(
                UNAUTHORIZED, "unauthorized", "Send Authorization: Bearer TOKEN, with one known here."
            )
        bucket = self._rates.bucket(token.name, token.rate)
        if wait_s := bucket.take(1, clock.monotonic()):
            return _too_fast(token, wait_s)
        with self._held.request(token.name) as take:
            try:
                posted = read_events(request.headers, await self._body(request, take))
            except UnreadableError as error:
                metrics.REFUSED.labels(token.name, error.reason).inc()
                return problem(error.status, error.reason, str(error))
            if wait_s := bucket.take(len(posted.values) - 1, clock.monotonic()):
                return _too_fast(token, wait_s)
            return await self._take(token, posted)

    async def _body(self, request: Request, take: Callable[[int], bool]) -> bytes:
        """Read a body up to the limit, as long as there is room for it, and no longer than it may take."""
        most = self._limits.body_bytes
        too_large = UnreadableError(413, "too_large", f"the body: at most {most} bytes are taken")
        length = request.headers.get("content-length", "0")
        if not length.isdecimal() or int(length[:20]) > most:
            raise too_large
        body = bytearray()
        try:
            async with asyncio.timeout(self._limits.body_s):
                async for piece in request.stream():
                    if not take(len(piece)):
                        raise UnreadableError(503, "busy", "too much is under way; send the request again")
                    body += piece
                    if len(body) > most:
                        raise too_large
        except (TimeoutError, ClientDisconnect):
            raise UnreadableError(
                TIMEOUT, "timeout", "the body did not come in time; send it again"
            ) from None
        return bytes(body)

    async def _take(self, token: Token, posted: Posted) -> Response:
        judged = self._judge.judge(token, posted.values)
        for item in judged.refused:
            metrics.REFUSED.labels(token.name, item.reason).inc()
        try:
            await self._together.send(judged.good)
        except NotAcknowledgedError:
            title = "Kafka does not acknowledge for now; send the same request again."
            return problem(503, "unavailable", title, refused=judged.refused)
        metrics.EVENTS.labels(token.name).inc(len(judged.good))
        if not judged.refused:
            return JSONResponse(Acknowledged(accepted=len(judged.good)).model_dump(), 202)
        return _refusal(judged, posted)


def _too_fast(token: Token, wait_s: int) -> Response:
    answer = problem(429, "too_fast", f"The token {token.name} sends too fast.")
    answer.headers["Retry-After"] = str(wait_s)
    return answer


def _refusal(judged: Judged, posted: Posted) -> Response:
    """Answer for refused events: a batch has one status, one event has that of its reason."""
    first, accepted = judged.refused[0], len(judged.good)
    if posted.is_batch:
        title = f"{len(judged.refused)} of {len(posted.values)} events are refused, the others with Kafka."
        return problem(422, "refused", title, accepted=accepted, refused=judged.refused)
    status = {"too_large": 413, NOT_PERMITTED: 403}.get(first.reason, 422)
    return problem(status, first.reason, "The event is refused.", refused=judged.refused)


def make_app(
    tokens: Tokens,
    judge: Judge,
    sender: AbstractAsyncContextManager[Sender],
    limits: Limits,
    *,
    tls: bool = False,
) -> FastAPI:
    """Build the application; it connects to Kafka when it starts and disconnects when it has answered all."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with sender as connected, Together(connected, limits.kafka_s) as together:
            app.state.ingest = Ingest(tokens, judge, together, limits)
            yield

    app = bare_app(lifespan)
    app.add_middleware(SecurityHeaders, headers=FOR_PROGRAMS | (WITH_TLS if tls else {}))
    return app


def bare_app(lifespan: Callable[[FastAPI], AbstractAsyncContextManager[None]] | None = None) -> FastAPI:
    """Build an application with the addresses and the document that describes them, and nothing behind."""
    app = FastAPI(version="1", lifespan=lifespan, docs_url=None, redoc_url=None)

    @app.post(
        EVENTS_PATH,
        status_code=202,
        response_model=Acknowledged,
        responses=responses(),
        summary="Post one event or a batch",
        operation_id="post_events",
        openapi_extra={"requestBody": request_body(), "security": [{"token": []}]},
    )
    async def post_events(request: Request) -> Response:
        ingest: Ingest = request.app.state.ingest
        return await ingest.post(request)

    @app.get(
        HEALTH_PATH,
        response_class=PlainTextResponse,
        responses={503: {"description": "Kafka does not answer."}},
    )
    async def health(request: Request) -> Response:
        """Answer `ok` while Kafka acknowledges."""
        wrong = request.app.state.ingest.health()
        return PlainTextResponse(wrong or "ok", 503 if wrong else 200)

    app.openapi = document_of(app)  # type: ignore[method-assign] # as FastAPI documents it
    return app
