"""`kpi migrate`: bring the database to this version; take a new log; make a new generation."""

import asyncio
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from streams.clickhouse_client import writer
from streams.commands.rebuild import rebuild
from streams.errors import EXIT_NO, RefusedError, UsageError
from streams.migrate import accept_new_logs, live_generation, migrate, migration_status, script
from streams.migrations import load_migrations
from streams.other_logs import other_logs
from streams.registry import load_registry
from streams.settings import Settings, load_settings
from streams.store import ClickHouseStore
from streams.topics import EVENT_TOPICS

app = typer.Typer()


@app.command()
def command(  # noqa: PLR0913, PLR0917 - one parameter an option
    status: Annotated[
        bool, typer.Option("--status", help="Only show what is applied; exit 1 if anything is missing.")
    ] = False,
    accept_log: Annotated[
        str,
        typer.Option("--accept-new-log", metavar="TOPIC", help="This topic's log began anew: accept it."),
    ] = "",
    rebuild_all: Annotated[
        bool,
        typer.Option(
            "--rebuild",
            help="Make a new generation from the archived events, for this build and Kafka's partition"
            " counts, and switch the views to it; workers pause meanwhile.",
        ),
    ] = False,
    show: Annotated[
        bool,
        typer.Option("--print", help="Only print all statements, as for a server or cluster with nothing."),
    ] = False,
    cluster: Annotated[
        str | None, typer.Option(help="With --print: the cluster's name (KPI_CLICKHOUSE_CLUSTER).")
    ] = None,
    bury_refused: Annotated[
        bool,
        typer.Option(
            "--bury-refused",
            help="With --rebuild: archived events that are no longer accepted become dead letters.",
        ),
    ] = False,
) -> None:
    """Create what the database lacks: tables, views, the registry's zones. Running it again does nothing.

    Example: kpi migrate
    """
    settings = load_settings(clickhouse_cluster=cluster)
    if cluster is not None and not show:
        raise UsageError(
            "--cluster belongs to --print; to apply it, set KPI_CLICKHOUSE_CLUSTER for all processes"
        )
    if bury_refused and not rebuild_all:
        raise UsageError("--bury-refused belongs to --rebuild")
    if show:
        typer.echo("\n\n".join(f"{statement};" for statement in script(settings)))
    elif status:
        _show_status(settings)
    elif accept_log:
        _accept(settings, accept_log)
    elif rebuild_all:
        rebuild(settings, bury=bury_refused)
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
    if topic not in EVENT_TOPICS:
        raise UsageError(f"there is no topic {topic!r} of events; there are: {', '.join(EVENT_TOPICS)}")
    with writer(settings) as client:
        generation = live_generation(client, settings)
        others = asyncio.run(other_logs(settings, ClickHouseStore(client, generation), topic))
        if not others:
            raise RefusedError(f"the log of {topic} is the one that is stored: it needs no accepting")
        for partition, base in accept_new_logs(client, generation, list(others)).items():
            typer.echo(f"{partition.topic}/{partition.partition}: positions go on from {base}")
