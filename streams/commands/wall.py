"""`kpi wall`: the Grafana boards in a browser, without Grafana."""

from pathlib import Path
from typing import Annotated

import typer

from streams.logs import configure_logs
from streams.resources import resource
from streams.settings import load_settings
from streams.wall.app import serve

app = typer.Typer()


@app.command()
def wall(
    host: Annotated[str | None, typer.Option(help="address to listen on; default KPI_WALL_HOST")] = None,
    boards: Annotated[Path | None, typer.Option(help="folder of boards; default grafana/boards")] = None,
    port: Annotated[int | None, typer.Option(help="port; default KPI_WALL_PORT")] = None,
) -> None:
    """Show the Grafana boards in a browser, from the same JSON and SQL.

    `kpi up` runs this for you. The boards are at /, one board is at /d/<uid>, and /healthz answers ok while a
    query works.

    Example: kpi wall --port 8081
    """
    settings = load_settings(wall_host=host, wall_port=port)
    configure_logs(settings.log_level, settings.log_format)
    serve(settings, boards or resource("grafana/boards"))
