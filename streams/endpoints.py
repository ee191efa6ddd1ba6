"""What a worker or the alerts answer over HTTP on the loopback: `/metrics`, `/live` and `/ready`."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from prometheus_client import make_wsgi_app, start_http_server

from streams.logs import get_logger

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_log = get_logger("endpoints")


class Answer(NamedTuple):
    """How each part is, in words, and which of these words say that something is wrong."""

    parts: Mapping[str, str]
    wrong: Sequence[str] = ()


Pages = Mapping[str, Callable[[], Answer]]


def with_pages(metrics: "WSGIApplication", pages: Pages) -> "WSGIApplication":
    """Put pages beside the metrics: status 503 where something is wrong, else 200."""

    def app(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        page = pages.get(environ["PATH_INFO"])
        if page is None:
            return metrics(environ, start_response)
        answer = page()
        # A list of its own: the server adds to it.
        headers = [("Content-Type", "application/json; charset=utf-8")]
        start_response("503 Service Unavailable" if answer.wrong else "200 OK", headers)
        body = {"wrong": list(answer.wrong), **answer.parts}
        return [json.dumps(body, ensure_ascii=False).encode() + b"\n"]

    return app


def serve(port: int, pages: Pages, setting: str = "KPI_METRICS_PORT") -> None:
    """Answer on loopback; a taken port, whose setting the log names, costs the answers, not the work."""
    if not port:
        return
    try:
        server, _ = start_http_server(port, addr="127.0.0.1")
    except OSError as error:
        _log.warning("metrics_port_taken", port=port, error=str(error), hint=f"set {setting}")
        return
    server.set_app(with_pages(make_wsgi_app(), pages))
