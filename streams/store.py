"""The store: ClickHouse as the Processor's memory and the KPIs' home.

Every method returns once ClickHouse confirmed; what is broken outside (network, overload, a full disk) is
tried again for as long as it takes, anything else is a bug and raises.
"""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Final

from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import OperationalError

from streams import clock
from streams.core.decode import DeadLetter
from streams.core.processor import Outcome
from streams.core.record import PartitionId
from streams.errors import DependencyDownError, RefusedError
from streams.metrics import WRITE_SECONDS
from streams.pipeline import InterruptedWriteError, Slice
from streams.retry import attempts, is_transient
from streams.store_columns import Columns, dead_letter_columns, fingerprint, tables_of
from streams.store_lookups import PartitionStart, StoreLookups

# A batch of history may touch every month of a century, which is no sign of a mistake here.
_INSERT_SETTINGS: Final = {"async_insert": 0, "max_partitions_per_insert_block": 0}


class ShortWriteError(OperationalError):
    """ClickHouse confirmed fewer rows than were sent; the same rows are sent again."""


class ClickHouseStore(StoreLookups):
    """The pipeline's store over one generation's database."""

    def __init__(self, client: Client, generation: str) -> None:
        super().__init__(client, generation)
        self._types: dict[str, dict[str, str]] = {}
        self._consumed: dict[PartitionId, int] = {}
        self._interrupted = False

    async def open(self) -> None:
        """Read the types of all columns once, so that no insert has to ask."""
        rows = await self._query(
            "SELECT table, name, type FROM system.columns WHERE database = %(database)s",
            {"database": self._generation},
        )
        for table, name, kind in rows:
            self._types.setdefault(table, {})[name] = kind
        if not self._types:
            raise RefusedError(f"database {self._generation} has no tables; run: kpi migrate")

    async def partition_start(self, partition: PartitionId) -> PartitionStart:
        """Tell where a partition stands: its base, and how far it is stored."""
        start = await super().partition_start(partition)
        self._consumed[partition] = start.consumed.position if start.consumed else -1
        return start

    async def record_about_generation(self, facts: Mapping[str, str]) -> None:
        """Record facts of the generation."""
        now = clock.now_ms()
        columns: Columns = {
            "name": list(facts),
            "value": list(facts.values()),
            "recorded_at": [now] * len(facts),
        }
        await self._insert("generation", columns)

    async def write_dead(self, letters: Sequence[DeadLetter]) -> None:
        """Store dead letters."""
        await self._insert("dead_letters", dead_letter_columns(letters))

    async def write(self, outcomes: Sequence[Outcome]) -> None:
        """Store all that a batch leads to, the tables side by side.

        Raises:
            DependencyDownError: ClickHouse holds less than it confirmed.
        """
        writes = [self._insert(name, columns) for name, columns in tables_of(outcomes).items()]
        await asyncio.gather(self._check_restored([outcome.partition for outcome in outcomes]), *writes)

    async def _check_restored(self, partitions: Sequence[PartitionId]) -> None:
        """Notice an engine that was put back to an older copy: what is remembered is ahead of it."""
        stored = await self.highest_consumed(partitions)
        for partition in partitions:
            if stored.get(partition, -1) < self._consumed.get(partition, -1):
                raise DependencyDownError(
                    f"ClickHouse holds less of {partition.topic}/{partition.partition} than it confirmed:"
                    " it was restored, or lost its last writes; a worker that starts again catches up"
                )

    async def write_consumed(self, slices: Sequence[Slice]) -> None:
        """Record how far each partition is stored; one row a partition.

        Raises:
            InterruptedWriteError: an insert of the batch failed before; the engine may have come back without
                those that it had confirmed.
        """
        if self._interrupted:
            self._interrupted = False
            raise InterruptedWriteError
        last = [part.records[-1] for part in slices]
        now = clock.now_ms()
        columns: Columns = {
            "topic": [record.partition.topic for record in last],
            "partition": [record.partition.partition for record in last],
            "position": [record.position for record in last],
            "offset": [record.offset for record in last],
            "fingerprint": [fingerprint(record) for record in last],
            "updated_at": [now] * len(last),
        }
        try:
            with WRITE_SECONDS.labels("consumed").time():
                await self._insert_once("consumed", columns)
        except Exception as error:
            if not is_transient(error):
                raise
            raise InterruptedWriteError from error
        self._consumed |= {record.partition: record.position for record in last}

    async def _insert(self, table: str, columns: Columns) -> None:
        with WRITE_SECONDS.labels(table).time():
            await self._insert_until_confirmed(table, columns)

    async def _insert_until_confirmed(self, table: str, columns: Columns) -> None:
        async for attempt in attempts():
            with attempt:
                self._interrupted |= attempt.num > 1
                await self._insert_once(table, columns)

    async def _insert_once(self, table: str, columns: Columns) -> None:
        types = self._types[table]
        names = list(columns)
        summary = await asyncio.to_thread(
            self._client.insert,
            table,
            list(columns.values()),
            names,
            database=self._generation,
            column_type_names=[types[name] for name in names],
            column_oriented=True,
            settings=_INSERT_SETTINGS,
        )
        expected = len(columns[names[0]])
        # Rows of materialized views count too.
        if summary.written_rows < expected:
            raise ShortWriteError(f"{table}: {summary.written_rows} of {expected} rows confirmed")
