"""A new generation, rebuilt from the archive of the live one for this build and these partition counts."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from itertools import count
from typing import Final

from clickhouse_connect.driver.client import Client

from streams.clickhouse_client import writer
from streams.ddl import define
from streams.errors import RefusedError
from streams.generation import (
    CLOSED_BY,
    REBUILT_INTO,
    closed_by,
    generation_facts,
    given_up_with,
    recorded_facts,
)
from streams.migrate import live_generation, migrate, prepare_generation, promote
from streams.pipeline import Pipeline
from streams.registry import Registry
from streams.replay.archive import Archive
from streams.replay.burial import BuryLetters, RefuseLetters, end_of_letters, first_letters
from streams.replay.fold import fold
from streams.replay.handover import close_generation, is_there, open_generation, stands_of, take_over
from streams.replay.new_store import NewStore
from streams.replay.sources import Share
from streams.settings import Settings

COMMAND: Final = "kpi migrate --rebuild"


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

    @contextmanager
    def closed_source(self) -> Iterator[None]:
        """Let no worker write to the source; unless it is promoted, the new generation is dropped at the end.

        After a kill the source stays closed: the next rebuild begins anew.

        Raises:
            RefusedError: the source gives way to a generation that no rebuild made.
        """
        migrate(self._settings, self._registry)
        with writer(self._settings) as client:
            self.source = live_generation(client, self._settings)
            self.name = _successor(client, self.source, self._settings.database)
            close_generation(client, self.source, self.name, COMMAND)
            drop_generation(client, self._settings, self.name)
        try:
            yield
        finally:
            with writer(self._settings) as client:
                if live_generation(client, self._settings) == self.source:
                    drop_generation(client, self._settings, self.name)
                    open_generation(client, self.source)

    async def fold(self, expect: Callable[[int], None], advance: Callable[[int], None]) -> None:
        """Fold the whole archive into the new generation.

        `expect` is told how many events there are, `advance` how many were folded.

        Raises:
            RefusedError: an archived event is no longer accepted, and none is to be buried.
        """
        prepare_generation(self._settings, self._registry, self.name)
        with writer(self._settings, self.name) as client:
            archive = Archive(client, self.source, self._partitions)
            stands = await stands_of(client, self.source, self._partitions)
            events = archive.total()
            first = first_letters(stands, events)
            store = NewStore(client, self.name, first, ())
            await store.open()
            await store.record_about_generation(
                {**generation_facts(self._partitions), "rebuilt_from": self.source}
            )
            expect(events)
            letters = BuryLetters() if self._bury else RefuseLetters()
            pipeline = Pipeline(store, letters, self._registry, self._partitions)

            def go_on(count: int) -> bool:
                advance(count)
                return True

            folded = await fold(pipeline, archive.pages(Share(), {}), go_on)
            self.resent, self.buried = folded.resent, folded.dead
            ends = folded.ends | {at: end_of_letters(first[at], folded.ends[at]) for at in folded.dead_in}
            take_over(client, self.source, stands, ends, self._partitions)

    def promote(self) -> None:
        """Switch the public views to the new generation.

        Raises:
            RefusedError: it does not hold every event, or another generation was promoted meanwhile.
        """
        with writer(self._settings, self.name) as client:
            archived = Archive(client, self.source, self._partitions).total()
            expected = archived - self.resent - self.buried.total()
            found = Archive(client, self.name, self._partitions).total()
            if found != expected:
                raise RefusedError(f"{found:,} of {expected:,} events were rebuilt; nothing was switched")
            if live_generation(client, self._settings) != self.source:
                raise RefusedError("another generation was promoted meanwhile; nothing was switched")
        promote(self._settings, self._registry, self.name)


def drop_generation(client: Client, settings: Settings, name: str) -> None:
    """Drop the database of a generation that is not live."""
    define(client, settings, "DROP DATABASE IF EXISTS {name:Identifier} SYNC", {"name": name})


def _successor(client: Client, source: str, public: str) -> str:
    """Name the new generation: that of a rebuild which was cut short, else the next free one."""
    known = recorded_facts(client, source)
    unfinished = known.get(REBUILT_INTO, "")
    if unfinished and is_there(client, unfinished):
        _check_rebuilt(source, unfinished, known)
        return unfinished
    names = (f"{public}_g{number}" for number in count(1))
    return next(name for name in names if not is_there(client, name))


def _check_rebuilt(source: str, unfinished: str, known: Mapping[str, str]) -> None:
    """Refuse to drop what the source gives way to, unless a rebuild closed it."""
    if known.get(CLOSED_BY) == COMMAND:
        return
    older = f"; if it was a rebuild of an older build, drop the database {unfinished} by hand"
    raise RefusedError(
        f"{source} gives way to {unfinished}, which a rebuild would drop: run again what was cut short:"
        f" {closed_by(known)}{given_up_with(known)}{older if CLOSED_BY not in known else ''}"
    )
