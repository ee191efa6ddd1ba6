"""A stand-in for Grafana: a server that answers the addresses that we use as Grafana 13 does."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from threading import Thread
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

from streams.boards.panels import DATASOURCE
from streams.grafana.api import Grafana

TOKEN: Final = "glsa_stand_in"  # noqa: S105 - of nothing but this server
Json = dict[str, Any]
Columns = Mapping[str, Sequence[Any]]


class RefusedQueryError(Exception):
    """What the datasource says of a query that it cannot run."""


@dataclass
class StandIn:
    """What this Grafana has, who it lets in, and what it answers instead where a test says so."""

    boards: dict[str, Json] = field(default_factory=dict)
    columns: Callable[[Json], Columns] = lambda _: {}
    playlists: dict[str, Json] = field(default_factory=dict)
    annotations: dict[int, Json] = field(default_factory=dict)
    datasource: tuple[int, Json] = (200, {"message": "Data source is working", "status": "OK"})
    # Path without its query -> status and body.
    instead: dict[str, tuple[int, bytes]] = field(default_factory=dict)
    asked: list[tuple[str, str]] = field(default_factory=list)
    url: str = ""
    _ids: Iterator[int] = field(default_factory=lambda: count(1))

    def client(self, token: str = TOKEN) -> Grafana:
        """Give our side of the line to it."""
        return Grafana(self.url, token)

    def answer(self, verb: str, address: str, token: str, body: Json) -> tuple[int, Any]:
        """Give status and body of an answer; its health Grafana tells anybody."""
        parts = urlsplit(address)
        self.asked.append((verb, parts.path))
        kind, *rest = parts.path.removeprefix("/api/").split("/")
        if kind == "health":
            return 200, {"database": "ok", "version": "13.2.3", "commit": "abc"}
        if token != f"Bearer {TOKEN}":
            return 401, {"message": "Invalid API key", "messageId": "api-key.invalid", "statusCode": 401}
        answers: dict[str, Callable[[], tuple[int, Any]]] = {
            "datasources": lambda: self.datasource if rest[1] == DATASOURCE["uid"] else _missing("No source"),
            "dashboards": lambda: self._board(rest[1]),
            "ds": lambda: self._queried(body),
            "playlists": lambda: self._playlist(verb, rest, body),
            "annotations": lambda: self._annotation(verb, rest, body, parse_qs(parts.query)),
        }
        return answers.get(kind, lambda: _missing("Not found"))()

    def _board(self, uid: str) -> tuple[int, Json]:
        board = self.boards.get(uid)
        return (200, {"meta": {}, "dashboard": board}) if board else _missing("Dashboard not found")

    def _queried(self, body: Json) -> tuple[int, Any]:
        results = {}
        for query in body["queries"]:
            try:
                frames = [_frame(self.columns({**query, "range": (body["from"], body["to"])}))]
                results[query["refId"]] = {"status": 200, "frames": frames}
            except RefusedQueryError as error:
                results[query["refId"]] = {"error": str(error), "errorSource": "downstream", "status": 400}
        return 400 if any("error" in one for one in results.values()) else 200, {"results": results}

    def _playlist(self, verb: str, rest: list[str], body: Json) -> tuple[int, Any]:
        if verb == "GET":
            listed = ("uid", "name", "interval")
            return 200, [{key: one[key] for key in listed} for one in self.playlists.values()]
        uid = rest[0] if rest else f"list{next(self._ids)}"
        self.playlists[uid] = {**body, "uid": uid}
        return 200, {"id": 1, **self.playlists[uid]}

    def _annotation(
        self, verb: str, rest: list[str], body: Json, query: Mapping[str, list[str]]
    ) -> tuple[int, Any]:
        if verb == "GET":
            start, end = int(query["from"][0]), int(query["to"][0])
            found = [
                one
                for one in self.annotations.values()
                if set(query["tags"]) <= set(one["tags"]) and one["time"] <= end and one["timeEnd"] >= start
            ]
            return 200, found[: int(query["limit"][0])]
        if verb == "POST":
            number = next(self._ids)
            self.annotations[number] = {"id": number, **body}
            return 200, {"id": number, "message": "Annotation added"}
        number = int(rest[0])
        if number not in self.annotations:
            return _missing("annotation not found")
        if verb == "DELETE":
            del self.annotations[number]
            return 200, {"message": "Annotation deleted"}
        self.annotations[number] |= body
        return 200, {"message": "Annotation patched"}


def _missing(message: str) -> tuple[int, Json]:
    return 404, {"message": message, "messageId": "", "statusCode": 404, "traceID": ""}


def _frame(columns: Columns) -> Json:
    return {
        "schema": {"refId": "A", "fields": [{"name": name, "type": "string"} for name in columns]},
        "data": {"values": [list(cells) for cells in columns.values()]},
    }


@contextmanager
def grafana_stand_in() -> Iterator[StandIn]:
    """Run the stand-in, and stop it."""
    stand_in = StandIn()

    class Handler(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(length) or b"{}")
            path = urlsplit(self.path).path
            if path in stand_in.instead:
                status, raw = stand_in.instead[path]
            else:
                token = self.headers.get("Authorization", "")
                status, answer = stand_in.answer(self.command, self.path, token, body or {})
                raw = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(raw)))
            self.end_headers()
            self.wfile.write(raw)

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _answer  # noqa: N815 - http.server's names

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    stand_in.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield stand_in
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
