"""The store: ClickHouse as the Processor's memory and the KPIs' home.

Every method returns once ClickHouse confirmed; what is broken outside (network, overload, a full disk) is
tried again for as long as it takes, anything else is a bug and raises.
"""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from typing import Final

from clickhouse_connect.driver.client import Client

from streams import clock
from streams.core.decode import DeadLetter
from streams.core.processor import Outcome
from streams.core.record import PartitionId
from streams.dependency import LONGEST_WAIT_S
from streams.errors import DependencyDownError, RefusedError
from streams.inserts import Insert, encode, send
from streams.metrics import WRITE_SECONDS
from streams.pipeline import InterruptedWriteError, Slice
from streams.store_columns import Columns, dead_letter_columns, fingerprint, tables_of
from streams.store_lookups import PartitionStart, StoreLookups

_FIRST_PAUSE_S: Final = 0.1


class ClickHouseStore(StoreLookups):
    """The pipeline's store over one generation's database."""

    def __init__(self, client: Client, generation: str) -> None:
        super().__init__(client, generation)
        self._types: dict[str, dict[str, str]] = {}
        self._consumed: dict[PartitionId, int] = {}
        self._rewrites = 0

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

    async def partition_starts(
        self, partitions: Collection[PartitionId]
    ) -> dict[PartitionId, PartitionStart]:
        """Tell where partitions stand: the base of each, and how far it is stored."""
        starts = await super().partition_starts(partitions)
        for partition, start in starts.items():
            self._consumed[partition] = start.consumed.position if start.consumed else -1
        return starts

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
            UnfitError: a value does not fit its column; nothing is stored.
            DependencyDownError: ClickHouse holds less than it confirmed.
        """
        tables = tables_of(outcomes).items()
        encoding = asyncio.gather(*(self._encode(name, columns) for name, columns in tables))
        # Before anything is sent: a row folded without what the copy lacks would hide it from who catches up.
        _, inserts = await asyncio.gather(
            self._check_restored([outcome.partition for outcome in outcomes]), encoding
        )
        await asyncio.gather(*map(self._send, inserts))

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
            InterruptedWriteError: an insert or a look-up of the batch failed before; the engine may have come
                back without inserts that it had confirmed.
        """
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
        insert = await self._encode("consumed", columns)
        with WRITE_SECONDS.labels("consumed").time():
            try:
                await self.clickhouse.call(lambda: self._record_once(insert))
            except InterruptedWriteError:
                await self._pause()
                raise
        self._rewrites = 0
        self._consumed |= {record.partition: record.position for record in last}

    async def _pause(self) -> None:
        """Let a batch that is to be written again and again wait longer each time; at first, not at all."""
        await asyncio.sleep(min(LONGEST_WAIT_S, _FIRST_PAUSE_S * (2**self._rewrites - 1)))
        self._rewrites += 1

    async def _record_once(self, insert: Insert) -> None:
        if self._interrupted:
            self._interrupted = False
            raise InterruptedWriteError
        await self._send_once(insert)

    async def _insert(self, table: str, columns: Columns) -> None:
        await self._send(await self._encode(table, columns))

    async def _encode(self, table: str, columns: Columns) -> Insert:
        types = self._types[table]
        return await asyncio.to_thread(encode, self._client, self._generation, table, columns, types)

    async def _send(self, insert: Insert) -> None:
        with WRITE_SECONDS.labels(insert.table).time():
            await self.clickhouse.call(lambda: self._send_once(insert))

    async def _send_once(self, insert: Insert) -> None:
        await self._ask(lambda: send(self._client, insert))
