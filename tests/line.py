"""A worker and the commands, as processes of their own, against a test's servers."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from producers.publisher import Message, Publisher
from streams.settings import Settings
from streams.topics import TOPIC_OF_TYPE
from tests.forked import Forked

KPI = [sys.executable, "-c", "from streams.cli import main; main()"]


def environment(settings: Settings) -> Mapping[str, str]:
    """Give what a command needs to reach the test's servers; without a port of its own, no metrics."""
    return {
        **os.environ,
        "KPI_HOME": str(settings.home),
        "KPI_KAFKA_BOOTSTRAP": settings.kafka_bootstrap,
        "KPI_CLICKHOUSE_URL": settings.clickhouse_url,
        "KPI_DATABASE": settings.database,
        "KPI_TOPIC_PREFIX": settings.topic_prefix,
        "KPI_METRICS_PORT": str(_given(settings, "metrics_port")),
        "KPI_ALERTS_METRICS_PORT": str(_given(settings, "alerts_metrics_port")),
        "KPI_BATCH_RECORDS": "700",
        **({"KPI_REGISTRY": str(settings.registry)} if settings.registry else {}),
    }


def _given(settings: Settings, port: str) -> int:
    return getattr(settings, port) if port in settings.model_fields_set else 0


def start_worker(settings: Settings, **extra: str) -> Forked:
    """Start a worker, with more in its environment; what it logs is shown if the test fails."""
    return Forked(("worker",), {**environment(settings), **extra}, settings.home / "worker.log")


def kpi(settings: Settings, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a command as a user would."""
    with TemporaryDirectory() as folder:
        out, err = Path(folder, "out"), Path(folder, "err")
        process = Forked(arguments, environment(settings), out, err)
        return subprocess.CompletedProcess(process.args, process.wait(), out.read_text(), err.read_text())


async def publish(settings: Settings, events: list[dict[str, Any]], raw: Sequence[bytes] = ()) -> None:
    """Send events where they belong, and bytes that break the contract."""
    messages = [
        Message(TOPIC_OF_TYPE[event["type"]], event["subject"].encode(), json.dumps(event).encode())
        for event in events
    ]
    async with Publisher(settings) as publisher:
        await publisher.publish(messages + [Message("gate.crossing", b"X-9", value) for value in raw])
