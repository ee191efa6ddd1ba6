"""What a site does to a worker: a log that shrinks, a record too large to bury, no broker at the start."""

import asyncio
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from aiokafka import AIOKafkaProducer

from streams.clickhouse import connect_reader
from streams.health import drained
from streams.kafka_admin import ensure_topics
from streams.ports import free_port
from streams.settings import Settings
from streams.topics import partition_of
from tests.events import crossing
from tests.line import kpi, publish, start_worker
from tests.migrated import migrated_clickhouse
from tests.servers import start_kafka, stop

pytestmark = pytest.mark.integration
_PATIENCE_S = 60
_MIB = 1 << 20
VISITS = [visit for visit in (f"V-{n}" for n in range(400)) if partition_of(visit.encode(), 4) == 0]


class Line:
    """A broker that a test can stop and start, an engine, and a worker."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.broker = start_kafka(settings.home, settings.kafka_bootstrap)
        ensure_topics(settings)
        self.worker = start_worker(settings)

    def cross(self, first: int, count: int) -> None:
        """Let visits cross, one line of goods each, all in one partition."""
        numbers = range(first, first + count)
        events = [crossing(n + 1, VISITS[n], "crossed", n * 1000) for n in numbers]
        asyncio.run(publish(self.settings, events))

    def drained(self) -> bool:
        """Wait until all that was sent is stored and committed."""
        return asyncio.run(drained(self.settings, _PATIENCE_S)) == {}

    def lines(self) -> int:
        """Count the lines of goods that stand in the views."""
        rows = connect_reader(self.settings).query("SELECT sum(lines) FROM kpi.trade_by_day").result_rows
        return int(rows[0][0])


@pytest.fixture
def line(tmp_path: Path) -> Iterator[Line]:
    """Run everything for one test."""
    with running(tmp_path) as started:
        yield started


@contextmanager
def running(home: Path) -> Iterator[Line]:
    """Start a line and stop what is left of it."""
    with migrated_clickhouse(home) as engine:
        address = {"kafka_bootstrap": f"127.0.0.1:{free_port()}"}
        started = Line(engine.model_copy(update=address))
        try:
            yield started
        finally:
            stop(started.worker)
            stop(started.broker)


def test_a_log_that_shrinks_under_a_worker_is_refused_until_it_is_accepted(line: Line) -> None:
    """The worker stops with the way out; once an operator accepted the new log, every event counts."""
    line.cross(0, 40)
    assert line.drained()
    stop(line.broker)
    for log in line.settings.home.rglob("gate.crossing-0"):
        for file in log.iterdir():
            if file.name != "partition.metadata":
                file.unlink() if file.is_file() else shutil.rmtree(file)
    line.broker = start_kafka(line.settings.home, line.settings.kafka_bootstrap)
    line.cross(40, 10)

    assert 1 == line.worker.wait(_PATIENCE_S)
    assert 40 == line.lines()
    assert "--accept-new-log gate.crossing" in (line.settings.home / "worker.log").read_text()
    assert 0 == kpi(line.settings, "migrate", "--accept-new-log", "gate.crossing").returncode
    line.worker = start_worker(line.settings)
    assert line.drained()
    assert 50 == line.lines()
    assert 0 == kpi(line.settings, "verify").returncode


def test_a_record_that_compression_brought_in_is_a_dead_letter_and_the_rest_goes_on(line: Line) -> None:
    """9 MiB that travelled as a few KiB become a dead letter `too_large`; what comes after is stored."""
    asyncio.run(send_spaces(line.settings, 9 * _MIB))
    line.cross(0, 1)

    assert line.drained()
    rows = (
        connect_reader(line.settings)
        .query("SELECT reason, length(payload) FROM kpi.dead_letters")
        .result_rows
    )
    assert [("too_large", 8 * _MIB)] == [tuple(row) for row in rows]


async def send_spaces(settings: Settings, length: int) -> None:
    """Send that many spaces, compressed."""
    producer = AIOKafkaProducer(
        bootstrap_servers=settings.kafka_bootstrap, compression_type="gzip", max_request_size=64 * _MIB
    )
    await producer.start()
    try:
        await producer.send_and_wait("gate.state", key=b"kim-thanh", value=b" " * length)
    finally:
        await producer.stop()


def test_a_worker_without_a_broker_says_so_and_exits_with_three(tmp_path: Path) -> None:
    """A dependency that is down at the start is one clear line and exit code 3."""
    with migrated_clickhouse(tmp_path) as engine:
        settings = engine.model_copy(update={"kafka_bootstrap": f"127.0.0.1:{free_port()}"})
        ended = kpi(settings, "worker")

    assert 3 == ended.returncode
    assert f"Kafka does not answer at {settings.kafka_bootstrap}" in ended.stderr
    assert "Traceback" not in ended.stderr
