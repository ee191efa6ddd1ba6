"""`kpi capture`: events with their origin into a file, for a replay elsewhere or later."""

import asyncio
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from streams.clickhouse_client import writer
from streams.commands import selection_options as options
from streams.errors import UsageError
from streams.registry import load_registry
from streams.replay.begin import Request, plan_of
from streams.replay.capture import write_capture
from streams.replay.plan import ARCHIVE, KAFKA
from streams.replay.run import source_of
from streams.replay.sources import PAGE, Share
from streams.settings import load_settings

app = typer.Typer()
_SUFFIXES: Final = (".ndjson", ".zst", ".gz")


@app.command()
def command(  # noqa: PLR0913, PLR0917 - one parameter an option
    path: Annotated[Path, typer.Argument(help="The file to write: .ndjson, also .ndjson.zst or .ndjson.gz.")],
    source: Annotated[str, typer.Option(help="archive (accepted events) or kafka (every record).")] = ARCHIVE,
    types: options.TypeOption = None,
    gate: options.GateOption = "",
    zone: options.ZoneOption = "",
    id_: options.IdOption = "",
    start: options.FromOption = "",
    end: options.ToOption = "",
    offsets: options.OffsetsOption = None,
    limit: Annotated[int, typer.Option(help="At most so many records.", min=1)] = 10_000_000,
) -> None:
    """Write events into a file, one JSON a line: topic, partition, offset, timestamp, key, headers, value.

    What belongs to an event that is meant (its visit, its paperwork) comes along whole, so that it counts
    the same when it is run again: kpi replay run --source FILE. Of Kafka, what is there at the start is read.

    Example: kpi capture day.ndjson.zst --from 2026-01-05 --to 2026-01-06 --gate kim-thanh
    """
    if path.suffix not in _SUFFIXES:
        raise UsageError(f"{path}: give a name that ends with .ndjson, .ndjson.zst or .ndjson.gz")
    if source not in (ARCHIVE, KAFKA):
        raise UsageError(f"--source: {source!r} is neither archive nor kafka")
    settings = load_settings()
    registry = load_registry(settings.registry)
    selection = options.selection_of(registry, types, gate, zone, id_, start, end, offsets)
    with writer(settings) as client:
        plan = plan_of(client, settings, registry, Request(source=source, who="", selection=selection))
        pages = source_of(settings, client, registry, plan, PAGE).pages(Share(), {})
        columns = (SpinnerColumn(), TextColumn("{task.completed:,.0f} records"), TimeElapsedColumn())
        console = Console(stderr=True)
        with Progress(*columns, console=console, disable=not console.is_terminal) as bar:
            task = bar.add_task("capture")
            count = asyncio.run(write_capture(path, pages, limit, lambda more: bar.advance(task, more)))
    typer.echo(f"{count:,} records are in {path}")
    if count == limit:
        typer.echo("there may be more: --limit ended it")
