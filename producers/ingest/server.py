"""The server of the ingest: it waits for nobody for ever, and answers what it has begun before it stops."""

import asyncio
import signal
from pathlib import Path
from typing import Any, Final

import uvicorn
from fastapi import FastAPI
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

# A request's head comes within this time of the first byte, or of the connection.
_HEAD_S: Final = 10.0
_IDLE_S: Final = 30
# Longer than a body and Kafka's acknowledgement may take together.
_FAREWELL_S: Final = 25
_CONNECTIONS: Final = 500


class _Impatient(HttpToolsProtocol):
    """Hangs up on who connects and says nothing, or says it a byte at a time."""

    _head: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as uvicorn has it
        super().connection_made(transport)
        self._expect_head()

    def connection_lost(self, exc: Exception | None) -> None:
        self._has_head()
        super().connection_lost(exc)

    def on_message_begin(self) -> None:
        self._expect_head()
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        self._has_head()
        super().on_headers_complete()

    def _expect_head(self) -> None:
        self._has_head()
        self._head = self.loop.call_later(_HEAD_S, self.transport.close)

    def _has_head(self) -> None:
        if self._head is not None:
            self._head.cancel()
            self._head = None


def run(app: FastAPI, host: str, port: int, certificate: Path | None, key: Path | None) -> bool:
    """Serve until SIGTERM or SIGINT; tell whether it could begin."""
    # The server raises the signal again once all is answered; it has then done its work.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _nothing)
    server = uvicorn.Server(config_of(app, host, port, certificate, key))
    server.run()
    return bool(server.started)


def config_of(
    app: FastAPI, host: str, port: int, certificate: Path | None = None, key: Path | None = None
) -> uvicorn.Config:
    """Give how the server is to be; with a certificate and its key it speaks TLS."""
    return uvicorn.Config(
        app,
        host=host,
        port=port,
        http=_Impatient,
        ws="none",
        log_config=None,
        log_level="warning",
        access_log=False,
        server_header=False,
        proxy_headers=False,
        limit_concurrency=_CONNECTIONS,
        timeout_keep_alive=_IDLE_S,
        timeout_graceful_shutdown=_FAREWELL_S,
        ssl_certfile=certificate,
        ssl_keyfile=key,
    )


def _nothing(_number: int, _frame: Any) -> None:  # noqa: ANN401 - what signal passes
    pass
