"""How a replay begins, or goes on: its place beside the live generation, and what of the source is read."""

import asyncio
import json
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from importlib.metadata import version
from itertools import count
from typing import Final

from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import DatabaseError
from pydantic import BaseModel, ConfigDict, Field

from streams import clock
from streams.clickhouse_client import writer
from streams.core.record import PartitionId
from streams.core.revision import FOLD_REVISION
from streams.ddl import define
from streams.errors import RefusedError
from streams.generation import recorded_facts
from streams.kafka_admin import partition_counts
from streams.migrate import check_migrated, live_generation, migrate
from streams.registry import Registry
from streams.replay.burial import first_letters
from streams.replay.handover import stands_of
from streams.replay.plan import (
    ARCHIVE,
    KAFKA,
    Into,
    Plan,
    Positions,
    Stage,
    by_partition,
    digest,
    generation_of,
    read_plan,
    run_settings,
    spelt,
    write_plan,
)
from streams.replay.run import consumed, facts_of, source_of
from streams.replay.selection import Selection
from streams.replay.shadow import with_topics
from streams.replay.sources import PAGE
from streams.replay.topic_log import ends_of_topics, offsets_since
from streams.settings import Settings
from streams.topics import DEFAULT_PARTITIONS

_PARTITIONS: Final = "partitions/"
_TAKE: Final = "CREATE DATABASE {name:Identifier} ENGINE = Atomic"


class Request(BaseModel):
    """What somebody asks for."""

    model_config = ConfigDict(frozen=True)

    source: str
    who: str
    name: str = ""
    selection: Selection = Field(default_factory=Selection)
    keep: timedelta = timedelta(days=7)
    targets: tuple[str, ...] = ()
    speed: float = 0.0
    into: Into = Into.GENERATION
    rules: str = ""


def begin(settings: Settings, registry: Registry, request: Request) -> Plan:
    """Make the place of a new replay, or find the one that was stopped, or that is to be brought up to date.

    Raises:
        RefusedError: a replay of that name was begun otherwise, or the live site lacks a migration.
    """
    with writer(settings) as client:
        check_migrated(client, live_generation(client, settings))
        known = read_plan(client, settings, request.name) if request.name else None
        if known is not None:
            return _go_on(client, settings, registry, known, request)
        plan = plan_of(client, settings, registry, request)
        if not plan.name:
            plan = plan.model_copy(update={"name": _take_number(client, settings)})
        if plan.into is Into.TOPICS:
            plan = asyncio.run(with_topics(settings, plan))
        own = run_settings(settings, plan.name)
        migrate(own, registry)
        rows = [[name, value, clock.now()] for name, value in facts_of(plan).items()]
        client.insert("generation", rows, database=generation_of(settings, plan.name))
        write_plan(client, settings, plan)
    return plan


def plan_of(client: Client, settings: Settings, registry: Registry, request: Request) -> Plan:
    """Give what would be done now for somebody who asks; nothing is written down, and no name is made up."""
    live, now = live_generation(client, settings), clock.now()
    plan = Plan(
        name=request.name,
        source=request.source,
        live=live,
        selection=request.selection,
        partitions=_partitions(client, settings, live, request.source),
        registry=digest(registry),
        build=version("laocai-gate-kpi"),
        who=request.who,
        began_at=now,
        expires_at=now + request.keep,
        stage=Stage(),
        targets=request.targets,
        speed=request.speed,
        into=request.into,
        rules=request.rules,
    )
    return next_stage(client, settings, registry, plan)


def next_stage(client: Client, settings: Settings, registry: Registry, plan: Plan) -> Plan:
    """Give the plan with what is to be folded now: all that the source holds and the replay does not."""
    stands = asyncio.run(stands_of(client, plan.live, plan.partitions))
    stage, known = _bounds(client, settings, plan, {at: stand.start.base for at, stand in stands.items()})
    plan = plan.model_copy(update={"stage": stage, "known": known, "state": "folding"})
    total = asyncio.run(source_of(settings, client, registry, plan, PAGE).count())
    letters: Positions = {}
    if plan.source == ARCHIVE:
        events = total + max(plan.ends.values(), default=0)
        letters = spelt(first_letters(stands, events))
    stage = plan.stage.model_copy(update={"total": total, "letters": letters})
    return plan.model_copy(update={"stage": stage})


