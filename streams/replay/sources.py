"""Where a replay reads: pages of records, each partition's in the order of their positions."""

import asyncio
from collections.abc import AsyncGenerator, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final, NamedTuple, Protocol

from streams.core.decode import Accepted, DeadLetter, decode
from streams.core.record import PartitionId, Record
from streams.registry import Registry
from streams.replay.capture import read_capture
from streams.replay.selection import REPORTS, Selection

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
    """What a selection means of another source: it is read twice, to know first which entities are meant.

    Args:
        source: what is read.
        selection: what is meant.
        registry: the places that events may name.
        partitions: the number of partitions of each topic.
        since: the positions before which nothing is meant itself. A vehicle that is may have arrived there at
            any time, or its papers been lodged: that stretch is read once, but only what bears the key of an
            entity that is meant is decoded. It is not read where no key is meant, nor, where times are meant,
            for reports: those of one entity are of one minute, and all lie behind it.
    """

    def __init__(
        self,
        source: Source,
        selection: Selection,
        registry: Registry,
        partitions: Mapping[str, int],
        since: Mapping[PartitionId, int] | None = None,
    ) -> None:
        self._source = source
        self._selection = selection
        self._registry = registry
        self._partitions = partitions
        self._earlier = {at: position - 1 for at, position in (since or {}).items()}

    async def count(self) -> int:
        """Count nothing: which records are meant only reading tells."""
        return 0

    async def pages(self, share: Share, done: Done) -> AsyncGenerator[list[Record], None]:
        """Give the records of a share that are meant and come after what is done."""
        meant = _Meant(set(), set())
        if not self._selection.is_whole_topics:
            async for page in self._source.pages(share, self._earlier):
                meant.add(item for item in self._events(page) if self._selection.means(item))
        async for page in self._source.pages(share, self._needless(done, meant)):
            near = [record for record in page if self._may_be_meant(record, meant)]
            yield [item.record for item in map(self._decoded, near) if self._is_meant(item, meant)]

    def _needless(self, done: Done, meant: "_Meant") -> Done:
        """Give what is done, and what came before all that is meant where nothing there can belong to it."""
        places = {place for place, _ in meant.keys}
        if not self._selection.offsets:
            places = {place for place in places if place.topic != REPORTS}
        earlier = {at: last for at, last in self._earlier.items() if at not in places}
        return {**done, **{at: max(last, done.get(at, -1)) for at, last in earlier.items()}}

    def _may_be_meant(self, record: Record, meant: "_Meant") -> bool:
        is_earlier = record.position <= self._earlier.get(record.partition, -1)
        return not is_earlier or (record.partition, record.key) in meant.keys

    def _is_meant(self, item: Accepted | DeadLetter, meant: "_Meant") -> bool:
        if self._selection.topics and item.record.partition.topic not in self._selection.topics:
            return False
        if isinstance(item, DeadLetter):
            return self._selection.means_letter(item)
        return self._selection.is_whole_topics or _entity(item) in meant.entities

    def _events(self, page: list[Record]) -> Iterator[Accepted]:
        return (item for item in map(self._decoded, page) if isinstance(item, Accepted))

    def _decoded(self, record: Record) -> Accepted | DeadLetter:
        return decode(record, self._registry, self._partitions)


class _Meant(NamedTuple):
    """The entities that are meant, and the keys that their records bear."""

    entities: set[tuple[str, str]]
    keys: set[tuple[PartitionId, bytes | None]]

    def add(self, items: Iterable[Accepted]) -> None:
        for item in items:
            self.entities.add(_entity(item))
            self.keys.add((item.record.partition, item.record.key))


def _entity(item: Accepted) -> tuple[str, str]:
    return item.record.partition.topic, item.entity
