"""How each part of the line is, in words: what `kpi check` asks and what it makes of the answers."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

from clickhouse_connect.driver.exceptions import ClickHouseError

from streams.clickhouse_client import reader, scalar
from streams.commands.check_alerts import alerts_report
from streams.commands.report_of_part import Report, last_words_of
from streams.core.record import PartitionId
from streams.dead_letters.paused import Paused, paused_partitions
from streams.errors import EXIT_DONE, EXIT_NO, KpiError
from streams.generation import check_generation, recorded_facts
from streams.health import Progress, lag, workers
from streams.kafka_admin import missing_topics, other_settings, partition_counts
from streams.local.probes import wall_answers, wall_url, worker_condition
from streams.migrate import live_generation, migration_status
from streams.settings import Settings

# Below this ClickHouse soon finds no room for a merge.
_LEAST_FREE_MIB: Final = 256
# Between two looks at the lag.
_LOOK_S: Final = 2.0
_LOOKS: Final = 5
# What will be stored so soon, at the pace of the look, is on its way: history is sent in gusts.
_SOON_S: Final = 30.0

Lag = Mapping[PartitionId, Progress]


async def all_reports(settings: Settings) -> dict[str, Report]:
    """Ask every part at once."""
    parts: dict[str, Callable[[Settings], Awaitable[Report]]] = {
        "Kafka": _kafka,
        "ClickHouse": _clickhouse,
        "database": _database,
        "generation": _generation,
        "workers": _workers,
        "lag": _lag,
        "partitions": _partitions,
        "alerts": alerts_report,
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
    answers = f"answers at {settings.kafka_bootstrap}"
    missing = [topic.name for topic in await missing_topics(settings)]
    if missing:
        return Report(EXIT_NO, f"{answers}, but lacks {', '.join(missing)}")
    others = await other_settings(settings)
    if others:
        return Report(EXIT_NO, f"{answers}, but {'; '.join(others)}: set it with Kafka's own tools")
    return Report(EXIT_DONE, f"{answers} and has all topics")


async def _clickhouse(settings: Settings) -> Report:
    version = await asyncio.to_thread(_ask, settings, "SELECT version()")
    answers = f"answers at {settings.clickhouse_url}, version {version}"
    query = "SELECT toInt64(min(unreserved_space) / 1048576) FROM system.disks"
    free_mib = await asyncio.to_thread(_ask, settings, query)
    if free_mib < _LEAST_FREE_MIB:
        return Report(EXIT_NO, f"{answers}, but its disk is nearly full: {free_mib} MiB are free")
    return Report(EXIT_DONE, answers)


async def _database(settings: Settings) -> Report:
    status = await asyncio.to_thread(migration_status, settings)
    pending = [migration.name for migration, applied_at in status if not applied_at]
    if pending:
        return Report(EXIT_NO, f"{settings.database} lacks {', '.join(pending)}; run: kpi migrate")
    return Report(EXIT_DONE, f"{settings.database} is at migration {status[-1][0].number:04d}, the last")


async def _generation(settings: Settings) -> Report:
    name, known = await asyncio.to_thread(_known_of_generation, settings)
    check_generation(known, await partition_counts(settings))
    return Report(EXIT_DONE, f"{name} is one that this build may write to")


def _known_of_generation(settings: Settings) -> tuple[str, dict[str, str]]:
    with reader(settings) as client:
        name = live_generation(client, settings)
        return name, recorded_facts(client, name)


async def _workers(settings: Settings) -> Report:
    count = await workers(settings)
    if not count:
        said = last_words_of("worker", settings)
        return Report(EXIT_NO, f"none is in the group; start one with: kpi worker{said}")
    condition = await worker_condition(settings)
    if condition is None:
        return Report(EXIT_DONE, f"{count} in the group; of this machine none answers")
    if condition["wrong"]:
        wrong = "; ".join(condition["wrong"])
        return Report(EXIT_NO, f"{count} in the group; the one of this machine is not ready: {wrong}")
    return Report(EXIT_DONE, f"{count} in the group; the one of this machine is ready")


async def _lag(settings: Settings) -> Report:
    first = later = await lag(settings)
    looks = 0
    # One that waits for its turn behind large batches moves before the last look.
    while standing(first, later) and looks < _LOOKS:
        await asyncio.sleep(_LOOK_S)
        later = await lag(settings)
        looks += 1
    return lag_report(first, later, looks * _LOOK_S)


def lag_report(first: Lag, later: Lag, seconds: float) -> Report:
    """Judge two looks at the lag, seconds apart: does each partition get on, and the whole keep up?"""
    behind, behind_later = (sum(at.behind for at in look.values()) for look in (first, later))
    words = f"{behind:,} records are not stored yet"
    if still := standing(first, later):
        named = ", ".join(f"{topic}/{number}" for topic, number in still)
        return Report(EXIT_NO, f"{words}, and in {seconds:.0f} s none of them was in {named}")
    came = sum(later[partition].end - at.end for partition, at in first.items())
    # What is on its way is always some; more than came meanwhile has waited longer than that.
    if behind_later > behind > came and _takes_long(first, later, seconds):
        return Report(EXIT_NO, f"{words}, and it grows: {behind_later - behind:,} more after {seconds:.0f} s")
    return Report(EXIT_DONE, words)


def _takes_long(first: Lag, later: Lag, seconds: float) -> bool:
    """Tell whether the partitions whose lag grows take long at their own pace; others do not help."""
    grown = [partition for partition, at in first.items() if later[partition].behind > at.behind]
    stored = sum(max(0, later[partition].done - first[partition].done) for partition in grown)
    return sum(later[partition].behind for partition in grown) * seconds > _SOON_S * stored


def standing(first: Lag, later: Lag) -> list[PartitionId]:
    """Name the partitions that were behind, are still, and of which nothing was stored in between."""
    return [
        partition
        for partition, at in sorted(first.items())
        if at.behind and later[partition].behind and later[partition].done <= at.done
    ]


async def _partitions(settings: Settings) -> Report:
    if settings.dlq_breaker == "off":
        return Report(EXIT_DONE, "none is paused: the breaker is switched off")
    paused = await asyncio.to_thread(paused_here, settings)
    if paused:
        return Report(EXIT_NO, "; ".join(at.words(place) for place, at in sorted(paused.items())))
    return Report(EXIT_DONE, "none is paused")


def paused_here(settings: Settings) -> dict[PartitionId, Paused]:
    """Give the partitions that are paused."""
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


def _ask(settings: Settings, query: str, parameters: Mapping[str, object] | None = None) -> Any:  # noqa: ANN401
    with reader(settings) as client:
        return scalar(client, query, parameters)
