"""The whole line: publisher, real Kafka, a real worker, the real engine, the views behind the wall."""

import asyncio
import subprocess
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition

from streams import clock
from streams.clickhouse import connect_reader
from streams.core.record import PartitionId, Record
from streams.health import drained
from streams.kafka_admin import ensure_topics
from streams.migrate import migrate
from streams.ports import free_port
from streams.registry import load_registry
from streams.settings import Settings
from streams.topics import EVENT_TOPICS
from tests.events import correction, crossing, goods, output
from tests.forked import Forked
from tests.line import environment, kpi, publish, start_worker
from tests.oracle import Rows, expected
from tests.partials import stored_rows
from tests.servers import local_clickhouse, local_kafka, start_clickhouse, start_kafka, stop

pytestmark = pytest.mark.integration
_DRAIN_S = 120


@pytest.fixture(scope="module")
def line(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """Run broker, engine, migrations and topics."""
    home = tmp_path_factory.mktemp("line")
    with local_kafka(home) as bootstrap, local_clickhouse(home) as engine:
        settings = engine.model_copy(update={"kafka_bootstrap": bootstrap})
        migrate(settings, load_registry())
        ensure_topics(settings)
        yield settings


def hand_made() -> list[dict[str, Any]]:
    """Give what the simulated world lacks: conflicts, corrections, an id sent twice with other content."""
    first = crossing(900_001, "X-1", "crossed", 1000, goods=[goods(700), goods(300, "310530", "import")])
    return [
        crossing(900_002, "X-1", "arrived", 0),
        first,
        {**first, "source": "/vn/laocai/ho-kieu/booth-1"},
        crossing(
            900_003, "X-1", "crossed", 86_400_000, goods=[goods(900)], **correction("amend", 900_001, 1000)
        ),
        crossing(900_004, "X-2", "booth_start", 50_000),
        crossing(900_005, "X-2", "booth_end", 10_000),
        crossing(900_006, "X-3", "arrived", 5_000),
        output(900_007, 3, 5),
        output(900_008, 3, 6),
        output(900_009, 4, 7),
        output(900_010, 4, 7, **correction("cancel", 900_009, 1_500_000)),
    ]


async def read_topics(settings: Settings) -> dict[PartitionId, list[Record]]:
    """Read every event topic from offset 0 with nothing but a plain consumer."""
    consumer = AIOKafkaConsumer(bootstrap_servers=settings.kafka_bootstrap, auto_offset_reset="earliest")
    await consumer.start()
    try:
        partitions = {
            TopicPartition(settings.topic(name), number): PartitionId(name, number)
            for name, topic in EVENT_TOPICS.items()
            for number in range(topic.partitions)
        }
        consumer.assign(list(partitions))
        ends = await consumer.end_offsets(list(partitions))
        log: dict[PartitionId, list[Record]] = {partition: [] for partition in partitions.values()}
        while any(len(log[partitions[tp]]) < end for tp, end in ends.items()):
            for tp, messages in (await consumer.getmany(timeout_ms=500)).items():
                for m in messages:
                    record = Record(partitions[tp], m.offset, m.offset, m.timestamp, m.key, m.value)
                    log[partitions[tp]].append(record)
        return log
    finally:
        await consumer.stop()


def test_every_number_on_the_line_is_the_oracles(line: Settings, tmp_path: Path) -> None:
    """Through a kill -9 of the worker, every row is what the oracle computes, and verify agrees."""
    day = tmp_path / "day.ndjson"
    made = kpi(line, "produce", "simulate", "--from", "2026-01-05", "--to", "2026-01-06", "--out", str(day))
    assert made.returncode == 0, made.stderr
    worker = start_worker(line)
    sent = kpi(line, "produce", "file", str(day))
    assert sent.returncode == 0, sent.stderr
    asyncio.run(publish(line, hand_made()[:5], []))
    worker.kill()
    worker.wait()
    asyncio.run(publish(line, hand_made()[5:], [b"not json", b"{}"]))
    worker = start_worker(line)
    try:
        missing = asyncio.run(drained(line, _DRAIN_S))
        assert {} == missing, (line.home / "worker.log").read_text()[-3000:]
    finally:
        stop(worker)

    assert expected(asyncio.run(read_good(line))) == stored_rows(line)
    assert 0 == kpi(line, "verify").returncode
    assert 0 == worker.returncode


def test_no_offset_is_lost_and_the_dead_keep_their_bytes(line: Settings) -> None:
    """Every offset is stored, dead, or an id stored at a lower position; the dead are as they came."""
    client = connect_reader(line)
    log = asyncio.run(read_topics(line))
    stored = set(client.query("SELECT topic, partition, offset FROM kpi.events").result_rows)
    dead = client.query("SELECT topic, partition, offset, reason, payload FROM kpi.dead_letters").result_rows
    offsets = {(*partition, record.offset) for partition, records in log.items() for record in records}

    assert {"not json", "{}"} == {payload for *_, payload in dead}
    assert {"not_json", "not_cloudevent"} == {reason for *_, reason, _ in dead}
    resent = offsets - stored - {tuple(row[:3]) for row in dead}
    kinds = client.query("SELECT kind, count() FROM kpi.findings GROUP BY kind").result_rows
    assert 1 <= len(resent)
    assert {"conflict", "negative_interval", "resent_differs"} <= {kind for kind, _ in kinds}


def _total(rows: Rows, table: str, measure: str) -> int:
    return sum(measures.get(measure, 0) for key, measures in rows.items() if key[0] == table)


def test_progress_is_an_independent_sum_of_the_events(line: Settings) -> None:
    """The view behind the wall's gauges sums what crossed, was made and was paid in the year, to the cent."""
    targets = kpi(line, "targets", "apply")
    assert targets.returncode == 0, targets.stderr
    worker = start_worker(line)
    try:
        assert {} == asyncio.run(drained(line, _DRAIN_S))
    finally:
        stop(worker)
    rows = expected(asyncio.run(read_good(line)))
    trade, made = _total(rows, "trade_day", "value_usd_minor"), _total(rows, "output_day", "value_vnd")
    paid = _total(rows, "revenue_day", "duty_vnd") + _total(rows, "revenue_day", "fee_vnd")
    sql = """SELECT indicator, target_minor, actual_minor FROM kpi.progress
             WHERE scope = 'lao-cai' AND year = {year:UInt16} ORDER BY indicator"""
    progress = (
        connect_reader(line)
        .query(sql, parameters={"year": datetime(2026, 1, 5, tzinfo=UTC).year})
        .result_rows
    )

    assert [
        ("budget_revenue", 1_896_600_000_000, paid),
        ("industrial_output", 51_100_000_000_000, made),
        ("trade_value", 500_000_000_000, trade),
    ] == [tuple(row) for row in progress]


async def read_good(settings: Settings) -> dict[PartitionId, list[Record]]:
    """Read the topics without what is no event."""
    log = await read_topics(settings)
    return {
        partition: [record for record in records if record.value not in (b"not json", b"{}")]
        for partition, records in log.items()
    }


@pytest.mark.long
def test_kill_9_of_each_part_loses_and_doubles_nothing(tmp_path: Path) -> None:
    """Engine, broker and worker are killed while events flow; once they are back all rows are right."""
    bootstrap, url = f"127.0.0.1:{free_port()}", f"http://127.0.0.1:{free_port()}"
    running: dict[str, subprocess.Popen[bytes] | Forked] = {
        "kafka": start_kafka(tmp_path, bootstrap),
        "engine": start_clickhouse(tmp_path, url),
    }
    settings = Settings(_env_file=None, home=tmp_path, kafka_bootstrap=bootstrap, clickhouse_url=url)
    try:
        migrate(settings, load_registry())
        ensure_topics(settings)
        running["worker"] = start_worker(settings)
        span = ["--from", "2026-01-05", "--to", "2026-01-05T12:00", "--rate", "700"]
        producer = Forked(("produce", "simulate", *span), environment(settings), tmp_path / "producer.log")
        running["producer"] = producer
        restarts: list[tuple[str, Callable[[], subprocess.Popen[bytes] | Forked]]] = [
            ("engine", lambda: start_clickhouse(tmp_path, url)),
            ("kafka", lambda: start_kafka(tmp_path, bootstrap)),
            ("worker", lambda: start_worker(settings)),
        ]
        for part, restart in restarts:
            wait_for_more_events(settings, running["worker"])
            running[part].kill()
            running[part].wait()
            running[part] = restart()
        assert 0 == producer.wait(_DRAIN_S)
        assert {} == asyncio.run(drained(settings, _DRAIN_S)), (tmp_path / "worker.log").read_text()[-3000:]
        assert expected(asyncio.run(read_topics(settings))) == stored_rows(settings)
        assert 0 == kpi(settings, "verify").returncode
    finally:
        for process in reversed(running.values()):
            stop(process)


def wait_for_more_events(settings: Settings, worker: subprocess.Popen[bytes] | Forked) -> None:
    """Wait until the worker has stored events that were not there before."""
    client = connect_reader(settings)
    count = before = client.command("SELECT count() FROM kpi.events")
    deadline = clock.monotonic() + _DRAIN_S
    while count == before:
        assert clock.monotonic() < deadline
        assert worker.poll() is None
        count = client.command("SELECT count() FROM kpi.events")
