"""`kpi boards`: generate the Grafana boards, check them, and what a Grafana needs beside its files."""

from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Final

import typer

from streams import clock
from streams.annotations import KINDS
from streams.boards.build import render
from streams.clickhouse_client import reader
from streams.commands.moments import parse_moment
from streams.errors import EXIT_DONE, EXIT_NO, KpiError, UsageError
from streams.generated_files import outdated, write
from streams.grafana.api import Grafana
from streams.grafana.checking import check as look
from streams.grafana.marks import annotate as write_marks
from streams.grafana.marks import marks_of
from streams.registry import load_registry
from streams.resources import checkout, is_checkout, resource
from streams.settings import load_settings
from streams.wall.board import read_boards
from streams.wall.navigation import TURN_S, rotation_of
from streams.wall.timerange import TimeRange

app = typer.Typer(no_args_is_help=True, help="Generate the Grafana boards, and look after a Grafana.")

_PLAYLIST: Final = "KPI cửa khẩu Lào Cai"
_ANNOTATED: Final = timedelta(days=7)
_MARKS: Final = {EXIT_DONE: "ok", EXIT_NO: "no"}
_Address = Annotated[
    str, typer.Option("--grafana", help="its address, such as http://127.0.0.1:3000", metavar="URL")
]


@app.callback()
def _root() -> None:
    """Generate the Grafana boards, and look after a Grafana."""


@app.command()
def build(
    check: Annotated[bool, typer.Option("--check", help="write nothing; exit 1 when a file differs")] = False,
    folder: Annotated[Path | None, typer.Option(help="default grafana/boards of the checkout")] = None,
) -> None:
    """Write grafana/boards/*.json from the generators, sql/queries/ and the registry.

    Example: kpi boards build --check
    """
    if folder is None and not is_checkout():
        raise UsageError("this is no checkout: say where to write with --folder")
    folder = folder or checkout() / "grafana" / "boards"
    files = render(load_registry(load_settings().registry))
    changed = outdated(folder, files)
    if check and changed:
        raise KpiError(f"not what the generator makes: {', '.join(changed)}; run: kpi boards build")
    if not check:
        write(folder, files)
    typer.echo(f"{folder}: {len(files)} boards, {0 if check else len(changed)} written")


@app.command()
def check(grafana: _Address) -> None:
    """Ask a Grafana for its health, the datasource, each board, and the query of each panel.

    The token of a service account (role Editor) comes from KPI_GRAFANA_TOKEN. Exits 1 when a part is not
    well, 3 when Grafana does not answer.

    Example: KPI_GRAFANA_TOKEN=glsa_... kpi boards check --grafana http://127.0.0.1:3000
    """
    states: Counter[int] = Counter()
    for found in look(_grafana(grafana), read_boards(resource("grafana/boards")), clock.now()):
        states[found.state] += 1
        typer.echo(f"{_MARKS[found.state]:<5}{found.name:<22}{found.words}")
    raise typer.Exit(max(states))


@app.command()
def playlist(
    grafana: _Address,
    seconds: Annotated[int, typer.Option(help="how long each board is shown", min=5)] = int(TURN_S),
) -> None:
    """Make a Grafana's playlist of the boards that a kiosk shows in turn, and print its address.

    Example: KPI_GRAFANA_TOKEN=glsa_... kpi boards playlist --grafana http://127.0.0.1:3000 --seconds 30
    """
    boards = rotation_of(read_boards(resource("grafana/boards")))
    server = _grafana(grafana)
    uid = server.keep_playlist(_PLAYLIST, boards, seconds)
    typer.echo(f"{server.url}/playlists/play/{uid}?kiosk=1&autofitpanels")


@app.command()
def annotate(
    grafana: _Address,
    since: Annotated[str | None, typer.Option("--from", help="from when on; default 7 days ago")] = None,
) -> None:
    """Mark on a Grafana's charts closed gates, plants that stood still unplanned, alerts and replays.

    Run it again as often as you like: what is marked already stays, what was corrected changes.

    Example: KPI_GRAFANA_TOKEN=glsa_... kpi boards annotate --grafana http://127.0.0.1:3000 --from 2026-01-05
    """
    settings, now = load_settings(), clock.now()
    span = TimeRange(parse_moment(since, "--from") if since else now - _ANNOTATED, now)
    server, registry = _grafana(grafana), load_registry(settings.registry)
    for kind, (name, _) in KINDS.items():
        with reader(settings) as client:
            client.database = settings.database
            marks = marks_of(kind, client, registry, span)
        done = write_marks(server, kind, marks, span)
        typer.echo(f"{name}: {done.made} made, {done.changed} changed, {done.removed} removed")


def _grafana(url: str) -> Grafana:
    return Grafana(url, load_settings().grafana_token.get_secret_value())
