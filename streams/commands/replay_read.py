"""`kpi replay list`, `show` and `drop`."""

from pathlib import Path
from typing import Any, Final

import typer

from streams.clickhouse_client import writer
from streams.clock import HANOI
from streams.commands.dlq_options import Format, FormatOption
from streams.commands.replay_options import NameArgument, check_name
from streams.commands.rows import print_rows
from streams.migrate import live_generation
from streams.replay.plan import find_plan, generation_of, run_settings
from streams.replay.runs import Found, drop_run, find_runs
from streams.replay.selection import Selection
from streams.settings import Settings, load_settings

_COLUMNS: Final = ("run", "state", "source", "window", "records", "disk_mb", "expires")


def list_(fmt: FormatOption = Format.TABLE) -> None:
    """List the replays, the newest first, with the disk that each takes.

    Example: kpi replay list
    """
    settings = load_settings()
    with writer(settings) as client:
        live = live_generation(client, settings)
        rows = [_row(found, settings, live) for found in find_runs(client, settings)]
    print_rows(rows, _COLUMNS, fmt)


def show(name: NameArgument) -> None:
    """Say what a replay was asked to do, how far it is, and how its numbers are reached.

    Example: kpi replay show 1
    """
    settings = load_settings()
    with writer(settings) as client:
        plan = find_plan(client, settings, check_name(name))
    for field, value in plan.model_dump(mode="json", exclude={"stage", "known", "ends", "rules"}).items():
        typer.echo(f"{field:<12} {value}")
    typer.echo(f"its numbers: KPI_DATABASE={run_settings(settings, name).database} kpi query, report, verify")


def drop(name: NameArgument) -> None:
    """Drop a replay with all that it wrote. One that is live stays, and so does what an undo goes back to.

    Example: kpi replay drop 1
    """
    settings = load_settings()
    with writer(settings) as client:
        find_plan(client, settings, check_name(name))
        drop_run(client, settings, name)
    typer.echo(f"replay {name} was dropped")


def _row(found: Found, settings: Settings, live: str) -> dict[str, Any]:
    plan = found.plan
    return {
        "run": plan.name,
        "state": "live" if generation_of(settings, plan.name) == live else plan.state,
        "source": Path(plan.source).name,
        "window": _window(plan.selection),
        "records": plan.events,
        "disk_mb": round(found.disk / 1e6),
        "expires": f"{plan.expires_at.astimezone(HANOI):%Y-%m-%d}",
    }


def _window(selection: Selection) -> str:
    moments = (selection.start, selection.end)
    if moments == (None, None):
        return "all"
    return " - ".join(f"{one.astimezone(HANOI):%Y-%m-%dT%H:%M}" if one else "" for one in moments)
