"""What a worker or the alerts answer over HTTP, as a rule on the loopback: `/metrics`, `/live`, `/ready`."""

import json
import secrets
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from prometheus_client import make_wsgi_app, start_http_server

from streams.errors import UsageError
from streams.logs import get_logger
from streams.ports import is_loopback
from streams.settings import Settings

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_log = get_logger("endpoints")
# What is shorter can be guessed.
_LEAST_TOKEN: Final = 16


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


def for_those_who_know(token: str, app: "WSGIApplication") -> "WSGIApplication":
    """Answer who comes from this machine, as probes do, or sends the token; status 401 for others."""
    wanted = f"Bearer {token}".encode()

    def guarded(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        sent = environ.get("HTTP_AUTHORIZATION", "").encode()
        if is_loopback(environ["REMOTE_ADDR"]) or (token and secrets.compare_digest(sent, wanted)):
            return app(environ, start_response)
        start_response("401 Unauthorized", [("WWW-Authenticate", "Bearer")])
        return [b"send Authorization: Bearer TOKEN, with that of KPI_METRICS_TOKEN\n"]

    return guarded


def serve(
    settings: Settings,
    pages: Pages,
    setting: Literal["metrics_port", "alerts_metrics_port"] = "metrics_port",
) -> None:
    """Answer at the port of a setting; one that is taken costs the answers, not the work.

    Raises:
        UsageError: others than this machine could ask, and no token keeps strangers out.
    """
    port: int = getattr(settings, setting)
    if not port:
        return
    token = settings.metrics_token.get_secret_value()
    if len(token) < _LEAST_TOKEN and (token or not is_loopback(settings.metrics_host)):
        raise UsageError(
            f"KPI_METRICS_TOKEN needs {_LEAST_TOKEN} characters or more: with KPI_METRICS_HOST"
            f" {settings.metrics_host}, only who sends it may see the metrics"
        )
    try:
        server, _ = start_http_server(port, addr=settings.metrics_host)
    except OSError as error:
        hint = f"set KPI_{setting.upper()} or KPI_METRICS_HOST"
        _log.warning("metrics_port_taken", port=port, error=str(error), hint=hint)
        return
    server.set_app(for_those_who_know(token, with_pages(make_wsgi_app(), pages)))
