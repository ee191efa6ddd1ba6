"""A worker with a fault built in: wraps parts of the product as KPI_FAULT says, then runs `kpi worker`.

The product itself knows nothing of faults.

    kill-between        SIGKILL between the insert and the acknowledgement, whichever comes first
    kill-after:METHOD   SIGKILL once a method of the store has returned: write_dead, write, write_consumed
    raise-first         the first write of the process raises
    raise-on:TEXT       every write of a batch in which a record's bytes hold TEXT raises
    slow:SECONDS        every write takes that long
    hang                the first write never returns
    block               the first write stops the whole event loop

KPI_TEST_GROUP lets it read in a consumer group of its own, beside the workers of the live line.

KPI_MUTANT makes a worker that is wrong on purpose, to show that the invariants see it:

    acknowledge-first   the agent acknowledges a batch before it writes it
    record-first        `consumed` is written before the rows
    count-again         the fold forgets which positions a row holds already
"""

import asyncio
import functools
import os
import signal
import threading
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final

from aiokafka import AIOKafkaConsumer

from streams import agents, source
from streams.batches import Batch
from streams.cli import main
from streams.core.contribution import RowKey
from streams.core.processor import Outcome
from streams.core.state import PartitionState, Row
from streams.logs import get_logger
from streams.pipeline import Pipeline
from streams.settings import Settings
from streams.store import ClickHouseStore

Method = Callable[..., Awaitable[Any]]
_COMMIT_S: Final = 10


class InjectedError(Exception):
    """A bug that the test put in."""


def die() -> None:
    """End as a power cut would."""
    os.kill(os.getpid(), signal.SIGKILL)


def wrap(owner: type, name: str, around: Callable[[Method], Method]) -> None:
    """Replace a method of a class by what `around` makes of it."""
    method = getattr(owner, name)
    setattr(owner, name, functools.wraps(method)(around(method)))


def kill_between() -> None:
    """Die before the second of the two begins; which is first is what the product decides."""
    done = {"insert": False, "commit": False}

    def step(mine: str, other: str, *, finishes: bool) -> Callable[[Method], Method]:
        def around(method: Method) -> Method:
            async def call(*args: Any, **kwargs: Any) -> Any:
                if done[other]:
                    die()
                result = await method(*args, **kwargs)
                done[mine] |= finishes
                return result

            return call

        return around

    wrap(ClickHouseStore, "write", step("insert", "commit", finishes=False))
    wrap(ClickHouseStore, "write_consumed", step("insert", "commit", finishes=True))
    wrap(AIOKafkaConsumer, "commit", step("commit", "insert", finishes=True))


def kill_after(name: str) -> None:
    """Die once a method of the store has returned."""

    def around(method: Method) -> Method:
        async def call(*args: Any, **kwargs: Any) -> None:
            await method(*args, **kwargs)
            die()

        return call

    wrap(ClickHouseStore, name, around)


def raise_on_write(is_due: Callable[[Sequence[Outcome]], bool]) -> None:
    """Let a write raise instead, if it is due."""

    def around(method: Method) -> Method:
        async def call(store: ClickHouseStore, outcomes: Sequence[Outcome]) -> Any:
            if is_due(outcomes):
                raise InjectedError("injected by the test")
            return await method(store, outcomes)

        return call

    wrap(ClickHouseStore, "write", around)


def raise_first() -> None:
    """Let the first write raise."""
    calls = iter([True])
    raise_on_write(lambda _: next(calls, False))


def raise_on(text: str) -> None:
    """Let every write raise that holds the text."""
    mark = text.encode()
    raise_on_write(
        lambda outcomes: any(mark in (item.record.value or b"") for o in outcomes for item in o.events)
    )


def slow(seconds: str) -> None:
    """Let every write take its time."""

    def around(method: Method) -> Method:
        async def call(*args: Any) -> Any:
            await asyncio.sleep(float(seconds))
            return await method(*args)

        return call

    wrap(ClickHouseStore, "write", around)


