"""Where a replay reads: pages of records, each partition's in the order of their positions."""

import asyncio
from collections.abc import AsyncGenerator, Iterator, Mapping
from pathlib import Path
from typing import Final, NamedTuple, Protocol

from streams.core.decode import Accepted, DeadLetter, decode
from streams.core.record import PartitionId, Record
from streams.registry import Registry
from streams.replay.capture import read_capture
from streams.replay.selection import Selection

PAGE: Final = 10_000
# The last position of each partition that is done.
Done = Mapping[PartitionId, int]


class Share(NamedTuple):
    """The part of the partitions that one of several processes reads."""

    number: int = 0
    of: int = 1

    def has(self, partition: PartitionId) -> bool:
        """Tell whether a partition is in it."""
        return partition.partition % self.of == self.number


class Source(Protocol):
    """What a replay reads; it does not change, however often it is read."""

    async def count(self) -> int:
        """Count the records that are still to be looked at; 0: only reading tells."""

    def pages(self, share: Share, done: Done) -> AsyncGenerator[list[Record], None]:
        """Give the records of a share that come after what is done."""


async def ahead(pages: Iterator[list[Record]]) -> AsyncGenerator[list[Record], None]:
    """Read the next page in a thread while the caller works on the last one."""
    coming = asyncio.create_task(asyncio.to_thread(next, pages, None))
    try:
        while (page := await coming) is not None:
            coming = asyncio.create_task(asyncio.to_thread(next, pages, None))
            yield page
    finally:
        await asyncio.wait([coming])


class CaptureFile:
    """A file of captured records."""

    def __init__(self, path: Path, partitions: Mapping[str, int], page: int = PAGE) -> None:
        self._path = path
        self._partitions = partitions
        self._page = page

    async def count(self) -> int:
        """Count the records."""
        return await asyncio.to_thread(sum, (1 for _ in read_capture(self._path, self._partitions)))

    def pages(self, share: Share, done: Done) -> AsyncGenerator[list[Record], None]:
        """Give the records of a share that come after what is done."""
        return ahead(self._read(share, done))

    def _read(self, share: Share, done: Done) -> Iterator[list[Record]]:
        page: list[Record] = []
        for record in read_capture(self._path, self._partitions):
            if share.has(record.partition) and record.position > done.get(record.partition, -1):
                page.append(record)
            if len(page) == self._page:
                yield page
                page = []
        if page:
            yield page


class Selected:
    """What a selection means of another source: it is read twice, to know first which entities are meant."""

    def __init__(
        self, source: Source, selection: Selection, registry: Registry, partitions: Mapping[str, int]
    ) -> None:
        self._source = source
        self._selection = selection
        self._registry = registry
        self._partitions = partitions

    async def count(self) -> int:
        """Count nothing: which records are meant only reading tells."""
        return 0

    async def pages(self, share: Share, done: Done) -> AsyncGenerator[list[Record], None]:
        """Give the records of a share that are meant and come after what is done."""
        entities: set[tuple[str, str]] = set()
        if not self._selection.is_whole_topics:
            async for page in self._source.pages(share, {}):
                entities |= {self._entity(item) for item in self._events(page) if self._selection.means(item)}
        async for page in self._source.pages(share, done):
            yield [item.record for item in map(self._decoded, page) if self._is_meant(item, entities)]

    def _is_meant(self, item: Accepted | DeadLetter, entities: set[tuple[str, str]]) -> bool:
        if self._selection.topics and item.record.partition.topic not in self._selection.topics:
            return False
        if isinstance(item, DeadLetter):
            return self._selection.means_letter(item)
        return self._selection.is_whole_topics or self._entity(item) in entities

    def _events(self, page: list[Record]) -> Iterator[Accepted]:
        return (item for item in map(self._decoded, page) if isinstance(item, Accepted))

    def _decoded(self, record: Record) -> Accepted | DeadLetter:
        return decode(record, self._registry, self._partitions)

    @staticmethod
    def _entity(item: Accepted) -> tuple[str, str]:
        return item.record.partition.topic, item.entity
