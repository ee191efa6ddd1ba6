"""Puts the HTTP ingest together: tokens, contract, Kafka, server, metrics."""

import json

from producers.ingest.app import Limits, bare_app, make_app
from producers.ingest.judge import Judge
from producers.ingest.server import run
from producers.ingest.tokens import Tokens
from producers.publisher import Publisher
from streams import endpoints
from streams.commands.contract import contract_of
from streams.commands.kafka_ready import require_topics
from streams.errors import DependencyDownError, UsageError
from streams.logs import get_logger
from streams.ports import is_free, is_loopback
from streams.registry import load_registry
from streams.settings import Settings

_log = get_logger("ingest")


def document() -> str:
    """Give the OpenAPI document, as `deploy/openapi.json` has it."""
    return json.dumps(bare_app().openapi(), indent=1, ensure_ascii=False)


def serve(settings: Settings) -> None:
    """Take events until the process is asked to stop.

    Raises:
        UsageError: a setting, the tokens or the registry do not hold, or the port is taken.
        DependencyDownError: Kafka does not answer, or lacks topics.
    """
    _check(settings)
    registry = load_registry(settings.registry)
    tokens = Tokens(settings.http_tokens_file)
    require_topics(settings)
    tls = settings.http_certificate is not None
    judge = Judge(contract_of(registry), registry)
    app = make_app(tokens, judge, Publisher(settings), Limits(rate=settings.http_rate), tls=tls)
    endpoints.serve(settings, {})
    _log.info("ingest_listens", host=settings.http_host, port=settings.http_port, tls=tls)
    if not run(app, settings.http_host, settings.http_port, settings.http_certificate, settings.http_key):
        raise DependencyDownError("the HTTP ingest could not begin; its log says why")
    _log.info("ingest_stopped")


def _check(settings: Settings) -> None:
    if (settings.http_certificate is None) != (settings.http_key is None):
        raise UsageError("KPI_HTTP_CERTIFICATE and KPI_HTTP_KEY go together")
    for name, file in (("CERTIFICATE", settings.http_certificate), ("KEY", settings.http_key)):
        if file is not None and not file.is_file():
            raise UsageError(f"KPI_HTTP_{name}: {file} does not exist")
    if settings.http_certificate is None and not is_loopback(settings.http_host):
        _log.warning(
            "tokens_in_the_clear", hint="set KPI_HTTP_CERTIFICATE, or let a proxy with TLS stand before it"
        )
    if not is_free(settings.http_port):
        raise UsageError(f"port {settings.http_port} is taken; choose another with --port or KPI_HTTP_PORT")
