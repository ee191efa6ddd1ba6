"""A replay that the wall watches: its clock runs, its alerts are looked at, Ctrl-C stops it."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime
from threading import Event

import typer

from streams.clickhouse_client import writer
from streams.commands.replay_alerts import looking
from streams.registry import Registry
from streams.replay.pace import set_course
from streams.replay.plan import Plan, write_plan
from streams.replay.run import stopping
from streams.settings import Settings

Look = Callable[[datetime], object]
Follow = Callable[[Plan, Look, Event], Awaitable[Plan]]


def watch(settings: Settings, registry: Registry, plan: Plan, follow: Follow) -> tuple[Plan, bool]:
    """Start the clock of a replay and follow it to its end; tell whether it came there."""
    typer.echo(f"watch it with: kpi wall --run {plan.name} --port 8081", err=True)
    plan = set_course(settings, plan)
    stopped = Event()
    with looking(settings, registry, plan) as look, stopping(stopped.set):
        plan = asyncio.run(_awaited(follow(plan, look, stopped)))
    if not stopped.is_set():
        plan = plan.model_copy(update={"state": "done"})
        with writer(settings) as client:
            write_plan(client, settings, plan)
    return plan, not stopped.is_set()


async def _awaited(following: Awaitable[Plan]) -> Plan:
    return await following
