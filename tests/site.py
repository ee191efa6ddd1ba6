"""A site of its own for a test: topics, a database, a worker at times, on servers that tests share."""

import asyncio
import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewPartitions, RecordsToDelete

from streams.clickhouse import connect_reader
from streams.core.record import PartitionId, Record
from streams.health import drained
from streams.kafka_admin import ensure_topics, partition_counts
from streams.migrate import live_generation
from streams.settings import Settings
from streams.topics import TOPIC_OF_TYPE
from tests.events import record_of
from tests.forked import Forked
from tests.line import kpi, publish, start_worker
from tests.migrated import copy_database
from tests.oracle import Rows, expected
from tests.partials import stored_rows
from tests.servers import stop

PATIENCE_S = 60


class Site:
    """Sends events, lets workers work, and tells what stands."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        copy_database(settings)
        ensure_topics(settings)

    def send(self, events: list[dict[str, Any]], raw: Iterable[bytes] = ()) -> None:
        """Send events where they belong, and bytes that break the contract."""
        asyncio.run(publish(self.settings, events, list(raw)))

    def send_in_a_transaction(self, *events: dict[str, Any], abort: bool = False) -> None:
        """Send events of one topic in a transaction: a marker lies behind them, which is no record."""
        asyncio.run(self._send_in_a_transaction(events, abort=abort))

    async def _send_in_a_transaction(self, events: Iterable[dict[str, Any]], *, abort: bool) -> None:
        producer = AIOKafkaProducer(
            bootstrap_servers=self.settings.kafka_bootstrap, transactional_id=self.settings.database
        )
        await producer.start()
        try:
            await producer.begin_transaction()
            for event in events:
                topic, key = self.settings.topic(TOPIC_OF_TYPE[event["type"]]), event["subject"].encode()
                await producer.send_and_wait(topic, key=key, value=json.dumps(event).encode())
            await (producer.abort_transaction() if abort else producer.commit_transaction())
        finally:
            await producer.stop()

    def work(self) -> None:
        """Let a worker store all that was sent, and stop it."""
        with self.worker() as worker:
            missing = asyncio.run(drained(self.settings, PATIENCE_S))
            assert {} == missing, self.log()
            assert worker.poll() is None, self.log()

    @contextmanager
    def worker(self) -> Iterator[Forked]:
        """Run a worker."""
        worker = start_worker(self.settings)
        try:
            yield worker
        finally:
            stop(worker)

    def refusal(self) -> str:
        """Start a worker that must refuse, and give its last words."""
        before = len(self.log())
        with self.worker() as worker:
            assert 1 == worker.wait(PATIENCE_S), self.log()
        return self.log()[before:]

    def log(self) -> str:
        """Give what the workers said."""
        file = self.settings.home / "worker.log"
        return file.read_text() if file.is_file() else ""

    def kpi(self, *arguments: str) -> str:
        """Run a command that must succeed, and give what it says."""
        done = kpi(self.settings, *arguments)
        assert 0 == done.returncode, done.stdout + done.stderr
        return done.stdout

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        """Ask the public views."""
        client = connect_reader(self.settings)
        client.database = self.settings.database
        try:
            return [tuple(row) for row in client.query(sql).result_rows]
        finally:
            client.close()

    def generation(self) -> str:
        """Name the live generation."""
        client = connect_reader(self.settings)
        try:
            return live_generation(client, self.settings)
        finally:
            client.close()

    def rows(self) -> dict[Any, dict[Any, int]]:
        """Give every partial row of the live generation; what was redriven counts as what came late.

        Which records were redriven only their headers say, and `rows_of` is given events.
        """
        rows: dict[Any, dict[Any, int]] = {}
        for (table, window, dimensions), measures in stored_rows(self.settings).items():
            key = table, window, tuple("late" if part == "redriven" else part for part in dimensions)
            row = rows.setdefault(key, {})
            row |= {name: row.get(name, 0) + amount for name, amount in measures.items()}
        return rows

    def raise_partitions(self, topic: str, count: int) -> None:
        """Give a topic more partitions, as `kafka-topics --alter` does."""
        wanted = {self.settings.topic(topic): NewPartitions(count)}
        asyncio.run(self._with_admin("create_partitions", wanted))
        while asyncio.run(partition_counts(self.settings))[topic] != count:
            pass

    def delete_topic(self, topic: str) -> None:
        """Delete a topic and wait until it is gone."""
        asyncio.run(self._delete_topic(self.settings.topic(topic)))

    async def _delete_topic(self, name: str) -> None:
        await self._with_admin("delete_topics", [name])
        while name in await self._with_admin("list_topics"):  # noqa: ASYNC110 - only asking tells
            await asyncio.sleep(0.1)

    def delete_records(self, topic: str, partition: int, before: int) -> None:
        """Delete the records of a partition before an offset, as an operator or a full disk's rescue does."""
        at = TopicPartition(self.settings.topic(topic), partition)
        asyncio.run(self._with_admin("delete_records", {at: RecordsToDelete(before)}))

    async def _with_admin(self, action: str, *arguments: Any) -> Any:
        admin = AIOKafkaAdminClient(bootstrap_servers=self.settings.kafka_bootstrap)
        await admin.start()
        try:
            return await getattr(admin, action)(*arguments)
        finally:
            await admin.close()


def rows_of(events: Iterable[dict[str, Any]]) -> Rows:
    """Let the oracle compute every row of events, each sent once: where they lie does not matter."""
    partitions: dict[PartitionId, list[Record]] = {}
    for event in events:
        record = record_of(event, partition=0)
        partitions.setdefault(record.partition, []).append(record)
    return expected(partitions)
