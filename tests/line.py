"""A worker and the commands, as processes of their own, against a test's servers."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from producers.publisher import Message, Publisher
from streams.settings import Settings
from streams.topics import TOPIC_OF_TYPE

KPI = [sys.executable, "-c", "from streams.cli import main; main()"]


def environment(settings: Settings) -> Mapping[str, str]:
    """Give what a command needs to reach the test's servers; without a port of its own, no metrics."""
    metrics_port = settings.metrics_port if "metrics_port" in settings.model_fields_set else 0
    return {
        **os.environ,
        "KPI_HOME": str(settings.home),
        "KPI_KAFKA_BOOTSTRAP": settings.kafka_bootstrap,
        "KPI_CLICKHOUSE_URL": settings.clickhouse_url,
        "KPI_DATABASE": settings.database,
        "KPI_TOPIC_PREFIX": settings.topic_prefix,
        "KPI_METRICS_PORT": str(metrics_port),
        "KPI_BATCH_RECORDS": "700",
        **({"KPI_REGISTRY": str(settings.registry)} if settings.registry else {}),
    }


def start_worker(settings: Settings) -> subprocess.Popen[bytes]:
    """Start a worker; what it logs is shown if the test fails."""
    with (settings.home / "worker.log").open("ab") as log:
        return subprocess.Popen([*KPI, "worker"], env=environment(settings), stdout=log, stderr=log)


def kpi(settings: Settings, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a command as a user would."""
    command = [*KPI, *arguments]
    return subprocess.run(command, env=environment(settings), capture_output=True, text=True, check=False)


async def publish(settings: Settings, events: list[dict[str, Any]], raw: Sequence[bytes] = ()) -> None:
    """Send events where they belong, and bytes that break the contract."""
    messages = [
        Message(TOPIC_OF_TYPE[event["type"]], event["subject"].encode(), json.dumps(event).encode())
        for event in events
    ]
    async with Publisher(settings) as publisher:
        await publisher.publish(messages + [Message("gate.crossing", b"X-9", value) for value in raw])
