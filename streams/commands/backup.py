"""`kpi backup`: all that is stored, in one file."""

from pathlib import Path
from typing import Annotated

import typer

from streams.backup.write import write_backup
from streams.commands.steps import steps
from streams.settings import load_settings

app = typer.Typer()


@app.command()
def command(path: Annotated[Path, typer.Argument(help="The file to write.")]) -> None:
    """Write all that is stored into one file, beside workers that go on; its owner alone can read it.

    Kafka is not in it: what came after the backup is read from there again, as far as its retention reaches.
    Subscribers that were added by command are in KPI_HOME.

    Example: kpi backup kpi-2026-01-05.zip
    """
    with steps("backup") as tell:
        manifest = write_backup(load_settings(), path, tell)
    tables = len({(chunk.place, chunk.table) for chunk in manifest.chunks})
    typer.echo(f"{path}: {tables} tables, {path.stat().st_size / 1e6:,.1f} MB")
    typer.echo(f"look whether it can be restored: KPI_DATABASE={manifest.database}_trial kpi restore {path}")
