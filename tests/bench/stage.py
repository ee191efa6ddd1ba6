"""A broker with topics full of events and an engine, on which contenders run one after the other."""

import asyncio
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final

import psutil
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from producers.publisher import Message, Publisher
from streams import clock
from streams.clickhouse_client import scalar, writer
from streams.core.record import PartitionId, Record
from streams.kafka_admin import admin_client, ensure_topics, partition_counts
from streams.resources import checkout
from streams.settings import Settings
from tests.bench import jvm
from tests.bench.contenders import KAFKA_STREAMS, Contender, environment_of
from tests.bench.marks import Mark, Reading, marks_of, sample_of
from tests.bench.measure import Sample, cpu_seconds
from tests.driver import Batch, records_of
from tests.migrated import copy_database
from tests.oracle import expected
from tests.partials import stored_rows
from tests.servers import stop

_POLL_S: Final = 0.2
# The first and the last of a process do not count.
_LEAST_BATCHES: Final = 4
# To start, and for what is stored by then to be committed.
_PATIENCE_S: Final = 120.0
_CHUNK: Final = 5_000


class Lane:
    """The topics of one load: what lies in them, and how long a contender is watched at it (seconds)."""

    def __init__(
        self, settings: Settings, engine: psutil.Process, batches: Sequence[Batch], limit_s: float
    ) -> None:
        self.settings = settings
        self._engine = engine
        self._limit_s = limit_s
        self._runs = 0
        self._partitions: dict[PartitionId, list[Record]] = {}
        for batch in batches:
            for partition, records in batch.items():
                self._partitions.setdefault(partition, []).extend(records)
        self.events = sum(map(len, self._partitions.values()))
        ensure_topics(settings)
        asyncio.run(_publish(settings, list(records_of(batches))))

    def measure(self, contender: Contender) -> Sample:
        """Run a contender from the start of the topics to their end, or to the limit."""
        with self._run(contender) as (settings, logs, processes):
            readings = self._watch(processes, logs)
            if self._stored(logs) >= self.events:
                self._check_whole(contender, settings)
            return sample_of([_marks(log, settled=True) for log in logs], readings)

    def check(self, contender: Contender) -> None:
        """Run a contender to the end: its sums are the oracle's, and what it says is done is committed."""
        with self._run(contender) as (settings, logs, processes):
            self._watch(processes, logs)
            self._check_whole(contender, settings)
            wanted = expected(self._partitions)
            if contender.writes:
                assert wanted == stored_rows(settings), contender.name
            if contender == KAFKA_STREAMS:
                stop(processes[0])
                assert jvm.as_sums(wanted) == jvm.sums(settings), contender.name

    @contextmanager
    def _run(
        self, contender: Contender
    ) -> Iterator[tuple[Settings, list[Path], list[subprocess.Popen[bytes]]]]:
        """Start the processes on an empty database, in a group that has read nothing; leave none of it."""
        self._runs += 1
        database = f"{self.settings.database}_{self._runs}"
        settings = self.settings.model_copy(update={"database": database})
        copy_database(settings)
        logs = [settings.home / f"{database}-{number}.log" for number in range(contender.processes)]
        try:
            with ExitStack() as running:
                processes = [start(contender, settings, log) for log in logs]
                for process in processes:
                    running.callback(stop, process)
                yield settings, logs, processes
        finally:
            asyncio.run(_read_anew(settings))
            with writer(settings) as client:
                client.command(f"DROP DATABASE {database}")
                client.command(f"DROP DATABASE {database}_g1")

    def _watch(self, processes: Sequence[subprocess.Popen[bytes]], logs: Sequence[Path]) -> list[Reading]:
        """Wait until all is stored, or the limit is reached, and note the CPU meanwhile."""
        readings: list[Reading] = []
        deadline = clock.monotonic() + self._limit_s + _PATIENCE_S
        while True:
            readings.append(self._reading(processes))
            marks = [_marks(log) for log in logs]
            if self._stored(logs) >= self.events:
                return readings
            if all(
                len(told) >= _LEAST_BATCHES and time.time() - told[0].at > self._limit_s for told in marks
            ):
                return readings
            if clock.monotonic() > deadline or any(p.poll() is not None for p in processes):
                raise AssertionError("\n".join(log.read_text()[-4_000:] for log in logs))
            time.sleep(_POLL_S)

    def _reading(self, processes: Sequence[subprocess.Popen[bytes]]) -> Reading:
        own = sum(cpu_seconds(psutil.Process(process.pid)) for process in processes)
        return Reading(time.time(), own, cpu_seconds(self._engine))

    @staticmethod
    def _stored(logs: Sequence[Path]) -> int:
        return sum(mark.records for log in logs for mark in _marks(log))

    def _check_whole(self, contender: Contender, settings: Settings) -> None:
        """Look whether everything is committed and stored, each event once."""
        if contender.commits:
            self._wait_until_committed(settings)
        if not contender.writes:
            return
        # Some are sent twice, byte for byte.
        sent = {record.value for records in self._partitions.values() for record in records}
        with writer(settings, f"{settings.database}_g1") as client:
            assert len(sent) == scalar(client, "SELECT count() FROM events FINAL")

    def _wait_until_committed(self, settings: Settings) -> None:
        ends = {partition: len(records) for partition, records in self._partitions.items()}
        deadline = clock.monotonic() + _PATIENCE_S
        while (committed := asyncio.run(_committed(settings))) != ends:
            assert clock.monotonic() < deadline, f"committed {committed}, and not {ends}"
            time.sleep(_POLL_S)


def start(contender: Contender, settings: Settings, log: Path) -> subprocess.Popen[bytes]:
    """Start one process of a contender, which logs into a file."""
    with log.open("ab") as output:
        return subprocess.Popen(
            contender.command(),
            env=environment_of(settings),
            cwd=checkout(),
            stdout=output,
            stderr=subprocess.STDOUT,
        )


def _marks(log: Path, *, settled: bool = False) -> list[Mark]:
    with log.open(encoding="utf-8", errors="replace") as lines:
        return marks_of(lines, settled=settled)


async def _publish(settings: Settings, records: Sequence[Record]) -> None:
    async with Publisher(settings) as publisher:
        for start in range(0, len(records), _CHUNK):
            await publisher.publish(
                Message(record.partition.topic, record.key, record.value or b"")
                for record in records[start : start + _CHUNK]
            )


async def _committed(settings: Settings) -> dict[PartitionId, int]:
    async with admin_client(settings) as admin:
        found = await admin.list_consumer_group_offsets(settings.worker_group)
    return {
        PartitionId(tp.topic.removeprefix(settings.topic_prefix), tp.partition): entry.offset
        for tp, entry in found.items()
        if entry.offset > 0
    }


async def _read_anew(settings: Settings) -> None:
    """Let the group begin at the start of the topics again, once its last member has left."""
    consumer = AIOKafkaConsumer(
        bootstrap_servers=settings.kafka_bootstrap, group_id=settings.worker_group, enable_auto_commit=False
    )
    await consumer.start()
    try:
        counts = await partition_counts(settings)
        places = [
            TopicPartition(settings.topic(topic), number)
            for topic, count in counts.items()
            for number in range(count)
        ]
        consumer.assign(places)
        while not await _committed_zero(consumer, places):  # noqa: ASYNC110 - only asking tells
            await asyncio.sleep(_POLL_S)
    finally:
        await consumer.stop()


async def _committed_zero(consumer: AIOKafkaConsumer, places: Sequence[TopicPartition]) -> bool:
    try:
        await consumer.commit(dict.fromkeys(places, 0))
    except KafkaError:
        return False
    return True
