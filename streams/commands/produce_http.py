"""`kpi produce http`: gate systems and plants post their events; `kpi produce token` lets one in."""

from importlib import import_module
from pathlib import Path
from typing import Annotated

import typer

from producers.ingest.tokens import add_token
from streams.logs import configure_logs
from streams.settings import load_settings


def http(
    host: Annotated[str | None, typer.Option(help="address to listen on; default KPI_HTTP_HOST")] = None,
    port: Annotated[int | None, typer.Option(help="port; default KPI_HTTP_PORT")] = None,
    openapi: Annotated[bool, typer.Option("--openapi", help="Print the OpenAPI document and end.")] = False,
) -> None:
    """Take events over HTTP: POST /v1/events, CloudEvents single or in a batch, with a token of its source.

    It answers 202 once Kafka has acknowledged every event. Sending one again is harmless. The tokens are in
    KPI_HTTP_TOKENS; /healthz answers ok while Kafka acknowledges, /openapi.json describes it all, and
    KPI_METRICS_PORT has the metrics.

    Example: kpi produce http --port 8090
    """
    # Only who serves pays for the web framework: the simulator is a command beside this one.
    ingest = import_module("streams.commands.ingest")
    if openapi:
        typer.echo(ingest.document())
        return
    settings = load_settings(http_host=host, http_port=port)
    configure_logs(settings.log_level, settings.log_format)
    ingest.serve(settings)


def token(
    name: Annotated[str, typer.Argument(help="What the sender is called in logs and metrics.")],
    source: Annotated[
        list[str],
        typer.Option(
            help="A source that it speaks for: /vn/laocai/kim-thanh/booth-1, or all of a place: .../*"
        ),
    ],
    topic: Annotated[
        list[str] | None, typer.Option(help="A topic that it may send; default: all but target.")
    ] = None,
    file: Annotated[Path | None, typer.Option(help="Where tokens are kept; default KPI_HTTP_TOKENS.")] = None,
) -> None:
    """Make a token for a sender and print it, once: only its hash is kept.

    A running `kpi produce http` knows it within seconds. To shut a sender out, delete its lines there.

    Example: kpi produce token kim-thanh --source '/vn/laocai/kim-thanh/*' --topic gate.crossing
    """
    settings = load_settings(http_tokens=file)
    typer.echo(add_token(settings.http_tokens_file, name, source, topic or []))
    typer.echo(
        f"its hash is in {settings.http_tokens_file}; give the token to the sender and keep no copy", err=True
    )
