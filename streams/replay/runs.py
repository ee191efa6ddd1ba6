"""The replays that there are: list them, measure them, drop them."""

import asyncio
from pathlib import Path
from typing import Final, NamedTuple

from clickhouse_connect.driver.client import Client

from streams.errors import RefusedError
from streams.migrate import live_generation
from streams.replay.handover import open_generation, predecessor_of, successor_of
from streams.replay.plan import ARCHIVE, Into, Plan, generation_of, read_plan, run_settings, simulations
from streams.replay.rebuild import drop_generation
from streams.replay.shadow import drop_topics
from streams.settings import Settings

_MARK: Final = "_run_"


class Found(NamedTuple):
    """A replay and the disk that it takes, in bytes."""

    plan: Plan
    disk: int


def find_runs(client: Client, settings: Settings) -> list[Found]:
    """Give all replays of this site, the newest first."""
    stem = settings.database + _MARK
    rows = client.query(
        "SELECT d.name, sum(p.bytes_on_disk) FROM system.databases AS d"
        " LEFT JOIN system.parts AS p ON p.database = d.name"
        " WHERE startsWith(d.name, {stem:String}) AND endsWith(d.name, '_g1') GROUP BY d.name",
        parameters={"stem": stem},
    ).result_rows
    names = {database.removeprefix(stem).removesuffix("_g1"): disk for database, disk in rows}
    plans = ((read_plan(client, settings, name), disk) for name, disk in names.items())
    found = [Found(plan, disk) for plan, disk in plans if plan is not None]
    return sorted(found, key=lambda one: one.plan.began_at, reverse=True)


def drop_run(client: Client, settings: Settings, name: str) -> None:
    """Drop a replay with all that it wrote, its topics too; if its promotion was cut short, that is over.

    Raises:
        RefusedError: it is live, an undo needs it, or another replay reads it.
    """
    live, generation = live_generation(client, settings), generation_of(settings, name)
    if live == generation:
        raise RefusedError(f"replay {name} is live: go back first with: kpi replay undo {name}")
    _check_unneeded(client, settings, live, name)
    plan = read_plan(client, settings, name)
    if plan is not None and plan.into is Into.TOPICS:
        asyncio.run(drop_topics(settings, name))
    drop_generation(client, settings, run_settings(settings, name).database)
    drop_generation(client, settings, generation)
    # Only now: what is open while its successor can still take over would lose what comes meanwhile.
    if successor_of(client, live) == generation:
        open_generation(client, live)
    if plan is not None:
        _drop_simulation(client, settings, Path(plan.source))


def _check_unneeded(client: Client, settings: Settings, live: str, name: str) -> None:
    generation, site = generation_of(settings, name), run_settings(settings, name).database
    if predecessor_of(client, settings.database, live) == generation:
        raise RefusedError(
            f"replay {name} was live before {live}, and kpi replay undo goes back to it: drop it once another"
            f" one is live; if nobody will go back, drop the databases {generation} and {site} by hand"
        )
    for reader in (
        found.plan.name for found in find_runs(client, settings) if _reads(found.plan, generation)
    ):
        raise RefusedError(f"replay {reader} reads {name}; drop that one first: kpi replay drop {reader}")


def _reads(plan: Plan, generation: str) -> bool:
    """Whether it goes on with the archive of a generation; Kafka and files are there without that."""
    return plan.source == ARCHIVE and plan.live == generation and plan.state == "folding"


def _drop_simulation(client: Client, settings: Settings, path: Path) -> None:
    """Delete what was simulated for a replay that is gone, unless another one reads it, too."""
    is_read = any(Path(found.plan.source) == path for found in find_runs(client, settings))
    if path.parent == simulations(settings) and not is_read:
        path.unlink(missing_ok=True)
