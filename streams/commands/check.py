"""`kpi check`: how each part is, in words; `--drained` waits until everything produced is stored."""

import asyncio
from collections.abc import Mapping
from typing import Annotated, Final

import typer

from streams.commands.check_parts import all_reports, paused_here
from streams.core.record import PartitionId
from streams.errors import EXIT_DEPENDENCY_DOWN, EXIT_DONE, EXIT_NO
from streams.health import Progress, drained
from streams.settings import Settings, load_settings

app = typer.Typer()

_DRAIN_TIMEOUT_S: Final = 60.0
_MARKS: Final = {EXIT_DONE: "ok", EXIT_NO: "no", EXIT_DEPENDENCY_DOWN: "down"}


@app.command()
def check(
    only_drained: Annotated[
        bool,
        typer.Option("--drained", help="wait until all produced so far is stored and committed"),
    ] = False,
    timeout: Annotated[float, typer.Option(help="seconds to wait with --drained", min=0)] = _DRAIN_TIMEOUT_S,
) -> None:
    """Say in words how each part is; exit 1 when one is not well, 3 when Kafka or ClickHouse is down.

    Example: kpi check --drained --timeout 120
    """
    settings = load_settings()
    if only_drained:
        _tell_drained(settings, asyncio.run(drained(settings, timeout)))
        return
    reports = asyncio.run(all_reports(settings))
    for name, report in reports.items():
        typer.echo(f"{_MARKS[report.state]:<5}{name:<11}{report.words}")
    raise typer.Exit(max(report.state for report in reports.values()))


def _tell_drained(settings: Settings, missing: Mapping[PartitionId, Progress]) -> None:
    if not missing:
        typer.echo("drained: every record produced so far is stored and committed")
        return
    paused = paused_here(settings)
    for place, at in sorted(missing.items()):
        words = f"committed {at.committed:,}, stored {at.stored:,} of {at.end:,}"
        typer.echo(f"{place.topic}/{place.partition}: {at.behind:,} records to go ({words})")
        if place in paused:
            typer.echo(f"  {paused[place].words(place)}")
    raise typer.Exit(EXIT_NO)
