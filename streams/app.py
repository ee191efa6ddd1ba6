"""The composition root of a worker: builds the parts, runs them under Faust, decides how the process ends."""

import asyncio
import gc
import logging
import os
import sys
import threading
from typing import Final

import faust
import stamina.instrumentation
from aiokafka.errors import KafkaError
from clickhouse_connect.driver.client import Client
from faust.app.base import BootStrategy
from structlog.contextvars import bound_contextvars

from streams import clock
from streams.agents import fold_agent
from streams.clickhouse_client import writer
from streams.condition import Condition
from streams.core.revision import FOLD_REVISION
from streams.dead_letters.archive import LetterArchive
from streams.dead_letters.due import DueLetters
from streams.dead_letters.publish import Finder, KafkaDeadLetters, run_id, worker_id
from streams.dead_letters.sending import AckedProducer
from streams.endpoints import serve
from streams.errors import EXIT_DONE, KpiError
from streams.generation import GenerationWatch, check_generation, generation_facts
from streams.kafka_admin import cluster_id, in_words, kafka_down, partition_counts
from streams.logs import get_logger
from streams.migrate import check_migrated, live_generation
from streams.pipeline import COLLECTOR_THRESHOLDS, Pipeline
from streams.pulse import Pulse
from streams.registry import load_registry
from streams.settings import Settings
from streams.source import PartitionSource
from streams.store import ClickHouseStore
from streams.watchdog import Watchdog

_log = get_logger("worker")

# EX_SOFTWARE of sysexits.h: a bug, which only another build mends; the supervisor backs off.
EXIT_BUG: Final = 70
# What is left to do after the work: a line on the terminal, connections to close.
_LEAVE_S: Final = 1.0


class _NoKafka(BootStrategy):
    """Faust computes; aiokafka alone speaks to Kafka."""

    enable_kafka = False


class _App(faust.App):
    BootStrategy = _NoKafka

    def _create_directories(self) -> None:
        """Make none: the state is in ClickHouse, and the working directory may be read-only."""


class _FaustWorker(faust.Worker):
    def _setproctitle(self, info: str, *, ident: str = "") -> None:
        """Leave the title alone: process lists show `kpi worker`."""

    async def _sentinel_task(self) -> None:
        """Let the last callbacks run; Faust's own takes a second, and all is closed by now."""


class Worker:
    """One worker process."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._failure: Exception | None = None
        self._condition = Condition()
        self._run_id = run_id()

    def run(self) -> int:
        """Work until SIGTERM or SIGINT; give the exit code.

        Raises:
            DependencyDownError: Kafka or ClickHouse does not answer at the start.
            RefusedError: the generation or a log is not one that this build may write to.
        """
        gc.set_threshold(*COLLECTOR_THRESHOLDS)
        # A dependency says itself what it is waited for.
        stamina.instrumentation.set_on_retry_hooks(())
        serve(self._settings, self._condition.pages())
        with writer(self._settings, timeout_s=self._settings.clickhouse_timeout) as client:
            store = ClickHouseStore(client, live_generation(client, self._settings))
            loop = asyncio.new_event_loop()
            asyncio.set_event_loop(loop)
            partitions = loop.run_until_complete(self._prepare(store))
            check_migrated(client, store.generation)
            with bound_contextvars(generation=store.generation, pid=os.getpid(), run=self._run_id):
                self._work(client, store, loop, partitions)
                _leave_within(_LEAVE_S, self._exit_code())
        if isinstance(self._failure, KpiError):
            raise self._failure
        return self._exit_code()

    def _exit_code(self) -> int:
        if isinstance(self._failure, KpiError):
            return self._failure.exit_code
        return EXIT_DONE if self._failure is None else EXIT_BUG

    async def _prepare(self, store: ClickHouseStore) -> dict[str, int]:
        await store.open()
        counts = await partition_counts(self._settings)
        known = await store.facts_about_generation()
        check_generation(known, counts)
        news = {name: value for name, value in generation_facts(counts).items() if name not in known}
        if news:
            await store.record_about_generation(news)
        return counts

    def _work(
        self,
        client: Client,
        store: ClickHouseStore,
        loop: asyncio.AbstractEventLoop,
        partitions: dict[str, int],
    ) -> None:
        app = _App("kpi-worker", store="memory://", web_enabled=False, loop=loop)
        channel = app.channel(maxsize=1)
        finder = Finder(worker_id(), self._run_id, loop.run_until_complete(cluster_id(self._settings)))
        dead_letters = KafkaDeadLetters(AckedProducer(self._settings), finder)
        pipeline = Pipeline(store, dead_letters, load_registry(self._settings.registry), partitions)
        faust_worker = _FaustWorker(
            app, loop=loop, quiet=True, redirect_stdouts=False, override_logging=False
        )

        async def fail(error: Exception) -> None:
            self._failure = failure = in_words(self._settings, error)
            if isinstance(failure, KpiError):
                # Its words are the last ones; Faust would put a stack trace before them.
                logging.getLogger("faust.worker").disabled = True
            else:
                _log.error("worker_failed", exc_info=error)
            await faust_worker.crash(failure)

        source = PartitionSource(self._settings, store, pipeline, channel, fail)
        archive = LetterArchive(client, store.generation, self._settings.database)
        due = DueLetters(archive, AckedProducer(self._settings), source.partitions, clock.now, worker_id())
        app.agent(channel)(fold_agent(pipeline, fail))
        pulse = Pulse(
            self._settings,
            source,
            lambda: pipeline.stored,
            clickhouse=store.clickhouse,
            letters=dead_letters.kafka,
        )
        watchdog = Watchdog(lambda: pulse.signs, self._settings.watchdog)

        @app.task  # type: ignore[untyped-decorator] # Faust does not annotate it
        async def start_source() -> None:
            # No assignment of Faust's own will ever come to resume its flow.
            app.flow_control.resume()
            try:
                await app.add_runtime_dependency(GenerationWatch(store, fail))
                await app.add_runtime_dependency(dead_letters)
                await app.add_runtime_dependency(source)
                await app.add_runtime_dependency(due)
                await app.add_runtime_dependency(pulse)
                watchdog.start()
                self._condition.follow(store.generation, pulse, watchdog)
            except (KafkaError, OSError) as error:
                await fail(kafka_down(self._settings, error))
                return
            _log.info("worker_started", generation=store.generation, revision=FOLD_REVISION)

        try:
            faust_worker.execute_from_commandline()
        except SystemExit as stop:
            if stop.code and self._failure is None:
                self._failure = RuntimeError("Faust ended the process")
            _log.info("worker_stopped")
        finally:
            watchdog.stop()
            sys.stderr.flush()


def _leave_within(seconds: float, code: int) -> None:
    """End the process by then: Python would wait for threads that wait for a server's answer."""
    timer = threading.Timer(seconds, os._exit, (code,))
    timer.daemon = True
    timer.start()
