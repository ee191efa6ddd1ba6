"""`kpi verify`: prove every window against the events."""

import json
from dataclasses import asdict
from datetime import date, timedelta
from typing import Annotated, Final

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn
from rich.table import Table

from streams import clock
from streams.clickhouse_client import writer
from streams.clock import HANOI
from streams.commands.moments import parse_moment
from streams.errors import EXIT_NO, UsageError
from streams.migrate import live_generation
from streams.recompute import FIRST_DAY, LAST_DAY
from streams.settings import Settings, load_settings
from streams.verify import Verification, Verifier

app = typer.Typer()
_COLUMNS: Final = ("kpi", "window (UTC)", "dimensions", "partition", "number", "stored", "recomputed")


@app.command()
def verify(
    start: Annotated[str, typer.Option("--from", help="First local day; without it, everything.")] = "",
    end: Annotated[str, typer.Option("--to", help="Moment after the last local day.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print the outcome as JSON.")] = False,
) -> None:
    """Recompute every window from the events and compare; exit 1 and a table where one differs.

    Whole local days are compared: those that `--from` and `--to` touch. A number that live events move is
    read again, for up to a minute; one that was never equal meanwhile is not proven, and that is exit 1 too.

    Example: kpi verify --from 2026-01-01 --to 2026-02-01
    """
    first = _local_day(start, "--from", timedelta()) if start else FIRST_DAY
    # A moment at midnight ends the day before it.
    last = _local_day(end, "--to", timedelta(days=1, milliseconds=-1)) if end else LAST_DAY
    if first >= last:
        raise UsageError("--to must be after --from")
    began = clock.monotonic()
    outcome = _run(load_settings(), first, last)
    report(outcome, clock.monotonic() - began, as_json=as_json)


def report(outcome: Verification, seconds: float, *, as_json: bool) -> None:
    """Print what was found.

    Raises:
        typer.Exit: with the answer no, unless every number is proven equal.
    """
    _print_json(outcome) if as_json else _print(outcome, seconds)
    if not outcome.equal:
        raise typer.Exit(EXIT_NO)


def _local_day(text: str, option: str, rounding: timedelta) -> date:
    return (parse_moment(text, option) + rounding).astimezone(HANOI).date()


def _run(settings: Settings, first: date, last: date) -> Verification:
    with writer(settings) as client:
        generation = live_generation(client, settings)
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    with writer(settings, generation) as client, Progress(*columns, console=Console(stderr=True)) as progress:
        verifier = Verifier(client)
        chunks = verifier.chunks(first, last)
        task = progress.add_task("verify", total=sum(chunk.events + 1 for chunk in chunks))
        return verifier.verify(chunks, lambda chunk: progress.advance(task, chunk.events + 1))


def _print(outcome: Verification, seconds: float) -> None:
    scale = (
        f"{outcome.windows:,} windows ({outcome.numbers:,} numbers) against {outcome.events:,} events"
        f" in {seconds:.1f} s"
    )
    if outcome.differences:
        Console().print(_table(outcome))
    typer.echo(f"{_verdict(outcome)}: {scale}")
    if any(difference.ahead for difference in outcome.differences):
        typer.echo(
            "rows marked * are ahead of what is recorded as consumed: a worker died between two writes,"
            " or another hand wrote; start the worker and verify again"
        )
    if outcome.moving:
        typer.echo(
            "what is not proven changed at every reading for a minute; verify again when it is quieter"
        )


def _verdict(outcome: Verification) -> str:
    if outcome.equal:
        return "equal"
    counts = {"differ": outcome.differing, "are not proven": outcome.moving}
    return ", ".join(f"{count:,} numbers {what}" for what, count in counts.items() if count)


def _table(outcome: Verification) -> Table:
    title = f"{outcome.differing:,} differences"
    if len(outcome.differences) < outcome.differing:
        title += f", the first {len(outcome.differences):,}"
    table = Table(
        "kpi", "window (UTC)", "dimensions", "partition", "number", "stored", "recomputed", title=title
    )
    for d in outcome.differences:
        table.add_row(
            d.kpi + "*" * d.ahead,
            f"{d.at:%Y-%m-%d}" if d.kpi.endswith("_day") else f"{d.at:%Y-%m-%d %H:%M:%S}",
            d.dimensions,
            f"{d.topic}/{d.partition}",
            d.measure,
            str(d.stored),
            str(d.recomputed),
        )
    return table


def _print_json(outcome: Verification) -> None:
    differences = [difference._asdict() for difference in outcome.differences]
    typer.echo(json.dumps(asdict(outcome) | {"differences": differences}, default=str))
