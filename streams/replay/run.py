"""A replay: history folded flat out into a generation of its own, by processes that share its partitions."""

import asyncio
import gc
import os
import signal
from collections.abc import AsyncGenerator, Callable, Iterator, Mapping
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.sharedctypes import Synchronized
from multiprocessing.synchronize import Event
from pathlib import Path
from typing import Any, Final, NamedTuple

from clickhouse_connect.driver.client import Client

from streams import clock
from streams.clickhouse_client import writer
from streams.core.record import PartitionId, Record
from streams.errors import KpiError
from streams.generation import generation_facts
from streams.migrate import highest_positions
from streams.pipeline import COLLECTOR_THRESHOLDS, Pipeline
from streams.registry import Registry, load_registry
from streams.replay.archive import Archive, Part
from streams.replay.burial import BuryLetters
from streams.replay.capture import record_of
from streams.replay.fold import fold
from streams.replay.new_store import NewStore
from streams.replay.plan import (
    ARCHIVE,
    KAFKA,
    Plan,
    by_partition,
    find_plan,
    generation_of,
    spelt,
    write_plan,
)
from streams.replay.selection import Selection
from streams.replay.sources import CaptureFile, Selected, Share, Source
from streams.replay.topic_log import TopicLog
from streams.settings import Settings

_LOOK_S: Final = 0.2
_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM)


@dataclass
class Beat:
    """What the processes of a run tell each other: how many records are folded, and that they shall stop."""

    folded: "Synchronized[int]"
    stop: Event
    pid: int

    def advance(self, count: int) -> bool:
        """Count records; tell whether to go on, which ends with the process that began it all, too."""
        with self.folded.get_lock():
            self.folded.value += count
        return not self.stop.is_set() and self.pid in (os.getpid(), os.getppid())


_beat: Beat


def _take_part(beat: Beat) -> None:
    """Begin a process of a run; a signal to all of them is for the one that began it."""
    global _beat  # noqa: PLW0603 - what a process of a pool is given when it begins
    _beat = beat
    gc.set_threshold(*COLLECTOR_THRESHOLDS)
    if os.getpid() != beat.pid:
        for number in _SIGNALS:
            signal.signal(number, signal.SIG_IGN)


def source_of(settings: Settings, client: Client, registry: Registry, plan: Plan, page: int) -> Source:
    """Give what a plan reads."""
    if plan.source == ARCHIVE:
        stage = plan.stage
        part = Part(
            plan.selection if plan.speed == 0 else Selection(),
            by_partition(stage.after),
            by_partition(stage.before),
            by_partition(stage.starts),
            plan.selection.start if plan.speed else None,
        )
        return Archive(client, plan.live, plan.partitions, part, page)
    source: Source
    if plan.source == KAFKA:
        source = TopicLog(settings, by_partition(plan.stage.before), page)
    else:
        source = CaptureFile(Path(plan.source), plan.partitions, page)
    if plan.selection.is_everything:
        return source
    return Selected(source, plan.selection, registry, plan.partitions, by_partition(plan.stage.after))


class Run:
    """Folds the stage of a plan.

    Args:
        settings: where the servers are.
        plan: what is to be done; it is written down already.
        processes: how many share the partitions.
        page: records a batch.
    """

    def __init__(self, settings: Settings, plan: Plan, processes: int, page: int) -> None:
        self._settings = settings
        self.plan = plan
        self._processes = processes
        self._page = page

    def fold(self, show: Callable[[int], None]) -> bool:
        """Fold what is left, telling `show` how much is done, and tell whether it is complete.

        It stops early, between two batches, at SIGINT or SIGTERM.

        Raises:
            KpiError: one of the processes was killed.
        """
        began = clock.monotonic()
        context = get_context("spawn")
        beat = Beat(context.Value("q", 0), context.Event(), os.getpid())
        done = self._done()
        before = sum(done.values()) + len(done) - sum(self.plan.stage.starts.values())
        with stopping(beat.stop.set), self._executor(beat) as executor:
            shares = [Share(number, self._processes) for number in range(self._processes)]
            futures = [executor.submit(_fold_share, self._settings, self.plan, s, self._page) for s in shares]
            self._watch(futures, beat, lambda: show(before + beat.folded.value))
            try:
                resent = sum(future.result() for future in futures)
            except BrokenProcessPool:
                raise KpiError(
                    f"a process was killed; go on: kpi replay run --name {self.plan.name}"
                ) from None
        stopped, took = beat.stop.is_set(), Took(clock.monotonic() - began, beat.folded.value, resent)
        self.plan = finish(self._settings, self.plan, took, stopped=stopped)
        return not stopped

    def _executor(self, beat: Beat) -> Executor:
        if self._processes == 1:
            return ThreadPoolExecutor(1, initializer=_take_part, initargs=(beat,))
        context = get_context("spawn")
        return ProcessPoolExecutor(
            self._processes, mp_context=context, initializer=_take_part, initargs=(beat,)
        )

    @staticmethod
    def _watch(futures: list[Future[Any]], beat: Beat, show: Callable[[], None]) -> None:
        pending = set(futures)
        while pending:
            ended, pending = wait(pending, timeout=_LOOK_S)
            if any(future.exception() for future in ended):
                # The others have no reason to go on.
                beat.stop.set()
            show()

    def _done(self) -> dict[PartitionId, int]:
        with writer(self._settings) as client:
            return consumed(client, generation_of(self._settings, self.plan.name))