def acknowledge_first() -> None:
    """Make the agent wrong on purpose: a batch is done, and committed, before it is written."""
    committed = asyncio.Event()

    def around(method: Method) -> Method:
        async def call(*args: Any, **kwargs: Any) -> Any:
            result = await method(*args, **kwargs)
            committed.set()
            return result

        return call

    async def fold(pipeline: Pipeline, batch: Batch) -> None:
        committed.clear()
        batch.done()
        await asyncio.wait_for(committed.wait(), _COMMIT_S)
        await pipeline.process(batch.slices)

    wrap(AIOKafkaConsumer, "commit", around)
    agents.fold_batch = fold


def record_first() -> None:
    """Write the rows of a batch only after `consumed` says that they are there."""
    held: list[tuple[ClickHouseStore, Sequence[Outcome]]] = []

    def hold(method: Method) -> Method:
        async def call(store: ClickHouseStore, outcomes: Sequence[Outcome]) -> None:
            held.append((store, outcomes))

        def release(record: Method) -> Method:
            async def recorded(*args: Any) -> None:
                await record(*args)
                while held:
                    await method(*held.pop())

            return recorded

        wrap(ClickHouseStore, "write_consumed", release)
        return call

    wrap(ClickHouseStore, "write", hold)


def count_again() -> None:
    """Take every row for one that holds nothing yet."""
    row = PartitionState.row

    def forgotten(state: PartitionState, key: RowKey) -> Row:
        return Row(row(state, key).measures, version=-1)

    setattr(PartitionState, "row", forgotten)  # noqa: B010 - mypy would not have it otherwise


def say_when_a_write_begins() -> None:
    """Let the stand know what the worker is at."""

    def around(method: Method) -> Method:
        async def call(*args: Any) -> Any:
            get_logger("fault").info("write_begins")
            return await method(*args)

        return call

    wrap(ClickHouseStore, "write", around)


MUTANTS: Final[dict[str, Callable[[], None]]] = {
    "acknowledge-first": acknowledge_first,
    "record-first": record_first,
    "count-again": count_again,
}


def hang() -> None:
    """Let a write wait for what never comes."""

    async def write(*_: object) -> None:
        await asyncio.Event().wait()

    setattr(ClickHouseStore, "write", write)  # noqa: B010 - replaced on purpose


def block() -> None:
    """Let a write hold up everything else."""

    async def write(*_: object) -> None:
        threading.Event().wait()

    setattr(ClickHouseStore, "write", write)  # noqa: B010 - as above


FAULTS: Final[dict[str, Callable[..., None]]] = {
    "kill-between": kill_between,
    "kill-after": kill_after,
    "raise-first": raise_first,
    "raise-on": raise_on,
    "slow": slow,
    "hang": hang,
    "block": block,
}


def install() -> None:
    """Do what the environment says."""
    name, _, argument = os.environ.get("KPI_FAULT", "").partition(":")
    if name:
        FAULTS[name](*([argument] if argument else []))
    if mutant := os.environ.get("KPI_MUTANT"):
        MUTANTS[mutant]()
    say_when_a_write_begins()
    if group := os.environ.get("KPI_TEST_GROUP"):
        setattr(Settings, "worker_group", group)  # noqa: B010 - the product keeps it to itself
    session = os.environ.get("KPI_TEST_SESSION_MS")
    if session:
        setattr(source, "_SESSION_TIMEOUT_MS", int(session))  # noqa: B010 - so this
    poll = os.environ.get("KPI_TEST_POLL_MS")
    if poll:
        setattr(source, "_MAX_POLL_MS", int(poll))  # noqa: B010 - as above
        setattr(source, "_KEEP_ALIVE_S", int(poll) / 4000)  # noqa: B010 - as above


def run() -> None:
    """Be `kpi worker`, with what the environment asks for."""
    install()
    main()
