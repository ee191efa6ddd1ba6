"""What hears alerts in tests: a channel that keeps, and a receiver of webhooks that answers over HTTP."""

import json
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from streams.alerts.outbox import Letter, Outbox
from streams.core.alerts.subscriptions import Subscription
from streams.errors import DependencyDownError


@dataclass
class Heard:
    """One message that arrived."""

    to: str
    title: str
    body: str
    key: str


@dataclass
class KeepingChannel:
    """Takes messages as long as it is up, but never those whose keys are `refused`; `asked` counts."""

    heard: list[Heard] = field(default_factory=list)
    is_up: bool = True
    asked: int = 0
    refused: set[str] = field(default_factory=set)

    def send(self, to: Subscription, title: str, body: str, key: str) -> bool:
        self.asked += 1
        is_taken = self.is_up and key not in self.refused
        if is_taken:
            self.heard.append(Heard(to.name, title, body, key))
        return is_taken


class MemoryOutbox(Outbox):
    """Keeps letters in memory; the highest revision stands. Without `can_write` it can be read alone."""

    def __init__(self) -> None:
        self.letters: dict[str, Letter] = {}
        self.settled: set[str] = set()
        self.sent: dict[str, int] = {}
        self.can_write = True

    def put(self, letters: Sequence[Letter]) -> None:
        """Keep letters."""
        if letters and not self.can_write:
            raise DependencyDownError("read-only")
        for letter in letters:
            known = self.letters.get(letter.key, letter)
            self.letters[letter.key] = max(known, letter, key=lambda one: one.revision)

    def due(self, now: datetime) -> list[Letter]:
        """Give what waits and is due."""
        return [one for one in self.letters.values() if one.status == "waiting" and one.due_at <= now]

    def of_alert(self, alert_id: str) -> list[Letter]:
        """Give every message about an alert."""
        return [one for one in self.letters.values() if one.alert_id == alert_id]

    def sent_lately(self, now: datetime) -> dict[str, int]:  # noqa: ARG002 - whenever
        """Give what the test says."""
        return self.sent

    def dead_recipients(self) -> int:
        """Give none."""
        return 0

    def acknowledged(self, alert_ids: Sequence[str]) -> set[str]:
        """Give those of them that the test says."""
        return self.settled & set(alert_ids)


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
