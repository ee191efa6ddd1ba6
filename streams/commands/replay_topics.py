"""A replay through Kafka: topics of its own, a worker of its own, and the wait until that has stored all."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from functools import partial
from threading import Event
from typing import Final

import typer

from streams import clock
from streams.clickhouse_client import writer
from streams.commands.replay_bar import progress_bar
from streams.commands.replay_watch import Look, watch
from streams.health import drained
from streams.local.parts import environment_of, kpi_command
from streams.local.supervisor import Part, Supervisor
from streams.registry import Registry
from streams.replay.pace import follow
from streams.replay.plan import Plan, shadow_settings
from streams.replay.run import Took, finish, source_of, stopping, target_pages
from streams.replay.shadow import send, sender_of, sent_so_far
from streams.replay.sources import Share
from streams.settings import Settings

_ASK_S: Final = 1.0


def through_topics(settings: Settings, registry: Registry, plan: Plan) -> tuple[Plan, bool]:
    """Send what a plan reads to its topics and let a worker fold it; tell whether it is complete."""
    began, stopped = clock.monotonic(), Event()
    with progress_bar(plan.stage.total) as show, stopping(stopped.set):
        sent = asyncio.run(_send_all(settings, registry, plan, show, stopped))
    plan = finish(settings, plan, Took(clock.monotonic() - began, sent), stopped=stopped.is_set())
    if stopped.is_set() or not plan.speed:
        return plan, not stopped.is_set()
    return watch(settings, registry, plan, partial(_follow, settings))


async def _send_all(
    settings: Settings, registry: Registry, plan: Plan, show: Callable[[int], None], stopped: Event
) -> int:
    sent = 0

    def advance(count: int) -> bool:
        nonlocal sent
        sent += count
        show(sent)
        return not stopped.is_set()

    async with _worker(settings, plan), sender_of(settings, plan) as sender:
        with writer(settings) as client:
            source = source_of(settings, client, registry, plan, settings.batch_records)
            pages = source.pages(Share(), await sent_so_far(settings, plan))
            await send(sender, plan, pages, advance)
        if not stopped.is_set():
            await send(sender, plan, target_pages(plan, {}), advance)
        await _drain(settings, plan, stopped)
    return sent


async def _follow(settings: Settings, plan: Plan, look: Look, stopped: Event) -> Plan:
    async with _worker(settings, plan), sender_of(settings, plan) as sender:
        plan = await follow(settings, plan, partial(send, sender, plan), look, stopped)
        await _drain(settings, plan, stopped)
    return plan


@asynccontextmanager
async def _worker(settings: Settings, plan: Plan) -> AsyncIterator[None]:
    """Run a worker on the topics of a replay; one that dies is started again."""
    own = shadow_settings(settings, plan.name).model_copy(update={"metrics_port": 0})
    part = Part(f"replay-{plan.name}", kpi_command("worker"), environment_of(own))
    supervisor = Supervisor([part], settings.home / "logs", partial(typer.echo, err=True), lambda _: None)
    running = asyncio.ensure_future(supervisor.run())
    try:
        yield
    finally:
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running


async def _drain(settings: Settings, plan: Plan, stopped: Event) -> None:
    """Wait until the worker has stored all that was sent."""
    own = shadow_settings(settings, plan.name)
    while not stopped.is_set() and await drained(own, _ASK_S):
        pass
