"""What if: other targets, other rules of alerts, another course of the simulated world."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Final

import typer

from producers.ranges import write_range
from producers.simulate.world import World
from producers.targets import body_of, new_targets, read_targets, refuse_unknown_scopes
from streams import clock
from streams.alerts.files import read_rules, rules_of
from streams.errors import UsageError
from streams.events import epoch_ms, event_to_json
from streams.registry import Registry
from streams.replay.begin import Request
from streams.replay.plan import ARCHIVE, digest, simulations
from streams.settings import Settings

# Who comes into the windows set out before: vehicles that wait longer are stale.
_LEAD: Final = timedelta(days=3)


def read_what_targets(path: Path, registry: Registry) -> tuple[str, ...]:
    """Read the events that make the targets of a file stand, whatever stood before."""
    records = read_targets(path)
    refuse_unknown_scopes(records, registry.scopes)
    now = clock.now()
    events = new_targets([body_of(record) for record in records], (), now)
    # Of several records of one year the newest stands.
    return tuple(event_to_json(event.model_copy(update={"time": now})).decode() for event in events)


def read_what_rules(path: Path, registry: Registry) -> str:
    """Read the text of rules that hold.

    Raises:
        UsageError: they do not; the text says where.
    """
    text = read_rules(path)
    rules_of(text, path.name, registry)
    return text


def with_scenario(settings: Settings, registry: Registry, request: Request, scenario: str) -> Request:
    """Let a replay read what the simulated world brings in a scenario, written into a file of this home.

    Raises:
        UsageError: there is no such scenario, or it is not said from when to when.
    """
    start, end = request.selection.start, request.selection.end
    if start is None or end is None or request.source != ARCHIVE or request.speed:
        raise UsageError(
            "--scenario: say from when to when with --from and --to; it goes without --source and --speed"
        )
    world = World(registry, settings.seed, scenario)
    first, last = epoch_ms(start), epoch_ms(end)
    folder = simulations(settings)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{scenario}-{settings.seed}-{digest(registry)[:8]}-{first}-{last}.ndjson"
    typer.echo(f"simulating {scenario} into {path}", err=True)
    with _unfinished(path) as file:
        write_range(world, epoch_ms(start - _LEAD), last, file)
    return request.model_copy(update={"source": str(path)})


@contextmanager
def _unfinished(path: Path) -> Iterator[Path]:
    # Another replay may read the one of that name meanwhile.
    file = path.with_name(f"{path.name}.{os.getpid()}")
    try:
        yield file
        file.replace(path)
    finally:
        file.unlink(missing_ok=True)
