"""One seeded run: traffic and faults, then peace, then everything must be stored once."""

import asyncio
import random
from typing import Final

from aiokafka import TopicPartition

from streams.core.record import PartitionId
from streams.errors import RefusedError
from tests.simulation.broker import Broker
from tests.simulation.history import History, differences, homeless, kafka_name
from tests.simulation.loop import VirtualLoop
from tests.simulation.store import Engine
from tests.simulation.strikes import Plan, Strikes, plan_of
from tests.simulation.traffic import PARTITIONS, RECEIVED_MS, Sent, traffic
from tests.simulation.worker import Worker, is_expected

_HEALED_S: Final = 900.0
_DELETED_S: Final = 2.0


class SimulationError(AssertionError):
    """A promise was broken; the text says by which seed, how, and what happened before."""


class World:
    """The broker, the engine, the workers, and the one who breaks them."""

    def __init__(self, seed: int, plan: Plan) -> None:
        self.rng = random.Random(seed)  # noqa: S311 - no secrets here
        self.plan = plan
        self.trace: list[str] = []
        self.history = History()
        self.engine = Engine(self.rng, self._check_consumed)
        partitions = [TopicPartition(t, n) for t, count in PARTITIONS.items() for n in range(count)]
        used = [tp for tp in partitions if tp.topic in ("gate.crossing", "clearance.stage", "factory.output")]
        self.broker = Broker(self.rng, used, self._check_commit)
        self.workers: list[Worker] = []
        self._names = 0
        self._strikes = Strikes(self, plan)
        self._anew = False
        self._starting: list[asyncio.Future[None]] = []
        self._violation: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def run(self) -> None:
        """Live through it.

        Raises:
            SimulationError: a promise was broken.
        """
        life = asyncio.ensure_future(self._live())
        await asyncio.wait({life, self._violation}, return_when=asyncio.FIRST_COMPLETED)
        if self._violation.done():
            self._violation.result()
        await life

    def report(self, what: str) -> None:
        """Say that a promise was broken."""
        self.note(f"BROKEN: {what}")
        if not self._violation.done():
            self._violation.set_exception(SimulationError(what))

    def note(self, what: str) -> None:
        """Keep what happened, for whoever reads the failure."""
        self.trace.append(f"{asyncio.get_running_loop().time():8.3f} {what}")

    async def _live(self) -> None:
        for _ in range(self.rng.randint(1, 2)):
            self.start_worker()
        for life in range(self.rng.choice(self.plan.lives)):
            if life:
                await self._begin_a_log_anew()
            records = traffic(self.rng, self.rng.randint(*self.plan.records))
            await asyncio.gather(self._produce(records), self._strikes.strike())
            self._heal()
            await self._drain()
        for line in await differences(self.history, self.engine):
            self.report(line)

    async def _produce(self, records: list[Sent]) -> None:
        pause = self.plan.seconds / len(records)
        for record in records:
            if self.rng.random() < 0.3:
                await asyncio.sleep(self.rng.random() * pause * 6)
            self._send(record)

    def _send(self, record: Sent) -> None:
        partition = PartitionId(record.topic, record.partition)
        offset = self.broker.append(kafka_name(partition), RECEIVED_MS, record.key, record.value)
        self.history.life(partition).sent[offset] = record

    def alive(self) -> list[Worker]:
        """Give the workers that live."""
        return [worker for worker in self.workers if worker.alive]

    def start_worker(self) -> None:
        """Start one more."""
        self._names += 1
        worker = Worker(
            f"worker-{self._names}",
            self.broker,
            self.engine,
            batch_records=self.rng.choice((1, 2, 3, 5, 10, 100)),
            report=self.report,
            refuses=lambda: self._strikes.refusing and self.rng.random() < 0.5,
            ended=self._worker_ended,
        )
        self.workers.append(worker)
        self.note(f"{worker.name} starts")
        self._starting.append(asyncio.ensure_future(worker.start()))

    def _worker_ended(self, worker: Worker, error: Exception | None) -> None:
        self.note(f"{worker.name} ends: {error!r}")
        if not is_expected(error):
            self.report(f"{worker.name} ended by itself: {error!r}")
        elif isinstance(error, RefusedError) and not self._anew:
            self.report(f"{worker.name} refused a log that is the same: {error}")
        if not self.alive():
            # As a supervisor does; of several workers not all come back.
            asyncio.get_running_loop().call_later(self.rng.uniform(0.5, 4), self.start_worker)

    def _heal(self) -> None:
        self.note("heal")
        self._strikes.heal()
        for worker in self.workers:
            worker.forget_faults()
            worker.resume()
        if not self.alive():
            self.start_worker()

    async def _drain(self) -> None:
        """Wait until everything is stored and committed."""
        waited = 0.0
        while not self._is_drained():
            if waited > _HEALED_S:
                self.report(f"not drained: stored {self.engine.consumed}, committed {self.broker.committed}")
                return
            await asyncio.sleep(0.25)
            waited += 0.25

    def _is_drained(self) -> bool:
        return all(
            log.messages == []
            or log.end == self.broker.committed.get(tp, 0) == self.stored_next(PartitionId(*tp))
            for tp, log in self.broker.logs.items()
        )

    async def _begin_a_log_anew(self) -> None:
        """Create a topic anew; workers refuse it until it is accepted."""
        tp = self.rng.choice([tp for tp, log in self.broker.logs.items() if log.end])
        partition = PartitionId(*tp)
        self.note(f"{tp} begins anew")
        self._anew = True
        self.history.begin_anew(partition)
        old_end = self.broker.logs[tp].end
        self.broker.recreate(tp)
        # Who fetches learns that the topic is gone; a fetch that never saw it gone cannot tell the two apart.
        await asyncio.sleep(_DELETED_S)
        if self.rng.random() < 0.5:
            self._outgrow(partition, old_end)
        await asyncio.sleep(self.rng.uniform(0, 15))
        self.engine.accept_new_log(partition)
        self.history.life(partition).base = self.engine.bases[partition]
        self._strikes.begin_copies_anew()
        self.note("the new log is accepted")

    def _outgrow(self, partition: PartitionId, old_end: int) -> None:
        """Let the new log be longer than the old one before anybody looks: its end tells nothing."""
        for record in traffic(self.rng, 200):
            if (record.topic, record.partition) == partition and not record.is_dead and old_end >= 0:
                # No record of the old log: one that is the same at the same offset could not be told apart.
                self._send(record._replace(value=(record.value or b"")[:-1] + b', "life": 2}'))
                old_end -= 1

    def stored_next(self, partition: PartitionId) -> int:
        """Give the offset after the last one that is stored of the present log."""
        consumed, base = self.engine.consumed.get(partition), self.engine.bases.get(partition, 0)
        return 0 if consumed is None or consumed.position < base else consumed.position + 1 - base

    def _check_commit(self, tp: TopicPartition, offset: int) -> None:
        """The committed offset is never ahead of what is stored; it moves nowhere else than here."""
        partition = PartitionId(*tp)
        stored = max(self.stored_next(partition), self._strikes.restored.get(partition, 0))
        self.note(f"commit {tp.topic}/{tp.partition} {offset}, stored {stored}")
        if offset > stored:
            self.report(f"{tp} is committed to {offset}, stored to {stored}")

    def _check_consumed(self, partition: PartitionId, position: int) -> None:
        """`consumed` is never ahead of the rows."""
        self.note(f"consumed {partition.topic}/{partition.partition} {position}")
        for line in homeless(self.history.records()[partition], self.engine.tables, position):
            self.report(f"consumed is {position}, but {line}")


def run(seed: int) -> list[str]:
    """Run one seed and give what happened.

    Raises:
        SimulationError: a promise was broken.
    """
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(_run(seed))


async def _run(seed: int) -> list[str]:
    world = World(seed, plan_of(seed))
    try:
        await world.run()
    except Exception as error:
        trace = "\n".join(world.trace[-60:])
        hint = f"replay: KPI_SIM_SEED={seed} pytest tests/simulation -k replay -s"
        raise SimulationError(f"seed {seed}: {error}\n{trace}\n{hint}") from error
    return world.trace
