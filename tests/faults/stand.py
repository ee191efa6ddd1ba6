"""The stand of one fault test: own topics and database on shared servers, workers, traffic, the verdict."""

import asyncio
import json
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError
from clickhouse_connect.driver.exceptions import ClickHouseError

from streams import clock
from streams.kafka_admin import ensure_topics
from streams.settings import Settings
from tests.faults import invariants
from tests.faults.facts import differences, expect_facts, read_facts
from tests.faults.flow import Flow
from tests.faults.oracle import Expected, expect
from tests.faults.proxy import Fault, Mode, Proxy
from tests.faults.sampler import Sampler
from tests.faults.servers import SESSION_TIMEOUT_MS, Servers
from tests.faults.stored import engine, generation, read_consumed, read_stored
from tests.faults.topics import Place, committed_offsets, end_offsets, read_log, send_all
from tests.faults.traffic import Message, Traffic
from tests.faults.worker import Worker
from tests.line import environment
from tests.migrated import copy_database
from tests.servers import stop

DRAIN_S: Final = 60.0
_POLL_S: Final = 0.1
_LOG_TAIL: Final = 4000


@dataclass
class Tally:
    """What a run did and found."""

    faults: int = 0
    sent: int = 0
    lost: int = 0
    doubled: int = 0
    samples: int = 0
    missed: int = 0
    mutant: str = ""
    memory: str = ""


@dataclass
class Verdict:
    """The oracle's answer and every violation, each a readable line."""

    expected: Expected
    violations: list[str]


