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

# `kpi up` is ready once these are; the others come to it.
NEEDED: Final = ("kafka", "clickhouse", "migrate", "worker", "wall")


def parts_of(settings: Settings, *, simulate: bool, history: bool) -> list[Part]:
    """Give all parts for these settings, with or without simulated events of now and of the past.

    Raises:
        RefusedError: Kafka's jars are not installed.
    """
    parts = [*_servers(settings), *_clients(settings)]
    environment = _environment(settings)
    if simulate:
        parts.append(Part("simulate", _kpi("produce", "simulate"), environment, ("kafka",), vital=False))
    if history:
        command = _kpi("produce", "history")
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
            _kpi("clickhouse"),
            _environment(settings),
            healthy=partial(probes.clickhouse_answers, settings),
            server=True,
        ),
    ]


def _clients(settings: Settings) -> list[Part]:
    environment = _environment(settings)
    works, answers = partial(probes.worker_works, settings), partial(probes.wall_answers, settings)
    return [
        Part("migrate", _kpi("migrate"), environment, ("clickhouse",), job=True),
        Part("worker", _kpi("worker"), environment, ("kafka", "migrate"), healthy=works),
        Part("wall", _kpi("wall"), environment, ("migrate",), healthy=answers),
        Part("targets", _kpi("targets", "apply"), environment, ("kafka",), job=True, vital=False),
    ]


def _kpi(*arguments: str) -> Sequence[str]:
    return [str(Path(sysconfig.get_path("scripts")) / "kpi"), *arguments]


def _environment(settings: Settings) -> Mapping[str, str]:
    """Give the parts what the options of `kpi up` may have changed."""
    return {
        **os.environ,
        "KPI_HOME": str(settings.home),
        "KPI_KAFKA_BOOTSTRAP": settings.kafka_bootstrap,
        "KPI_CLICKHOUSE_URL": settings.clickhouse_url,
        "KPI_WALL_PORT": str(settings.wall_port),
        "KPI_METRICS_PORT": str(settings.metrics_port),
    }
