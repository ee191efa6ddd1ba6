"""The generation that a worker writes to: what it was made with, and whether it is still open for writing."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Final, Protocol

from clickhouse_connect.driver.client import Client
from mode import Service

from streams import clock
from streams.core.revision import FOLD_REVISION
from streams.errors import RefusedError

# What a generation records once another one takes its place: which, and by what command. No worker writes to
# it from then on.
REBUILT_INTO: Final = "rebuilt_into"
CLOSED_BY: Final = "closed_by"
# What a generation records while it is filled from a backup of that name; no worker writes to it meanwhile.
RESTORED_FROM: Final = "restored_from"
_LOOK_EVERY_S: Final = 2.0


def generation_facts(counts: Mapping[str, int]) -> dict[str, str]:
    """Give what a generation records of those who write to it: the fold revision, partition counts."""
    partitions = {f"partitions/{name}": str(count) for name, count in counts.items()}
    return {"fold_revision": str(FOLD_REVISION), **partitions}


def check_generation(known: Mapping[str, str], counts: Mapping[str, int]) -> None:
    """Refuse a generation of another fold revision, of other partition counts, or one that is closed.

    Raises:
        RefusedError: with the way out.
    """
    check_open(known)
    revision = known.get("fold_revision", str(FOLD_REVISION))
    if revision != str(FOLD_REVISION):
        raise RefusedError(
            f"this generation was made by fold revision {revision}, this build is revision {FOLD_REVISION}:"
            " run the build that wrote it, or rebuild it for this one with: kpi migrate --rebuild"
        )
    for topic, count in counts.items():
        recorded = int(known.get(f"partitions/{topic}", count))
        if recorded != count:
            raise refuse_other_count(topic, recorded, count)


def refuse_other_count(topic: str, recorded: int, count: int) -> RefusedError:
    """Give the error of a topic that has another number of partitions than its generation was made with."""
    return RefusedError(
        f"topic {topic} has {count} partitions, but this generation was made with {recorded}, and keys now"
        f" lie elsewhere: rebuild it for {count} with: kpi migrate --rebuild"
    )


def recorded_facts(client: Client, generation: str) -> dict[str, str]:
    """Give what is recorded of a generation (for callers outside an event loop)."""
    query = "SELECT name, value FROM {generation:Identifier}.generation FINAL"
    return {
        str(name): str(value) for name, value in client.query(query, {"generation": generation}).result_rows
    }


def record_fact(client: Client, generation: str, name: str, value: str) -> None:
    """Record a fact of a generation, later than what another host's clock recorded of it."""
    client.command(
        "INSERT INTO {generation:Identifier}.generation (name, value, recorded_at)"
        " SELECT {name:String}, {value:String},"
        " greatest({now:DateTime64(3, 'UTC')}, max(recorded_at) + toIntervalMillisecond(1))"
        " FROM {generation:Identifier}.generation WHERE name = {name:String}",
        parameters={"generation": generation, "name": name, "value": value, "now": clock.now()},
    )


def check_open(
    known: Mapping[str, str], afterwards: str = "a worker that starts afterwards goes on there"
) -> None:
    """Refuse a generation that gives way to another one, or that is not restored to its end.

    Raises:
        RefusedError: with the way out, and what happens `afterwards`.
    """
    check_restored(known)
    if successor := known.get(REBUILT_INTO):
        raise RefusedError(
            f"this generation gives way to {successor}: {afterwards}; if that was cut short, run again what"
            f" closed it: {closed_by(known)}"
        )


def closed_by(known: Mapping[str, str]) -> str:
    """Name the command that closed a generation; an older build did not write it down."""
    return known.get(CLOSED_BY) or "kpi replay promote (undo) RUN, or kpi migrate --rebuild"


def given_up_with(known: Mapping[str, str]) -> str:
    """Say how what closed a generation is given up; nothing of a rebuild, which can always be run again."""
    command, _, run = known.get(CLOSED_BY, "").rpartition(" ")
    if command == "kpi replay promote":
        return f"; the promotion is given up with: kpi replay drop {run}"
    if command == "kpi replay undo":
        return f"; the undo is given up with: kpi replay promote {run}"
    if CLOSED_BY in known:
        return ""
    return "; a promotion is given up with: kpi replay drop RUN, an undo with: kpi replay promote RUN"


def check_restored(known: Mapping[str, str]) -> None:
    """Refuse a generation that was not filled to its end.

    Raises:
        RefusedError: with the way out.
    """
    if known.get(RESTORED_FROM):
        raise RefusedError(
            f"this database is being restored from {known[RESTORED_FROM]}, or that was cut short: wait for"
            " it, or run it again: kpi restore"
        )


class GenerationStore(Protocol):
    """What is asked of the store about its generation."""

    async def facts_about_generation(self) -> dict[str, str]:
        """Give what is recorded of the generation."""


class GenerationWatch(Service):
    """Ends a worker once its generation is closed."""

    def __init__(self, store: GenerationStore, fail: Callable[[Exception], Awaitable[None]]) -> None:
        super().__init__()
        self._store = store
        self._fail = fail

    @Service.task
    async def _watch(self) -> None:
        try:
            while not self.should_stop:
                check_open(await self._store.facts_about_generation())
                await self.sleep(_LOOK_EVERY_S)
        except Exception as error:  # noqa: BLE001 - the composition root decides how the process ends
            await self._fail(error)
