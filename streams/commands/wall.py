"""`kpi wall`: the Grafana boards in a browser, without Grafana."""

from pathlib import Path
from typing import Annotated

import typer

from streams import clock
from streams.clickhouse_client import reader
from streams.commands.replay_options import check_name
from streams.logs import configure_logs
from streams.replay.plan import find_plan, run_settings
from streams.replay.watched import Watched
from streams.resources import resource
from streams.settings import load_settings
from streams.wall.app import Guise, serve

app = typer.Typer()


@app.command()
def wall(
    host: Annotated[str | None, typer.Option(help="address to listen on; default KPI_WALL_HOST")] = None,
    boards: Annotated[Path | None, typer.Option(help="folder of boards; default grafana/boards")] = None,
    port: Annotated[int | None, typer.Option(help="port; default KPI_WALL_PORT")] = None,
    run: Annotated[str, typer.Option(help="Show this replay (kpi replay list), marked as one.")] = "",
) -> None:
    """Show the Grafana boards in a browser, from the same JSON and SQL.

    `kpi up` runs this for you. The home board is at /, one board is at /d/<uid>, /kiosk shows some in turn,
    /cong-bo is for everybody, and /healthz answers ok while a query works.

    Example: kpi wall --port 8081
    """
    settings = load_settings(wall_host=host, wall_port=port)
    configure_logs(settings.log_level, settings.log_format)
    folder = boards or resource("grafana/boards")
    if not run:
        serve(settings, folder)
        return
    with reader(settings) as client:
        plan = find_plan(client, settings, check_name(run))
    mark, own = f"PHÁT LẠI {plan.name}", run_settings(settings, plan.name)
    if not plan.speed:
        serve(own, folder, Guise(mark))
        return
    # Its time is the replay's: boards and header show the hour that runs there.
    watched = Watched(settings, plan)
    watched.keep_looking()
    clock.follow(watched.at)
    serve(own, folder, Guise(f"{mark} ({plan.speed:g}x)", plan.speed, watched.rewrite))
