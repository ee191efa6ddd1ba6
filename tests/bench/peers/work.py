"""The work that every peer does with what it read: the service's own decoding, folding and storing.

A peer brings its own way to consume, to batch and to commit, and nothing else of the worker's. What is
compared is so what it costs to drive the same work to the same rows.
"""

import asyncio
import gc
import json
import sys
from collections import defaultdict
from collections.abc import Iterable, Sequence

from streams import clock
from streams.agents import fold_batch
from streams.batches import Batch
from streams.clickhouse import connect_writer
from streams.core.decode import DeadLetter
from streams.core.record import Headers, PartitionId, Record
from streams.logs import configure_logs
from streams.migrate import live_generation
from streams.pipeline import COLLECTOR_THRESHOLDS, Pipeline
from streams.registry import load_registry
from streams.settings import Settings, load_settings
from streams.store import ClickHouseStore
from streams.topics import DEFAULT_PARTITIONS, EVENT_TOPICS

#: Records of a batch: what the worker takes at once, too.
BATCH_RECORDS = 10_000
#: How long a batch that is not full waits for more.
BATCH_S = 1.0


class _NoLetters:
    """The bench sends no bad record: one that is found is a mistake of the bench."""

    async def publish(self, letters: Sequence[DeadLetter]) -> None:
        raise AssertionError(letters[0].detail)


class Work:
    """Stores batches as the worker does, and logs each as the worker does."""

    def __init__(self) -> None:
        self.settings = start()
        gc.set_threshold(*COLLECTOR_THRESHOLDS)
        client = connect_writer(self.settings)
        self._store = ClickHouseStore(client, live_generation(client, self.settings))
        self._pipeline = Pipeline(self._store, _NoLetters(), load_registry(self.settings.registry))
        for topic, count in DEFAULT_PARTITIONS.items():
            for number in range(count):
                self._pipeline.assign(PartitionId(topic, number), set())
        self._loop: asyncio.AbstractEventLoop | None = None

    async def open(self) -> None:
        """Learn the columns of the tables."""
        await self._store.open()

    async def store(self, records: Iterable[Record]) -> None:
        """Return once ClickHouse confirmed all that the records lead to."""
        by_partition: defaultdict[PartitionId, list[Record]] = defaultdict(list)
        for record in records:
            by_partition[record.partition].append(record)
        if by_partition:
            slices = [self._pipeline.decode(partition, part) for partition, part in by_partition.items()]
            await fold_batch(self._pipeline, Batch(slices, 0))

    def store_now(self, records: Iterable[Record]) -> None:
        """Do the same for a peer that has no event loop."""
        if self._loop is None:
            self._loop = asyncio.new_event_loop()
            self._loop.run_until_complete(self.open())
        self._loop.run_until_complete(self.store(records))

    def record(  # noqa: PLR0913, PLR0917 - what Kafka tells of a record
        self,
        topic: str,
        partition: int,
        offset: int,
        received_ms: int,
        key: bytes | None,
        value: bytes | None,
        headers: Headers | None = (),
    ) -> Record:
        """Give a record as the pipeline takes it."""
        place = PartitionId(topic.removeprefix(self.settings.topic_prefix), partition)
        return Record(place, offset, offset, received_ms, key, value, headers or (), 1)


def start() -> Settings:
    """Read the settings and log as the worker does."""
    settings = load_settings()
    configure_logs(settings.log_level, settings.log_format)
    return settings


def topics(settings: Settings) -> list[str]:
    """Name the topics of the events."""
    return [settings.topic(name) for name in EVENT_TOPICS]


def log_read(records: int) -> None:
    """Log what a peer that stores nothing has read; a logger would cost ten times as much."""
    entry = {"event": "batch_stored", "records": records, "timestamp": clock.now().isoformat()}
    sys.stdout.write(json.dumps(entry) + "\n")
    sys.stdout.flush()
