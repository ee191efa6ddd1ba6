"""`kpi worker`: Kafka in, ClickHouse out."""

from typing import Annotated

import typer

from streams.app import Worker
from streams.logs import configure_logs
from streams.settings import load_settings

app = typer.Typer()


@app.command()
def worker(
    metrics_port: Annotated[int | None, typer.Option(help="Port of /metrics on loopback; 0: none.")] = None,
) -> None:
    """Run a worker until Ctrl-C or SIGTERM. Several share the partitions.

    Example: kpi worker --metrics-port 9465
    """
    settings = load_settings(metrics_port=metrics_port)
    configure_logs(settings.log_level, settings.log_format)
    raise typer.Exit(Worker(settings).run())
