"""`kpi produce`: send events, simulated ones or those of a file."""

from pathlib import Path
from typing import Annotated

import typer

from producers.simulate.scenarios import NORMAL
from producers.simulate.world import World
from producers.simulate_run import write_range
from streams.commands.moments import epoch_of
from streams.errors import UsageError
from streams.registry import load_registry
from streams.settings import load_settings

app = typer.Typer(no_args_is_help=True, help="Send events: simulate, file.")


@app.callback()
def _produce() -> None:
    """Send events: simulated ones or those of a file."""


@app.command()
def simulate(
    seed: Annotated[int | None, typer.Option(help="Seed of the world; default KPI_SEED.")] = None,
    scenario: Annotated[str, typer.Option(help="Named scenario.")] = NORMAL,
    start: Annotated[str, typer.Option("--from", help="First moment; a date is Hanoi midnight.")] = "",
    end: Annotated[str, typer.Option("--to", help="Moment after the last one; default now.")] = "",
    out: Annotated[Path | None, typer.Option(help="Write NDJSON there (- = stdout), not to Kafka.")] = None,
) -> None:
    """Simulate the gates and plants: live, or the events of a range.

    Example: kpi produce simulate --from 2026-01-05 --to 2026-01-06 --out day.ndjson
    """
    settings = load_settings(seed=seed)
    world = World(load_registry(settings.registry), settings.seed, scenario)
    if out is None or not start or not end:
        raise UsageError("give --from, --to and --out")
    write_range(world, epoch_of(start, "--from"), epoch_of(end, "--to"), out)
