"""`kpi restore`: a backup into a database that is not there, or in its place."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from streams.backup.restore import restore
from streams.clickhouse_client import writer
from streams.commands.rebuild import wait_for_workers
from streams.commands.steps import steps
from streams.core.revision import FOLD_REVISION
from streams.errors import EXIT_NO, DependencyDownError, RefusedError
from streams.health import lag
from streams.other_logs import other_logs
from streams.registry import load_registry
from streams.settings import Settings, load_settings
from streams.store import ClickHouseStore
from streams.topics import EVENT_TOPICS

app = typer.Typer()


@app.command()
def command(
    path: Annotated[Path, typer.Argument(help="A file that kpi backup wrote.")],
    replace: Annotated[
        bool,
        typer.Option("--replace", help="Drop the database that is there first; no worker may be at work."),
    ] = False,
    stopped: Annotated[
        bool,
        typer.Option(
            "--workers-are-stopped", help="Replace although Kafka does not say whether workers are at work."
        ),
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask before dropping.")] = False,
) -> None:
    """Fill the database from a backup; workers go on from there, with what Kafka has since.

    A trial beside the live one: give it another name. Example: KPI_DATABASE=kpi_trial kpi restore kpi.zip
    """
    settings = load_settings()
    if replace:
        if not yes and not typer.confirm(f"Drop database {settings.database} and fill it from {path}?"):
            raise typer.Exit(EXIT_NO)
        _wait_for_workers(settings, stopped=stopped)
    with steps("restore") as tell:
        manifest = restore(settings, load_registry(settings.registry), path, tell, replace=replace)
    typer.echo(f"database {settings.database} is as it was at {manifest.made_at:%Y-%m-%d %H:%M:%S} UTC")
    if manifest.fold_revision not in ("", str(FOLD_REVISION)):
        typer.echo("it was made by another fold revision; before a worker starts, run: kpi migrate --rebuild")
    asyncio.run(_say_what_follows(settings))
    typer.echo("start the workers, wait with kpi check --drained, and prove the numbers with kpi verify")


def _wait_for_workers(settings: Settings, *, stopped: bool) -> None:
    """Wait until none is at work; where Kafka does not say so, the operator must."""
    try:
        asyncio.run(wait_for_workers(settings, "kpi restore"))
    except DependencyDownError as error:
        if not stopped:
            raise RefusedError(
                f"{error}: whether workers are at work cannot be told, and nothing was dropped; mend that, or"
                " stop them all and run kpi restore again with --workers-are-stopped"
            ) from error
        typer.echo(f"{error}: you say that no worker is at work")


async def _say_what_follows(settings: Settings) -> None:
    """Say what Kafka has beyond the backup, or why it does not fit."""
    try:
        with writer(settings) as client:
            store = ClickHouseStore(client, f"{settings.database}_g1")
            found = [await other_logs(settings, store, topic) for topic in EVENT_TOPICS]
        left = sum(max(0, at.newest - at.stored) for at in (await lag(settings)).values())
    except DependencyDownError as error:
        typer.echo(f"{error}: what came after the backup is not known yet")
        return
    for refused in found:
        for words in refused.values():
            typer.echo(str(words))
    typer.echo(f"Kafka has {left:,} records that came after the backup")