@dataclass
class Stand:
    """A line of its own: `settings` reaches the servers directly, workers go through the proxies."""

    servers: Servers
    settings: Settings
    seed: int
    tally: Tally = field(default_factory=Tally)
    acked: Counter[str] = field(default_factory=Counter)
    tried: Counter[str] = field(default_factory=Counter)
    workers: list[Worker] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.traffic = Traffic(self.seed)
        self.log = self.settings.home / f"{self.settings.database}.log"
        self.sampler = Sampler(self.settings)

    # -- workers -----------------------------------------------------------------------------------

    def start_worker(self, fault: str = "", *, mutant: str = "", **extra: object) -> Worker:
        """Start a worker process; worker_main.py has the faults and mutants, `extra` are settings."""
        proxied = self.servers.proxied.model_copy(
            update={"database": self.settings.database, "topic_prefix": self.settings.topic_prefix}
        )
        settings = {f"KPI_{name.upper()}": str(value) for name, value in extra.items()}
        faults = {
            "KPI_FAULT": fault,
            "KPI_MUTANT": mutant,
            "KPI_TEST_SESSION_MS": str(SESSION_TIMEOUT_MS),
        }
        worker = Worker({**environment(proxied), **faults, **settings}, self.log)
        self.workers.append(worker)
        self.tally.mutant = mutant or self.tally.mutant
        return worker

    def kill(self, worker: Worker) -> None:
        """Kill -9."""
        worker.kill()
        worker.wait()
        self.tally.faults += 1

    def stop(self, worker: Worker) -> int:
        """End a worker as its supervisor would, and give its exit code."""
        return stop(worker)

    def freeze(self, worker: Worker) -> None:
        """SIGSTOP."""
        worker.send_signal(signal.SIGSTOP)
        self.tally.faults += 1

    def thaw(self, worker: Worker) -> None:
        """SIGCONT."""
        worker.send_signal(signal.SIGCONT)

    def cut_off(self, proxy: Proxy) -> int:
        """Make the connections of this moment half open, and give how many there were."""
        proxy.switch(Fault(Mode.HALF_OPEN))
        self.tally.faults += proxy.hits > 0
        return proxy.hits

    def strike(self, fault: str, code: int = -signal.SIGKILL, *, mutant: str = "", **extra: object) -> Worker:
        """Run a worker until its fault ends it with that exit code, and look at what it left behind."""
        worker = self.start_worker(fault, mutant=mutant, **extra)
        assert code == self.wait_for_exit(worker), self.log_tail()
        self.tally.faults += 1
        self.sampler.wait_for_one()
        return worker

    def run_until_drained(self, *, mutant: str = "") -> Worker:
        """Let a worker do all that is to be done, and stop it."""
        worker = self.start_worker(mutant=mutant)
        self.drain()
        assert 0 == self.stop(worker), self.log_tail()
        return worker

    def wait_for_exit(self, worker: Worker, timeout_s: float = 40) -> int:
        """Give the exit code of a worker that must end by itself (negative: the signal)."""
        try:
            return worker.wait(timeout_s)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"the worker goes on\n{self.log_tail()}") from None

    def folded(self, worker: Worker) -> list[Mapping[str, tuple[int, int]]]:
        """Give the batches that a worker said it stored: first and last offset by `topic/partition`."""
        mine = self._said(worker, "batch_stored")
        return [{place: (first, last) for place, (first, last) in e["offsets"].items()} for e in mine]

    def has_begun(self, worker: Worker) -> bool:
        """Tell whether a worker has come to a write."""
        return bool(self._said(worker, "write_begins"))

    def _said(self, worker: Worker, event: str) -> list[dict[str, Any]]:
        lines = self.log.read_text().splitlines() if self.log.is_file() else []
        said = [json.loads(line) for line in lines if line.startswith("{") and line.endswith("}")]
        return [entry for entry in said if entry["event"] == event and entry.get("pid") == worker.pid]

    def log_tail(self) -> str:
        """Give the end of what the workers said."""
        return self.log.read_text(errors="replace")[-_LOG_TAIL:] if self.log.is_file() else ""

    # -- traffic -----------------------------------------------------------------------------------

    def send(self, messages: Sequence[Message] | int) -> Sequence[Message]:
        """Send messages (or as many of the traffic's next) and wait until Kafka acknowledged them."""
        messages = self.traffic.take(messages) if isinstance(messages, int) else messages
        asyncio.run(send_all(self.settings, messages))
        identities = [message.identity for message in messages]
        self._count(Counter(identities), Counter(identities))
        return messages

    @contextmanager
    def flow(self, rate: int = 300, *, proxied: bool = False) -> Iterator[Flow]:
        """Let traffic flow meanwhile, past the proxy or through it."""
        settings = self.settings
        if proxied:
            bootstrap = {"kafka_bootstrap": self.servers.proxied.kafka_bootstrap}
            settings = settings.model_copy(update=bootstrap)
        flow = Flow(settings, self.traffic.take, rate)
        try:
            with flow:
                yield flow
        finally:
            self._count(flow.acked, flow.tried)

    def _count(self, acked: Counter[str], tried: Counter[str]) -> None:
        self.acked += acked
        self.tried += tried
        self.tally.sent += tried.total()

    # -- progress ----------------------------------------------------------------------------------

    def committed(self) -> dict[Place, int]:
        """Give what the group committed."""
        return asyncio.run(self._committed())

    async def _committed(self) -> dict[Place, int]:
        admin = AIOKafkaAdminClient(bootstrap_servers=self.settings.kafka_bootstrap)
        try:
            await admin.start()
            return await committed_offsets(self.settings, admin)
        finally:
            await admin.close()

    def consumed(self) -> dict[Place, int]:
        """Give the last position of each partition that is recorded as stored."""
        with engine(self.settings) as client:
            return read_consumed(client, generation(self.settings))

    def ends(self) -> dict[Place, int]:
        """Give where the topics end."""
        return asyncio.run(end_offsets(self.settings))

    def stored_events(self) -> int:
        """Count the events that are stored."""
        sql = f"SELECT count() FROM {generation(self.settings)}.events FINAL"
        with engine(self.settings) as client:
            return int(client.query(sql).result_rows[0][0])

    def drain(self, timeout_s: float = DRAIN_S) -> float:
        """Wait until all that is on the topics now is stored and committed; give the seconds it took."""
        ends, began = self.ends(), clock.monotonic()
        self.wait_until(lambda: self._reached(ends), timeout_s, "not all is stored and committed")
        return clock.monotonic() - began

    def _reached(self, ends: Mapping[Place, int]) -> bool:
        committed, stored = self.committed(), self.consumed()
        reached = all(
            committed.get(place, 0) >= end and stored.get(place, -1) >= end - 1 for place, end in ends.items()
        )
        assert reached or any(worker.poll() is None for worker in self.workers), self.log_tail()
        return reached

    def wait_until(self, ready: Callable[[], object], timeout_s: float = DRAIN_S, what: str = "") -> None:
        """Poll until something is so, past errors of servers that are away; say what is not in the end."""
        deadline, error = clock.monotonic() + timeout_s, ""
        while True:
            try:
                if ready():
                    return
            except (KafkaError, ClickHouseError, OSError) as caught:
                error = f" ({caught!r})"
            if clock.monotonic() > deadline:
                text = f"after {timeout_s} s: {what or ready}{error}; seed {self.seed}"
                raise AssertionError(f"{text}\n{self.log_tail()}")
            time.sleep(_POLL_S)

    # -- the verdict -------------------------------------------------------------------------------

    def judge(self) -> Verdict:
        """Compare what is stored with the oracle, (a) to (g), and count."""
        log = asyncio.run(read_log(self.settings))
        expected, stored = expect(log), read_stored(self.settings)
        self.tally.lost = invariants.lost(expected, stored)
        self.tally.doubled = invariants.doubled(expected, stored)
        self.tally.samples, self.tally.missed = len(self.sampler.samples), self.sampler.missed
        found = invariants.violations(expected, stored, self.acked, self.tried)
        found += invariants.first(differences(expect_facts(log, expected), read_facts(self.settings)))
        return Verdict(expected, found + self.sampler.violations(expected))

    def assert_invariants(self) -> Expected:
        """Drain and judge; any violation fails with the seed."""
        self.drain()
        verdict = self.judge()
        assert [] == verdict.violations, "\n".join([f"KPI_FAULT_SEED={self.seed}", *verdict.violations])
        return verdict.expected


@contextmanager
def stand(servers: Servers, name: str, seed: int) -> Iterator[Stand]:
    """Give a test its own topics and database, sampled throughout, and stop its workers at the end."""
    servers.heal()
    update: dict[str, Any] = {"database": name.replace("-", "_"), "topic_prefix": f"{name}."}
    settings = servers.direct.model_copy(update=update)
    copy_database(settings)
    ensure_topics(settings)
    made = Stand(servers, settings, seed)
    with ExitStack() as stack:
        stack.callback(_stop_all, made)
        stack.callback(servers.heal)
        stack.enter_context(made.sampler)
        yield made


def _stop_all(made: Stand) -> None:
    for worker in made.workers:
        worker.send_signal(signal.SIGCONT)
        stop(worker)
