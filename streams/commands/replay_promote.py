"""`kpi replay promote` and `undo`: the public views show a replay, or again what they showed before."""

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Annotated, Final

import typer

from streams.clickhouse_client import writer
from streams.commands.rebuild import wait_for_workers
from streams.commands.replay_diff import compare
from streams.commands.replay_opening import LIVE
from streams.commands.replay_options import NameArgument, check_name
from streams.commands.replay_run import fold_with_bar
from streams.commands.who import who
from streams.errors import RefusedError
from streams.kafka_admin import partition_counts
from streams.logs import configure_logs
from streams.other_logs import other_logs
from streams.registry import load_registry
from streams.replay.plan import find_plan
from streams.replay.promotion import Promotion
from streams.replay.run import Run
from streams.settings import Settings, load_settings
from streams.store_lookups import StoreLookups
from streams.topics import EVENT_TOPICS

_AFTER: Final = "workers go on by themselves where they are supervised; prove the numbers with: kpi verify"


def promote(
    name: NameArgument,
    accept: Annotated[
        bool, typer.Option("--accept", help="Although rows differ: they are meant to.")
    ] = False,
) -> None:
    """Let the public views show a replay of the whole archive from now on.

    It is brought up to date, and all rows are compared: if some differ, nothing is switched without --accept,
    and no worker was stopped. Then workers pause; what came since is folded, and all is compared once more;
    they go on in the new generation where the old one stands. The old one is kept.
    One that was undone is compared again, and what had to be accepted has to be accepted again.
    One that is live, and whose undo was cut short and cannot be finished, stays live: workers go on in it.

    Example: kpi replay promote 1
    """
    settings = load_settings()
    configure_logs(settings.log_level, settings.log_format)
    work = _promotion(settings, name)
    work.check(asyncio.run(partition_counts(settings)))
    # Only now: a build that must not promote changes nothing.
    work.prepare()
    again = f"kpi replay promote {name}"
    if work.conclude():
        typer.echo(
            f"replay {name} is live, and open to workers: the switch was cut short after it, or its undo"
            " before, which is given up"
        )
        typer.echo(_AFTER)
        return
    if work.plan.state == "promoted":
        # It was live before, and has its place in the logs.
        found = _compare(settings, work, accept=accept)
        switch = partial(work.switch, "promote", work.generation, found, accepted=accept)
        _switch_back(settings, work, work.generation, again, switch)
        return
    if work.plan.handed_over is None:
        # What must not be promoted stops no worker, and what is folded here is not waited for.
        typer.echo(f"replay {name} is brought up to date and compared; workers go on meanwhile", err=True)
        _fold_once(settings, work)
        _compare(settings, work, accept=accept)
    with work.paused(work.generation, again):
        typer.echo(f"replay {name} takes over from {work.before}; workers pause until it is live", err=True)
        asyncio.run(wait_for_workers(settings, again))
        is_first = work.plan.handed_over is None
        differing = _catch_up(settings, work, accept=accept) if is_first else work.plan.differing
        work.hand_over(differing, accepted=accept)
        closed = f"; {work.before} stays closed to workers until then, or until kpi replay drop {name}"
        asyncio.run(wait_for_workers(settings, again, closed))
        work.switch("promote", work.generation, differing, accepted=accept or work.plan.accepted)
    typer.echo(f"replay {name} is live; {work.before} is kept: back with kpi replay undo {name}")
    typer.echo(_AFTER)


def undo(name: NameArgument) -> None:
    """Let the public views show again what was live before a replay was promoted.

    Workers pause, and catch up from Kafka what came since: it must still be there.

    Example: kpi replay undo 1
    """
    settings = load_settings()
    configure_logs(settings.log_level, settings.log_format)
    work = _promotion(settings, name)
    target = work.predecessor()
    work.prepare()
    switch = partial(work.switch, "undo", target, None, accepted=False)
    _switch_back(settings, work, target, f"kpi replay undo {name}", switch)


def _promotion(settings: Settings, name: str) -> Promotion:
    registry = load_registry(settings.registry)
    with writer(settings) as client:
        plan = find_plan(client, settings, check_name(name))
    return Promotion(settings, registry, plan, who())


def _catch_up(settings: Settings, work: Promotion, *, accept: bool) -> int:
    """Fold what came since, compare, and give how many rows differ.

    Raises:
        RefusedError: some do, and nobody accepted it.
    """
    while _fold_once(settings, work):
        pass
    return _compare(settings, work, accept=accept)


def _fold_once(settings: Settings, work: Promotion) -> bool:
    """Fold what came since, and tell whether anything did.

    Raises:
        RefusedError: it was stopped.
    """
    plan = work.next_stage()
    if plan is None:
        return False
    run = Run(settings, plan, 1, settings.batch_records)
    if not fold_with_bar(run):
        raise RefusedError("stopped; nothing was switched")
    work.plan = run.plan
    return True


def _compare(settings: Settings, work: Promotion, *, accept: bool) -> int:
    """Compare with what is live, and give how many rows differ.

    Raises:
        RefusedError: some do, or did when it was promoted before and undone, and nobody accepted it.
    """
    plan = work.plan
    with writer(settings) as client:
        differing = compare(client, settings, plan, LIVE).differing
    if (differing or plan.differing) and not accept:
        before = f" ({plan.differing:,} did when it was promoted before)" if plan.differing else ""
        raise RefusedError(
            f"{differing:,} rows differ{before}, nothing was switched: see kpi replay diff {plan.name};"
            f" if they are right: kpi replay promote {plan.name} --accept"
        )
    return differing


def _switch_back(
    settings: Settings, work: Promotion, target: str, again: str, switch: Callable[[], None]
) -> None:
    """Switch to a generation that was live before and goes on from Kafka; `again` is what to run again."""
    asyncio.run(_check_logs(settings, target))
    with work.paused(target, again):
        asyncio.run(wait_for_workers(settings, again))
        work.take_over_decisions(target)
        switch()
    typer.echo(f"{target} is live; {work.before} is kept")
    typer.echo(_AFTER)


async def _check_logs(settings: Settings, generation: str) -> None:
    """Refuse a generation that could not be caught up from Kafka.

    Raises:
        RefusedError: Kafka has another log than it knows, or no longer what it lacks.
    """
    with writer(settings) as client:
        for topic in EVENT_TOPICS:
            for error in (await other_logs(settings, StoreLookups(client, generation), topic)).values():
                raise RefusedError(f"{generation} cannot be caught up from Kafka: {error}")
