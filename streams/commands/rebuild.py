"""`kpi migrate --rebuild`: a new generation from the archive, and the views switched to it."""

import asyncio
from typing import Final

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from streams import clock
from streams.errors import RefusedError
from streams.health import workers
from streams.kafka_admin import partition_counts
from streams.registry import load_registry
from streams.replay.rebuild import COMMAND, Rebuild
from streams.settings import Settings

# A worker looks every 2 seconds; one that was killed is a member for 6 more.
_PATIENCE_S: Final = 60.0
_ASK_EVERY_S: Final = 0.5


def rebuild(settings: Settings, *, bury: bool) -> None:
    """Rebuild the live generation while no worker writes to it, and switch to the new one.

    With `bury`, archived events that are no longer accepted become its dead letters.

    Raises:
        RefusedError: workers go on working, or an archived event is no longer accepted; nothing was switched.
    """
    started = clock.monotonic()
    partitions = asyncio.run(partition_counts(settings))
    work = Rebuild(settings, load_registry(settings.registry), partitions, bury=bury)
    with work.closed_source():
        typer.echo(f"rebuilding {work.source} into {work.name}; workers pause until it is live")
        asyncio.run(wait_for_workers(settings, COMMAND))
        events = _fold(work)
        asyncio.run(wait_for_workers(settings, COMMAND))
        work.promote()
    seconds = clock.monotonic() - started
    typer.echo(f"{work.name} is live: {events:,} events in {seconds:.1f} s; {work.source} is kept as it was")
    if work.buried:
        reasons = ", ".join(f"{reason} {count:,}" for reason, count in work.buried.most_common())
        typer.echo(f"{work.buried.total():,} of them are no longer accepted: dead letters now ({reasons})")
    typer.echo("workers go on by themselves where they are supervised; prove the numbers with: kpi verify")


def _fold(work: Rebuild) -> int:
    columns = (TextColumn("rebuild"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True)) as progress:
        task = progress.add_task("rebuild", total=None)
        asyncio.run(
            work.fold(
                lambda total: progress.update(task, total=total),
                lambda folded: progress.advance(task, folded),
            )
        )
        return int(progress.tasks[0].completed)


async def wait_for_workers(settings: Settings, command: str, also: str = "") -> None:
    """Wait until no worker is a member of the group.

    Raises:
        RefusedError: there are some after a minute; `command` is what to run again, `also` what is said last.
    """
    deadline = clock.monotonic() + _PATIENCE_S
    while members := await workers(settings):
        if clock.monotonic() > deadline:
            raise RefusedError(
                f"{members} workers go on working: stop them (kpi worker processes of this or another build),"
                f" then run {command} again; nothing was switched{also}"
            )
        await asyncio.sleep(_ASK_EVERY_S)
