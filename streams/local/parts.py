"""What `kpi up` runs: the parts, their order, and how each shows that it works."""

import os
import sysconfig
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Final

from streams.local import probes
from streams.local.kafka import LocalKafka
from streams.local.supervisor import Part
from streams.settings import Settings

# `kpi up` is ready once these are; the others come to it, and of these it is told too.
NEEDED: Final = ("kafka", "clickhouse", "migrate", "worker", "wall")
TOLD: Final = ("alerts",)


def parts_of(settings: Settings, *, simulate: bool, history: bool) -> list[Part]:
    """Give all parts for these settings, with or without simulated events of now and of the past.

    Raises:
        RefusedError: Kafka's jars are not installed.
    """
    parts = [*_servers(settings), *_clients(settings)]
    environment = environment_of(settings)
    if simulate:
        parts.append(
            Part("simulate", kpi_command("produce", "simulate"), environment, ("kafka",), vital=False)
        )
    if history:
        command = kpi_command("produce", "history")
        parts.append(Part("history", command, environment, ("worker",), job=True, vital=False))
    return parts


def _servers(settings: Settings) -> list[Part]:
    kafka = LocalKafka(settings.home, settings.kafka_bootstrap)
    return [
        Part(
            "kafka",
            kafka.command(),
            kafka.environment(),
            prepare=kafka.prepare,
            healthy=partial(probes.kafka_serves, settings),
            server=True,
        ),
        Part(
            "clickhouse",
            kpi_command("clickhouse"),
            environment_of(settings),
            healthy=partial(probes.clickhouse_answers, settings),
            server=True,
        ),
    ]


def _clients(settings: Settings) -> list[Part]:
    environment = environment_of(settings)
    works, answers = partial(probes.worker_works, settings), partial(probes.wall_answers, settings)
    rings = partial(probes.alerts_work, settings)
    return [
        Part("migrate", kpi_command("migrate"), environment, ("clickhouse",), job=True),
        Part("worker", kpi_command("worker"), environment, ("kafka", "migrate"), healthy=works),
        Part("wall", kpi_command("wall"), environment, ("migrate",), healthy=answers),
        Part(
            "alerts",
            kpi_command("alerts", "run"),
            environment,
            ("kafka", "migrate"),
            healthy=rings,
            vital=False,
        ),
        Part("targets", kpi_command("targets", "apply"), environment, ("kafka",), job=True, vital=False),
    ]


def kpi_command(*arguments: str) -> Sequence[str]:
    """Give the command line of a command of this installation."""
    return [str(Path(sysconfig.get_path("scripts")) / "kpi"), *arguments]


def environment_of(settings: Settings) -> Mapping[str, str]:
    """Give a part what the options of the command that starts it may have changed."""
    return {
        **os.environ,
        "KPI_HOME": str(settings.home),
        "KPI_KAFKA_BOOTSTRAP": settings.kafka_bootstrap,
        "KPI_CLICKHOUSE_URL": settings.clickhouse_url,
        "KPI_DATABASE": settings.database,
        "KPI_TOPIC_PREFIX": settings.topic_prefix,
        "KPI_WALL_PORT": str(settings.wall_port),
        "KPI_METRICS_PORT": str(settings.metrics_port),
        "KPI_ALERTS_METRICS_PORT": str(settings.alerts_metrics_port),
    }
