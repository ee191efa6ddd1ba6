"""`kpi clickhouse`: the local engine behind ClickHouse's HTTP interface."""

import asyncio
import os
import sys

import typer

from streams.local.clickhouse import serve
from streams.logs import configure_logs
from streams.settings import load_settings

app = typer.Typer(context_settings={"help_option_names": ["-h", "--help"]})


@app.command()
def clickhouse(
    url: str | None = typer.Option(None, help="address to listen on; default KPI_CLICKHOUSE_URL"),
) -> None:
    """Serve the data of this home to any ClickHouse client, until Ctrl-C.

    `kpi up` runs this for you. Everybody may read; who writes is user `kpi_writer` with the secret in
    clickhouse/writer.secret of the home folder.

    Example: kpi clickhouse --url http://127.0.0.1:8124
    """
    settings = load_settings(clickhouse_url=url)
    configure_logs(settings.log_level, settings.log_format)
    asyncio.run(serve(settings))
    sys.stderr.flush()
    # A query that did not heed its cancellation must not keep the process.
    os._exit(0)
