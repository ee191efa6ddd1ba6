"""What hears alerts in tests: a channel that keeps, and a receiver of webhooks that answers over HTTP."""

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from streams.core.alerts.subscriptions import Subscription


@dataclass
class Heard:
    """One message that arrived."""

    to: str
    title: str
    body: str
    key: str


@dataclass
class KeepingChannel:
    """Takes messages as long as it is up."""

    heard: list[Heard] = field(default_factory=list)
    is_up: bool = True

    def send(self, to: Subscription, title: str, body: str, key: str) -> bool:
        if self.is_up:
            self.heard.append(Heard(to.name, title, body, key))
        return self.is_up


@dataclass
class Receiver:
    """A web server that keeps what is posted to it, and answers with a status of its own."""

    port: int
    posted: list[tuple[Mapping[str, str], dict[str, Any]]] = field(default_factory=list)
    status: int = 200
    arrived: threading.Event = field(default_factory=threading.Event)

    def url(self, path: str = "alerts") -> str:
        """Give the address as Apprise writes it."""
        return f"json://127.0.0.1:{self.port}/{path}"

    def keys(self) -> list[str]:
        """Give the keys of what was taken, in order."""
        return [headers["Idempotency-Key"] for headers, _ in self.posted]


@contextmanager
def receiver() -> Iterator[Receiver]:
    """Run a receiver of webhooks on a free port."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if kept.status < 300:
                kept.posted.append((dict(self.headers), json.loads(body)))
            self.send_response(kept.status)
            self.send_header("Location", f"http://127.0.0.1:{kept.port}/elsewhere")
            self.send_header("Content-Length", "0")
            self.end_headers()
            kept.arrived.set()

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    kept = Receiver(server.server_address[1])
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield kept
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
