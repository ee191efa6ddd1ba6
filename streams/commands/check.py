"""`kpi check`: how each part is, in words; `--drained` waits until everything produced is stored."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Annotated, Final, NamedTuple

import typer
from clickhouse_connect.driver.exceptions import ClickHouseError

from streams.clickhouse import connect_reader
from streams.clickhouse_client import reader, scalar
from streams.core.record import PartitionId
from streams.dead_letters.paused import Paused, paused_partitions
from streams.errors import EXIT_DEPENDENCY_DOWN, EXIT_DONE, EXIT_NO, KpiError
from streams.health import Progress, drained, lag, workers
from streams.kafka_admin import missing_topics
from streams.local.probes import wall_answers, wall_url
from streams.migrate import live_generation, migration_status
from streams.settings import Settings, load_settings

app = typer.Typer()

_DRAIN_TIMEOUT_S: Final = 60.0
_MARKS: Final = {EXIT_DONE: "ok", EXIT_NO: "no", EXIT_DEPENDENCY_DOWN: "down"}


class Report(NamedTuple):
    """One part's health: an exit code's meaning, and words."""

    state: int
    words: str


@app.command()
def check(
    only_drained: Annotated[
        bool,
        typer.Option("--drained", help="wait until all produced so far is stored and committed"),
    ] = False,
    timeout: Annotated[float, typer.Option(help="seconds to wait with --drained", min=0)] = _DRAIN_TIMEOUT_S,
) -> None:
    """Say in words how each part is; exit 1 when one is not well, 3 when Kafka or ClickHouse is down.

    Example: kpi check --drained --timeout 120
    """
    settings = load_settings()
    if only_drained:
        _tell_drained(settings, asyncio.run(drained(settings, timeout)))
        return
    reports = asyncio.run(_reports(settings))
    for name, report in reports.items():
        typer.echo(f"{_MARKS[report.state]:<5}{name:<11}{report.words}")
    raise typer.Exit(max(report.state for report in reports.values()))


def _tell_drained(settings: Settings, missing: Mapping[PartitionId, Progress]) -> None:
    if not missing:
        typer.echo("drained: every record produced so far is stored and committed")
        return
    paused = _paused(settings)
    for place, at in sorted(missing.items()):
        words = f"committed {at.committed:,}, stored {at.stored:,} of {at.end:,}"
        typer.echo(f"{place.topic}/{place.partition}: {at.behind:,} records to go ({words})")
        if place in paused:
            typer.echo(f"  {paused[place].words(place)}")
    raise typer.Exit(EXIT_NO)


async def _reports(settings: Settings) -> dict[str, Report]:
    parts: dict[str, Callable[[Settings], Awaitable[Report]]] = {
        "Kafka": _kafka,
        "ClickHouse": _clickhouse,
        "database": _database,
        "workers": _workers,
        "lag": _lag,
        "partitions": _partitions,
        "wall": _wall,
        "events": _events,
    }
    answers = await asyncio.gather(*(_guarded(report(settings)) for report in parts.values()))
    return dict(zip(parts, answers, strict=True))


async def _guarded(report: Awaitable[Report]) -> Report:
    try:
        return await report
    except KpiError as error:
        return Report(error.exit_code, str(error))
    except ClickHouseError as error:
        return Report(EXIT_NO, str(error).splitlines()[0])


async def _kafka(settings: Settings) -> Report:
    missing = [topic.name for topic in await missing_topics(settings)]
    if missing:
        return Report(EXIT_NO, f"answers at {settings.kafka_bootstrap}, but lacks {', '.join(missing)}")
    return Report(EXIT_DONE, f"answers at {settings.kafka_bootstrap} and has all topics")


async def _clickhouse(settings: Settings) -> Report:
    version = await asyncio.to_thread(_ask, settings, "SELECT version()")
    return Report(EXIT_DONE, f"answers at {settings.clickhouse_url}, version {version}")


async def _database(settings: Settings) -> Report:
    status = await asyncio.to_thread(migration_status, settings)
    pending = [migration.name for migration, applied_at in status if not applied_at]
    if pending:
        return Report(EXIT_NO, f"{settings.database} lacks {', '.join(pending)}; run: kpi migrate")
    return Report(EXIT_DONE, f"{settings.database} is at migration {status[-1][0].number:04d}, the last")


async def _workers(settings: Settings) -> Report:
    members = await workers(settings)
    return Report(EXIT_DONE if members else EXIT_NO, f"{members} in the group")


async def _lag(settings: Settings) -> Report:
    behind = sum(at.behind for at in (await lag(settings)).values())
    return Report(EXIT_DONE, f"{behind:,} records are not stored yet")


async def _partitions(settings: Settings) -> Report:
    if settings.dlq_breaker == "off":
        return Report(EXIT_DONE, "none is paused: the breaker is switched off")
    paused = await asyncio.to_thread(_paused, settings)
    if paused:
        return Report(EXIT_NO, "; ".join(at.words(place) for place, at in sorted(paused.items())))
    return Report(EXIT_DONE, "none is paused")


def _paused(settings: Settings) -> dict[PartitionId, Paused]:
    with reader(settings) as client:
        return paused_partitions(client, live_generation(client, settings))


async def _wall(settings: Settings) -> Report:
    if await wall_answers(settings):
        return Report(EXIT_DONE, f"answers at {wall_url(settings)}")
    return Report(EXIT_NO, f"does not answer at {wall_url(settings)}; start it with: kpi wall")


async def _events(settings: Settings) -> Report:
    views = {"views": settings.database}
    age = await asyncio.to_thread(
        _ask, settings, "SELECT min(age_seconds) FROM {views:Identifier}.freshness", views
    )
    return Report(EXIT_DONE, "none yet" if age is None else f"the newest is {age} s old")


def _ask(settings: Settings, query: str, parameters: Mapping[str, object] | None = None) -> object:
    client = connect_reader(settings)
    try:
        return scalar(client, query, parameters)
    finally:
        client.close()
