"""`kpi targets`: load and list the yearly targets."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from producers.publisher import Message, Publisher
from producers.targets import (
    amount_of,
    body_of,
    decode_targets,
    never_applied,
    new_targets,
    read_targets,
    refuse_unknown_scopes,
    standing,
)
from producers.topic_reader import read_topic
from streams import clock
from streams.commands.kafka_ready import require_topics
from streams.errors import UsageError
from streams.events import Target, TargetBody, event_to_json
from streams.header_names import tolerate_any
from streams.logs import configure_logs
from streams.registry import load_registry
from streams.settings import Settings, load_settings

app = typer.Typer(no_args_is_help=True, add_completion=False)

_TOPIC = "target"
_SIGNS = {"eq": "=", "gte": ">=", "lte": "<="}


@app.callback()
def _targets() -> None:
    """Load and list the yearly targets.

    Example: kpi targets apply
    """


@app.command()
def apply(
    file: Annotated[Path | None, typer.Argument(help="TOML with [[targets]]; default: the registry")] = None,
) -> None:
    """Make the targets of a file stand; what stands already is left as it is.

    A record has indicator, scope, year, value (whole dollars or dong, as text), currency, qualifier (eq,
    gte, lte), source, and effective_from (default 1 January of the year). A changed value replaces the
    earlier one of the same indicator, scope, year and effective_from from now on; the earlier stays readable.

    Without a file, a record of the registry is sent once and never again: it undoes nothing applied since.

    Example: kpi targets apply targets-2027.toml
    """
    settings = load_settings()
    configure_logs(settings.log_level, settings.log_format)
    registry = load_registry(settings.registry)
    records = read_targets(file) if file else registry.targets
    refuse_unknown_scopes(records, registry.scopes)
    bodies = [body_of(record) for record in records]
    _refuse_twice(bodies)
    require_topics(settings)
    events = asyncio.run(_apply(settings, bodies, once=file is None))
    rest = "stood already" if file else "were sent before"
    typer.echo(f"{len(events)} targets are new, {len(bodies) - len(events)} {rest}")


@app.command(name="list")
def list_() -> None:
    """List the targets that stand.

    Example: kpi targets list
    """
    settings = load_settings()
    configure_logs(settings.log_level, settings.log_format)
    require_topics(settings)
    stands = standing(asyncio.run(_log(settings)))
    for event in sorted(stands, key=lambda event: (event.key, event.data.effective_from)):
        body = event.data
        amount = f"{_SIGNS[body.qualifier]} {amount_of(body)}"
        typer.echo(f"{event.key:<36} {amount:>30}  from {body.effective_from}  ({body.source})")


def _refuse_twice(bodies: list[TargetBody]) -> None:
    names = [f"{b.indicator}/{b.scope}/{b.year} from {b.effective_from}" for b in bodies]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise UsageError(f"stands there twice: {', '.join(twice)}")


async def _apply(settings: Settings, bodies: list[TargetBody], *, once: bool) -> list[Target]:
    log = await _log(settings)
    wanted = never_applied(bodies, log) if once else bodies
    events = new_targets(wanted, standing(log), clock.now())
    async with Publisher(settings) as publisher:
        await publisher.publish(
            Message(_TOPIC, event.subject.encode(), event_to_json(event)) for event in events
        )
    return events


async def _log(settings: Settings) -> list[Target]:
    # A small topic: the slower parser costs nothing, and no header that somebody named oddly stops it.
    tolerate_any()
    return decode_targets(await read_topic(settings, _TOPIC))