def _bounds(
    client: Client, settings: Settings, plan: Plan, bases: Mapping[PartitionId, int]
) -> tuple[Stage, Positions]:
    """Give what to read of the source, and the positions of the live generation that are known then."""
    if plan.source == ARCHIVE:
        stored = spelt({at: position + 1 for at, position in consumed(client, plan.live).items()})
        after = plan.known if plan.is_whole else {}
        return Stage(after=after, before=stored, starts=plan.ends), stored
    if plan.source != KAFKA:
        return Stage(starts=plan.ends), {}
    ends = asyncio.run(ends_of_topics(settings))
    since = plan.selection.came_since_ms
    came = asyncio.run(offsets_since(settings, ends, since)) if since is not None else {}
    lie = plan.selection.first_offsets(ends)
    firsts = {at: max(came.get(at, 0), lie.get(at, 0)) for at in came | lie}
    stage = Stage(after=spelt(firsts), before=spelt(ends), starts=plan.ends)
    return stage, spelt({at: bases.get(at, 0) + end for at, end in ends.items()})


def _partitions(client: Client, settings: Settings, live: str, source: str) -> dict[str, int]:
    if source == KAFKA:
        return asyncio.run(partition_counts(settings))
    recorded = {
        name.removeprefix(_PARTITIONS): int(value)
        for name, value in recorded_facts(client, live).items()
        if name.startswith(_PARTITIONS)
    }
    return DEFAULT_PARTITIONS | recorded


def _take_number(client: Client, settings: Settings) -> str:
    """Take the first number that no replay has: it is the name."""
    return next(name for name in map(str, count(1)) if _take(client, settings, name))


def _take(client: Client, settings: Settings, name: str) -> bool:
    """Take a name, unless somebody else has it: a database is made once."""
    try:
        define(client, settings, _TAKE, {"name": generation_of(settings, name)})
    except DatabaseError as error:
        if "DATABASE_ALREADY_EXISTS" not in str(error):
            raise
        return False
    return True


def _go_on(client: Client, settings: Settings, registry: Registry, plan: Plan, request: Request) -> Plan:
    # A name alone is enough.
    if _asked(request) not in (_asked(Request(source=ARCHIVE, who="")), _asked(plan)):
        raise RefusedError(
            f"replay {plan.name} was begun with another source or selection; give another --name, or drop it"
            f" with: kpi replay drop {plan.name}"
        )
    check_build(plan, registry)
    live = live_generation(client, settings)
    if plan.handed_over is not None or live == generation_of(settings, plan.name):
        raise RefusedError(
            f"replay {plan.name} took over from {plan.live}: workers write to it, no replay does"
        )
    if plan.state != "folding" and not plan.is_whole:
        raise RefusedError(f"replay {plan.name} is {plan.state}; see: kpi replay show {plan.name}")
    if plan.state != "folding":
        check_source(plan, live)
    # An older build made it: it may lack a table.
    migrate(run_settings(settings, plan.name), registry)
    if plan.state != "folding":
        plan = next_stage(client, settings, registry, plan)
    # It shall not be dropped while it runs.
    expires_at = max(plan.expires_at, clock.now() + request.keep)
    plan = plan.model_copy(update={"expires_at": expires_at})
    write_plan(client, settings, plan)
    return plan


def _asked(one: Plan | Request) -> tuple[object, ...]:
    targets = [json.loads(event)["id"] for event in one.targets]
    return one.source, one.selection, targets, one.speed, one.into, one.rules


def check_build(plan: Plan, registry: Registry) -> None:
    """Refuse to mix two ways of counting in one generation.

    Raises:
        RefusedError: the build counts by other rules than the one that began, or judges by another registry.
    """
    now = FOLD_REVISION, digest(registry)
    if now != (plan.revision, plan.registry):
        raise RefusedError(
            f"replay {plan.name} was begun by fold revision {plan.revision} and another registry or build:"
            f" drop it with kpi replay drop {plan.name}, and run it anew"
        )


def check_source(plan: Plan, live: str) -> None:
    """Refuse to bring a replay up to date from a generation that is live no more.

    Raises:
        RefusedError: another one is.
    """
    if live != plan.live:
        raise RefusedError(
            f"{live} went live since replay {plan.name} began, which reads {plan.live}: run it anew under"
            " another --name"
        )


def expired(plans: Sequence[Plan], now: datetime, needed: Collection[str], settings: Settings) -> list[Plan]:
    """Give the replays that nobody needs any more: their time is over, and nothing rests on them."""
    return [
        plan
        for plan in plans
        if plan.expires_at < now
        and plan.handed_over is None
        and generation_of(settings, plan.name) not in needed
    ]


def positions_of(plan: Plan) -> Mapping[PartitionId, int]:
    """Give the positions of the live generation before which the replay knows everything."""
    return by_partition(plan.known)