class Took(NamedTuple):
    """What it took to go on with a stage: the records, and how many of them had been sent before."""

    seconds: float
    records: int
    resent: int = 0


def finish(settings: Settings, plan: Plan, took: Took, *, stopped: bool) -> Plan:
    """Write down how far a stage is, and give the plan with it.

    What another process wrote down meanwhile stands: it may be promoted.
    """
    with writer(settings) as client:
        plan = find_plan(client, settings, plan.name)
        update: dict[str, Any] = {
            "seconds": plan.seconds + took.seconds,
            "resent": plan.resent + took.resent,
        }
        stored = consumed(client, generation_of(settings, plan.name))
        ends = {at: position + 1 for at, position in stored.items()}
        # On Kafka positions are offsets, and some are no records.
        update["events"] = plan.events + took.records if plan.source == KAFKA else sum(ends.values())
        if not stopped and plan.handed_over is None:
            update |= {"state": "done", "ends": spelt(ends)}
        plan = plan.model_copy(update=update)
        write_plan(client, settings, plan)
    return plan


def consumed(client: Client, generation: str) -> dict[PartitionId, int]:
    """Give the highest position of each partition of a generation that is recorded as stored."""
    rows = client.query(
        "SELECT topic, partition, max(position) FROM {generation:Identifier}.consumed"
        " GROUP BY topic, partition",
        parameters={"generation": generation},
    ).result_rows
    return {PartitionId(topic, partition): position for topic, partition, position in rows}


@contextmanager
def stopping(stop: Callable[[], None]) -> Iterator[None]:
    """Let SIGINT and SIGTERM stop a run between two batches."""
    before = {number: signal.signal(number, lambda *_: stop()) for number in _SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _fold_share(settings: Settings, plan: Plan, share: Share, page: int) -> int:
    """Fold one process's share of a plan, from where it stands; tell how many records were sent again."""
    return asyncio.run(_fold(settings, plan, share, page))


async def _fold(settings: Settings, plan: Plan, share: Share, page: int) -> int:
    registry, generation = load_registry(settings.registry), generation_of(settings, plan.name)
    with writer(settings, generation) as client:
        # Processes share the cores already: a second thread for each small query costs more than it brings.
        client.set_client_setting("max_threads", 1)
        pipeline = await pipeline_of(client, registry, plan)
        source = source_of(settings, client, registry, plan, page)
        folded = await fold(pipeline, source.pages(share, consumed(client, generation)), _beat.advance)
        if plan.targets and share.number == 0 and not _beat.stop.is_set():
            await fold(pipeline, target_pages(plan, consumed(client, generation)), _beat.advance)
    return folded.resent


async def target_pages(plan: Plan, done: Mapping[PartitionId, int]) -> AsyncGenerator[list[Record], None]:
    """Give the targets of a what-if after all that the source has; what is there already changes nothing."""
    ends = dict(done)
    page = [record_of(line.encode(), plan.partitions) for line in plan.targets]
    for at, record in enumerate(page):
        position = ends.get(record.partition, -1) + 1
        ends[record.partition] = position
        page[at] = record._replace(offset=position, position=position)
    yield page


async def pipeline_of(client: Client, registry: Registry, plan: Plan) -> Pipeline:
    """Give what folds a replay; the client is connected to its generation.

    Nothing is sent to anybody: what is no longer accepted is a dead letter of the replay's own table, where
    the plan says, or at its own position.
    """
    generation = str(client.database)
    held = ends_in(client, generation, plan.partitions)
    store = NewStore(client, generation, by_partition(plan.stage.letters), held)
    await store.open()
    return Pipeline(store, BuryLetters(), registry, plan.partitions)


def ends_in(client: Client, generation: str, partitions: Mapping[str, int]) -> dict[PartitionId, int]:
    """Give the position after everything that a generation holds of each partition."""
    return {
        PartitionId(topic, number): highest + 1
        for topic in partitions
        for number, highest in highest_positions(client, generation, topic).items()
    }


def facts_of(plan: Plan) -> dict[str, str]:
    """Give what a replay's generation records as every other one does."""
    return generation_facts(plan.partitions)
