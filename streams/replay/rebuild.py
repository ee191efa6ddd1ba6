"""A new generation, rebuilt from the archive of the live one for this build and these partition counts."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import count
from typing import Final

from clickhouse_connect.driver.client import Client

from streams import clock
from streams.clickhouse_client import scalar, writer
from streams.core.processor import Outcome
from streams.core.record import PartitionId, Record
from streams.errors import RefusedError
from streams.generation import REBUILT_INTO, generation_facts
from streams.migrate import highest_positions, live_generation, migrate, prepare_generation, promote
from streams.pipeline import Pipeline
from streams.registry import Registry
from streams.replay.archive import Archive
from streams.replay.burial import BuryingStore, BuryLetters, RefuseLetters, end_of_letters, first_letters
from streams.replay.handover import (
    Stand,
    new_start,
    take_over_findings,
    take_over_letters,
    write_starts,
)
from streams.settings import Settings
from streams.store_lookups import StoreLookups

_PAGE: Final = 10_000


class Rebuild:
    """Rebuilds the live generation into another one and switches the public views to it.

    Args:
        settings: where ClickHouse is.
        registry: the places that events may name.
        partitions: how many partitions each topic has now.
        bury: make archived events that are no longer accepted dead letters, instead of refusing.
    """

    def __init__(
        self, settings: Settings, registry: Registry, partitions: Mapping[str, int], *, bury: bool = False
    ) -> None:
        self._settings = settings
        self._registry = registry
        self._partitions = partitions
        self.source = ""
        self.name = ""
        self._bury = bury
        self.resent = 0
        self.buried: Counter[str] = Counter()
        self._buried_in: set[PartitionId] = set()

    @contextmanager
    def closed_source(self) -> Iterator[None]:
        """Let no worker write to the source; unless it is promoted, the new generation is dropped at the end.

        After a kill the source stays closed: the next rebuild begins anew.
        """
        migrate(self._settings, self._registry)
        with writer(self._settings) as client:
            self.source = live_generation(client, self._settings)
            self.name = _successor(client, self.source, self._settings.database)
            _close(client, self.source, self.name)
            drop_generation(client, self.name)
        try:
            yield
        finally:
            with writer(self._settings) as client:
                if live_generation(client, self._settings) == self.source:
                    drop_generation(client, self.name)
                    _close(client, self.source, "")

    async def fold(self, expect: Callable[[int], None], advance: Callable[[int], None]) -> None:
        """Fold the whole archive into the new generation.

        `expect` is told how many events there are, `advance` how many were folded.

        Raises:
            RefusedError: an archived event is no longer accepted, and none is to be buried.
        """
        prepare_generation(self._settings, self._registry, self.name)
        with writer(self._settings, self.name) as client:
            archive, stands = Archive(client, self.source), await self._stands(client)
            events = archive.count()
            first = first_letters(stands, events)
            store = BuryingStore(client, self.name, first)
            await store.open()
            await store.record_about_generation(
                {**generation_facts(self._partitions), "rebuilt_from": self.source}
            )
            expect(events)
            letters = BuryLetters() if self._bury else RefuseLetters()
            pipeline = Pipeline(store, letters, self._registry, self._partitions)
            rebuilt = await self._fold(pipeline, archive, advance)
            rebuilt |= {at: end_of_letters(first[at], rebuilt[at]) for at in self._buried_in}
            self._take_over(client, stands, rebuilt)

    async def _fold(
        self, pipeline: Pipeline, archive: Archive, advance: Callable[[int], None]
    ) -> dict[PartitionId, int]:
        ends: dict[PartitionId, int] = {}
        for records in archive.records(self._partitions, _PAGE):
            parts: defaultdict[PartitionId, list[Record]] = defaultdict(list)
            for record in records:
                parts[record.partition].append(record)
            for partition in parts.keys() - ends.keys():
                pipeline.assign(partition, set())
            outcomes = await pipeline.process([pipeline.decode(*part) for part in parts.items()])
            self._count(outcomes)
            ends |= {partition: part[-1].position + 1 for partition, part in parts.items()}
            advance(len(records))
        return ends

    def _count(self, outcomes: Sequence[Outcome]) -> None:
        for outcome in outcomes:
            self.resent += len(outcome.resent)
            self.buried.update(letter.reason for letter in outcome.dead)
            if outcome.dead:
                self._buried_in.add(outcome.partition)

    def _take_over(
        self, client: Client, stands: Mapping[PartitionId, Stand], rebuilt: Mapping[PartitionId, int]
    ) -> None:
        starts = {
            partition: new_start(stand, rebuilt.get(partition, 0)) for partition, stand in stands.items()
        }
        for partition, stand in stands.items():
            take_over_letters(client, self.source, partition, stand.start, starts[partition])
        take_over_findings(client, self.source, self._partitions)
        # Last, as in every batch: what is consumed is stored.
        write_starts(client, starts)

    async def _stands(self, client: Client) -> dict[PartitionId, Stand]:
        source = StoreLookups(client, self.source)
        stands: dict[PartitionId, Stand] = {}
        for topic, partitions in self._partitions.items():
            highest = highest_positions(client, self.source, topic)
            # A topic that was created anew with fewer partitions still has letters in those that are gone.
            for number in range(max([partitions, *(part + 1 for part in highest)])):
                partition = PartitionId(topic, number)
                start = await source.partition_start(partition)
                stands[partition] = Stand(start, max(highest.get(number, -1) + 1, start.base))
        return stands

    def promote(self) -> None:
        """Switch the public views to the new generation.

        Raises:
            RefusedError: it does not hold every event, or another generation was promoted meanwhile.
        """
        with writer(self._settings, self.name) as client:
            expected = Archive(client, self.source).count() - self.resent - self.buried.total()
            found = Archive(client, self.name).count()
            if found != expected:
                raise RefusedError(f"{found:,} of {expected:,} events were rebuilt; nothing was switched")
            if live_generation(client, self._settings) != self.source:
                raise RefusedError("another generation was promoted meanwhile; nothing was switched")
        promote(self._settings, self._registry, self.name)


def drop_generation(client: Client, name: str) -> None:
    """Drop the database of a generation that is not live."""
    client.command("DROP DATABASE IF EXISTS {name:Identifier} SYNC", parameters={"name": name})


def _close(client: Client, source: str, successor: str) -> None:
    """Record in a generation what is rebuilt from it; with nothing, it is open again."""
    # Later than what a host with another clock recorded, which would stand otherwise.
    client.command(
        "INSERT INTO {source:Identifier}.generation (name, value, recorded_at)"
        " SELECT {fact:String}, {value:String},"
        " greatest({now:DateTime64(3, 'UTC')}, max(recorded_at) + toIntervalMillisecond(1))"
        " FROM {source:Identifier}.generation WHERE name = {fact:String}",
        parameters={"source": source, "fact": REBUILT_INTO, "value": successor, "now": clock.now()},
    )


def _successor(client: Client, source: str, public: str) -> str:
    """Name the new generation: that of a rebuild which was cut short, else the next free one."""
    unfinished = client.query(
        "SELECT value FROM {source:Identifier}.generation FINAL WHERE name = {fact:String}",
        parameters={"source": source, "fact": REBUILT_INTO},
    ).result_rows
    if unfinished and unfinished[0][0]:
        return str(unfinished[0][0])
    taken = "SELECT count() FROM system.databases WHERE name = {name:String}"
    names = (f"{public}_g{number}" for number in count(1))
    return next(name for name in names if not scalar(client, taken, {"name": name}))
