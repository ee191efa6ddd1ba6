"""The supervisor: starts parts in order, waits for health, starts again what dies, stops all in time."""

import asyncio
import signal
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from streams import clock
from streams.errors import EXIT_NO, EXIT_USAGE, KpiError
from streams.local.logfiles import last_words, trim
from streams.local.process import Child

_FIRST_DELAY_S: Final = 0.5
_LONGEST_DELAY_S: Final = 30.0
# A part that lived this long had a good start: its next restart is quick again.
_STEADY_S: Final = 60.0
_PROBE_EVERY_S: Final = 0.2
_TRIM_EVERY_S: Final = 30.0
# Both waves of a stop end, by force if need be, within the ten seconds that `kpi up` promises.
_STOP_CLIENTS_S: Final = 4.5
_STOP_SERVERS_S: Final = 4.0


async def _always() -> bool:
    return True


@dataclass(frozen=True)
class Part:
    """One process of the whole: how to start it, what it waits for, and how to see that it works."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    after: tuple[str, ...] = ()
    prepare: Callable[[], None] | None = None  # runs in a thread before every start
    healthy: Callable[[], Awaitable[bool]] = _always
    job: bool = False  # ends by itself; exit code 0 is its health
    server: bool = False  # stopped last, because the others still need it while they stop
    vital: bool = True  # the whole is of no use where this one cannot start


@dataclass
class _State:
    up: asyncio.Event = field(default_factory=asyncio.Event)
    child: Child | None = None


def restart_delay(failures: int) -> float:
    """Give how many seconds to wait before a part that failed so often in a row starts again."""
    return min(_FIRST_DELAY_S * 2.0 ** min(failures - 1, 10), _LONGEST_DELAY_S)


class Supervisor:
    """Runs parts until its task is cancelled.

    Args:
        parts: what to run; names in `after` must be among them.
        logs: folder of the log files, one a part.
        tell: receives what people at the terminal should know.
        record: receives the process ids whenever they change.
    """

    def __init__(
        self,
        parts: Sequence[Part],
        logs: Path,
        tell: Callable[[str], None],
        record: Callable[[Mapping[str, int]], None],
    ) -> None:
        self._parts = parts
        self._logs = logs
        self._tell = tell
        self._record = record
        self._states = {part.name: _State() for part in parts}

    async def run(self, beside: Callable[[], Coroutine[None, None, None]] | None = None) -> None:
        """Run all parts, and `beside` with them; whatever ends this, all are stopped when it returns.

        Raises:
            KpiError: a vital part cannot start at all.
        """
        self._logs.mkdir(parents=True, exist_ok=True)
        try:
            async with asyncio.TaskGroup() as tasks:
                for part in self._parts:
                    tasks.create_task(self._keep(part))
                tasks.create_task(self._trim_logs())
                if beside is not None:
                    tasks.create_task(beside())
        except* KpiError as group:
            raise group.exceptions[0] from None
        finally:
            await self._stop_all()

    async def wait_up(self, *names: str) -> None:
        """Wait until each of these parts has been healthy once."""
        for name in names:
            await self._states[name].up.wait()

    def kill_all(self) -> None:
        """End every part without asking."""
        for child in (*self._children(server=False), *self._children(server=True)):
            child.kill()

    async def _keep(self, part: Part) -> None:
        await self.wait_up(*part.after)
        failures = 0
        while True:
            began = clock.monotonic()
            code = await self._run_once(part)
            if part.job and code == 0:
                self._states[part.name].up.set()
                return
            self._refuse_hopeless(part, code)
            failures = 1 if clock.monotonic() - began > _STEADY_S else failures + 1
            delay = restart_delay(failures)
            why = self._last_words(part) if code >= 0 else f"log: {self._log_of(part)}"
            self._tell(f"{part.name} {_words(code)}, starts again in {delay:g} s; {why}")
            await asyncio.sleep(delay)

    async def _run_once(self, part: Part) -> int:
        if part.prepare is not None:
            await asyncio.to_thread(part.prepare)
        child = await Child.start(part.command, part.environment, self._log_of(part))
        self._states[part.name].child = child
        self._record_pids()
        async with asyncio.TaskGroup() as tasks:
            probe = tasks.create_task(self._probe(part))
            code = await child.wait()
            probe.cancel()
        # What it had started itself goes with it.
        child.kill()
        self._states[part.name].child = None
        return code

    async def _probe(self, part: Part) -> None:
        if part.job:
            return
        while not await part.healthy():  # noqa: ASYNC110 - nothing but asking tells
            await asyncio.sleep(_PROBE_EVERY_S)
        self._states[part.name].up.set()

    def _refuse_hopeless(self, part: Part, code: int) -> None:
        """Raise where starting again would only fail again: wrong settings, or a job that says no."""
        never_up = not self._states[part.name].up.is_set()
        if part.vital and never_up and (code == EXIT_USAGE or (part.job and code == EXIT_NO)):
            raise KpiError(f"{part.name} cannot start: {self._last_words(part)}")

    async def _trim_logs(self) -> None:
        while True:
            for part in self._parts:
                await asyncio.to_thread(trim, self._log_of(part))
            await asyncio.sleep(_TRIM_EVERY_S)

    async def _stop_all(self) -> None:
        await _stop(self._children(server=False), _STOP_CLIENTS_S)
        await _stop(self._children(server=True), _STOP_SERVERS_S)
        self._record({})

    def _children(self, *, server: bool) -> list[Child]:
        states = (self._states[part.name] for part in self._parts if part.server is server)
        return [state.child for state in states if state.child]

    def _record_pids(self) -> None:
        self._record({name: state.child.pid for name, state in self._states.items() if state.child})

    def _log_of(self, part: Part) -> Path:
        return self._logs / f"{part.name}.log"

    def _last_words(self, part: Part) -> str:
        return f"{last_words(self._log_of(part))} (log: {self._log_of(part)})"


async def _stop(children: Sequence[Child], patience_s: float) -> None:
    """Ask all at once to end, and end by force those that have not within their time."""
    for child in children:
        child.stop()
    ended = [asyncio.ensure_future(child.wait()) for child in children]
    if ended:
        await asyncio.wait(ended, timeout=patience_s)
    for child in children:
        child.kill()
    await asyncio.gather(*ended)


def _words(code: int) -> str:
    if code < 0:
        return f"was ended by {signal.Signals(-code).name}"
    return f"ended with code {code}"
