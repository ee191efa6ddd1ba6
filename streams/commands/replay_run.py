"""`kpi replay run`: fold a source into a generation of its own."""

import math
import os
from datetime import timedelta
from functools import partial
from pathlib import Path
from threading import Event
from typing import Annotated, Final

import typer

from producers.ranges import parse_pace
from streams import clock
from streams.clickhouse_client import writer
from streams.commands import selection_options as options
from streams.commands.replay_bar import progress_bar
from streams.commands.replay_options import check_name
from streams.commands.replay_summary import summarize
from streams.commands.replay_topics import through_topics
from streams.commands.replay_watch import Look, watch
from streams.commands.replay_what_if import read_what_rules, read_what_targets, with_scenario
from streams.commands.who import who
from streams.errors import EXIT_NO, UsageError
from streams.logs import configure_logs
from streams.migrate import live_generation
from streams.registry import Registry, load_registry
from streams.replay.begin import Request, begin, expired
from streams.replay.fold import fold
from streams.replay.handover import successor_of
from streams.replay.pace import follow
from streams.replay.plan import ARCHIVE, KAFKA, Into, Plan, generation_of
from streams.replay.run import Run, pipeline_of
from streams.replay.runs import drop_run, find_runs
from streams.replay.selection import Selection
from streams.settings import Settings, load_settings

# Nobody waits for one batch of a replay: larger ones than a worker's take fewer queries for each event.
_PAGE: Final = 2


def run(  # noqa: PLR0913, PLR0917 - one parameter an option
    source: Annotated[
        str, typer.Option(help="archive (accepted events), kafka (the log), or a file of kpi capture.")
    ] = ARCHIVE,
    name: Annotated[str, typer.Option(help="Its name; one that was stopped goes on.")] = "",
    types: options.TypeOption = None,
    gate: options.GateOption = "",
    zone: options.ZoneOption = "",
    id_: options.IdOption = "",
    start: options.FromOption = "",
    end: options.ToOption = "",
    offsets: options.OffsetsOption = None,
    processes: Annotated[
        int, typer.Option(help="How many share the partitions; 0: one a core.", min=0, max=64)
    ] = 0,
    targets: Annotated[
        Path | None, typer.Option(help="What if: let the targets of this file stand in the replay alone.")
    ] = None,
    rules: Annotated[
        Path | None, typer.Option(help="What if: look with these rules of alerts; goes with --speed.")
    ] = None,
    scenario: Annotated[
        str,
        typer.Option(help="What if: let this scenario of the simulated world (kpi produce) come instead."),
    ] = "",
    into: Annotated[
        Into,
        typer.Option(
            help="generation: tables of its own; topics: those of Kafka, too, and a worker of its own."
        ),
    ] = Into.GENERATION,
    speed: Annotated[
        str, typer.Option(help="max, or 1x, 10x: from --from on as it came, for kpi wall --run.")
    ] = "max",
    keep: Annotated[int, typer.Option(help="Days after which it may be dropped.", min=1, max=3650)] = 7,
) -> None:
    """Fold history again, flat out, into a generation of its own: live numbers and topics are never written.

    `--from` and `--to` name the windows that are compared; what reaches into them is read whole. Ctrl-C stops
    it, and the same command with --name goes on, also after a kill. With `--speed` all that had come before
    --from is folded flat out, and the rest when its moment comes, for the wall to watch; alerts that fire are
    kept beside its numbers and sent to nobody. Flat out none is evaluated: what was known at a moment (who
    waited, the year to date) cannot be told once all is folded.

    A replay of the whole archive that is complete is brought up to date by the same command with its --name.
    Replays whose time is over are dropped when another one begins.

    Example: kpi replay run --from 2026-01-05 --to 2026-01-06
    """
    settings = load_settings()
    configure_logs(settings.log_level, settings.log_format)
    registry = load_registry(settings.registry)
    request = Request(
        source=_source(source),
        who=who(),
        name=check_name(name) if name else "",
        selection=options.selection_of(registry, types, gate, zone, id_, start, end, offsets),
        keep=timedelta(days=keep),
        targets=read_what_targets(targets, registry) if targets else (),
        speed=_speed(speed),
        into=into,
        rules=read_what_rules(rules, registry) if rules else "",
    )
    if request.speed:
        _check_paced(request)
    elif request.rules:
        raise UsageError("--rules: alerts are looked at as time goes by: add --speed 60x, --from and --to")
    if scenario:
        request = with_scenario(settings, registry, request, scenario)
    plan = begin(settings, registry, request)
    _drop_expired(settings)
    typer.echo(f"replay {plan.name}: from {plan.source}, by {plan.who}", err=True)
    if plan.into is Into.TOPICS:
        plan, complete = through_topics(settings, registry, plan)
    else:
        plan, complete = _into_generation(settings, registry, plan, processes or (os.cpu_count() or 1))
    summarize(settings, plan, complete=complete)
    if not complete:
        raise typer.Exit(EXIT_NO)


def _into_generation(settings: Settings, registry: Registry, plan: Plan, processes: int) -> tuple[Plan, bool]:
    work = Run(settings, plan, processes, settings.batch_records * _PAGE)
    complete = fold_with_bar(work)
    if not (complete and plan.speed):
        return work.plan, complete
    return watch(settings, registry, work.plan, partial(_follow, settings, registry))


async def _follow(settings: Settings, registry: Registry, plan: Plan, look: Look, stopped: Event) -> Plan:
    with writer(settings, generation_of(settings, plan.name)) as client:
        pipeline = await pipeline_of(client, registry, plan)
        return await follow(settings, plan, partial(fold, pipeline), look, stopped)


def fold_with_bar(work: Run) -> bool:
    """Fold what is left under a progress bar; tell whether it is complete."""
    with progress_bar(work.plan.stage.total) as show:
        return work.fold(show)


def _speed(text: str) -> float:
    if text == "max":
        return 0.0
    try:
        return parse_pace(text).times or float("nan")
    except UsageError:
        raise UsageError(f"--speed: {text!r} is neither max nor a pace such as 1x or 10x") from None


def _check_paced(request: Request) -> None:
    """Refuse a pace without a stretch of time, or of a part of the events.

    Raises:
        UsageError: it is one.
    """
    window = Selection(start=request.selection.start, end=request.selection.end)
    if not (math.isfinite(request.speed) and window.start and window.end):
        raise UsageError("--speed: write 1x or 10x, and say which stretch of time with --from and --to")
    if request.source != ARCHIVE or request.selection != window:
        raise UsageError("--speed shows the whole archive, as it came: without --source and other filters")


def _source(text: str) -> str:
    if text in (ARCHIVE, KAFKA):
        return text
    if not Path(text).is_file():
        raise UsageError(f"--source: {text!r} is neither archive nor kafka, nor a file that is there")
    return str(Path(text).resolve())


def _drop_expired(settings: Settings) -> None:
    with writer(settings) as client:
        plans = [found.plan for found in find_runs(client, settings)]
        live = live_generation(client, settings)
        needed = {live, successor_of(client, live)}
        for plan in expired(plans, clock.now(), needed, settings):
            drop_run(client, settings, plan.name)
            typer.echo(f"replay {plan.name} of {plan.began_at:%Y-%m-%d} was dropped: its time was over")
