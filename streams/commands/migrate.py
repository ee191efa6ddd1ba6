"""`kpi migrate`: bring the database to this version."""

from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from streams.clickhouse_client import writer
from streams.errors import EXIT_NO
from streams.migrate import accept_new_log, live_generation, migrate, migration_status
from streams.migrations import load_migrations
from streams.registry import load_registry
from streams.settings import Settings, load_settings

app = typer.Typer()


@app.command()
def command(
    status: Annotated[
        bool, typer.Option("--status", help="Only show what is applied; exit 1 if anything is missing.")
    ] = False,
    accept_log: Annotated[
        str,
        typer.Option("--accept-new-log", metavar="TOPIC", help="This topic's log began anew: accept it."),
    ] = "",
) -> None:
    """Create what the database lacks: tables, views, the registry's zones. Running it again does nothing.

    Example: kpi migrate
    """
    settings = load_settings()
    if status:
        _show_status(settings)
    elif accept_log:
        _accept(settings, accept_log)
    else:
        applied = migrate(settings, load_registry(settings.registry))
        for migration in applied:
            typer.echo(f"applied {migration.number:04d}_{migration.name}")
        typer.echo(f"database {settings.database} is at migration {load_migrations()[-1].number:04d}")


def _show_status(settings: Settings) -> None:
    table = Table("migration", "name", "applied at (UTC)")
    pending = False
    for migration, applied_at in migration_status(settings):
        table.add_row(f"{migration.number:04d}", migration.name, applied_at or "not yet")
        pending = pending or not applied_at
    Console().print(table)
    if pending:
        raise typer.Exit(EXIT_NO)


def _accept(settings: Settings, topic: str) -> None:
    with writer(settings) as client:
        generation = live_generation(client, settings)
    with writer(settings, generation) as client:
        for partition, base in accept_new_log(client, topic).items():
            typer.echo(f"{topic}/{partition}: positions go on from {base}")
