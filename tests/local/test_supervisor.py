"""The supervisor with small programs in the place of the real parts."""

import asyncio
import os
import signal
import sys
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil
import pytest

from streams import clock
from streams.errors import KpiError
from streams.local.supervisor import Part, Supervisor, restart_delay

_STUBBORN = (
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); "
    "print('on', flush=True); time.sleep(60)"
)


class Whole:
    """A supervisor with what it told and recorded."""

    def __init__(self, folder: Path, *parts: Part) -> None:
        self.told: list[str] = []
        self.pids: Mapping[str, int] = {}
        self.logs = folder / "logs"
        self.supervisor = Supervisor(parts, self.logs, self.told.append, self._record)
        self.ever: dict[str, list[int]] = {}

    def _record(self, pids: Mapping[str, int]) -> None:
        self.pids = pids
        for name, pid in pids.items():
            known = self.ever.setdefault(name, [])
            if pid not in known:
                known.append(pid)

    async def while_running(self, check: Callable[[], Awaitable[Any]]) -> float:
        """Run it, wait for the check, stop it, and give how long the stop took."""
        running = asyncio.create_task(self.supervisor.run())
        checking = asyncio.ensure_future(check())
        await asyncio.wait([running, checking], timeout=20, return_when=asyncio.FIRST_COMPLETED)
        assert checking.done(), self.told
        began = clock.monotonic()
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running
        return clock.monotonic() - began


def part(name: str, program: str, **options: Any) -> Part:
    """Give a part that runs a line of Python."""
    return Part(name, [sys.executable, "-c", program], dict(os.environ), **options)


async def until(condition: Callable[[], bool]) -> None:
    """Wait until something is so; the caller sets the limit."""
    while not condition():  # noqa: ASYNC110 - files and processes send no event
        await asyncio.sleep(0.02)


async def test_parts_start_in_order(tmp_path: Path) -> None:
    """A part waits until those before it are healthy, a job until it has ended well."""
    trace = tmp_path / "trace"
    note = f"open({str(trace)!r}, 'a').write"

    async def server_answers() -> bool:
        return trace.is_file()

    whole = Whole(
        tmp_path,
        part("client", f"{note}('client '); import time; time.sleep(60)", after=("migrate",)),
        part("migrate", f"{note}('migrate ')", after=("server",), job=True),
        part("server", f"{note}('server '); import time; time.sleep(60)", healthy=server_answers),
    )

    await whole.while_running(lambda: until(lambda: trace.is_file() and "client" in trace.read_text()))

    assert trace.read_text() == "server migrate client "


async def test_what_dies_is_started_again_and_said(tmp_path: Path) -> None:
    """After kill -9 the part runs again as another process, and the terminal shows why."""
    whole = Whole(tmp_path, part("worker", "import time; print('at work', flush=True); time.sleep(60)"))

    async def killed_and_back() -> None:
        await until(lambda: "worker" in whole.pids and (whole.logs / "worker.log").read_text() != "")
        os.kill(whole.pids["worker"], signal.SIGKILL)
        await until(lambda: len(whole.ever["worker"]) > 1)

    await whole.while_running(killed_and_back)

    assert (
        f"worker was ended by SIGKILL, starts again in 0.5 s; log: {whole.logs / 'worker.log'}"
        == whole.told[0]
    )


def test_back_off_grows_to_half_a_minute() -> None:
    """The first restart comes at once, later ones ever later."""
    delays = [restart_delay(failures) for failures in (1, 2, 3, 4, 100)]

    assert delays == [0.5, 1.0, 2.0, 4.0, 30.0]


async def test_a_stop_leaves_no_process(tmp_path: Path) -> None:
    """Parts that ignore SIGTERM, and what parts started themselves, are gone within ten seconds."""
    start = f"subprocess.Popen([sys.executable, '-c', {_STUBBORN!r}])"
    starts_one = f"import subprocess, sys, time; {start}; time.sleep(60)"
    whole = Whole(
        tmp_path,
        part("stubborn", _STUBBORN),
        part("parent", starts_one),
        part("last", _STUBBORN, server=True),
    )
    family: list[psutil.Process] = []

    async def all_there() -> None:
        await until(
            lambda: all((whole.logs / f"{name}.log").is_file() for name in ("stubborn", "parent", "last"))
        )
        await until(
            lambda: all(
                "on" in (whole.logs / f"{name}.log").read_text() for name in ("stubborn", "parent", "last")
            )
        )
        for parent in map(psutil.Process, whole.pids.values()):
            family.extend([parent, *parent.children(recursive=True)])

    took = await whole.while_running(all_there)

    assert len(family) == 4
    assert not [child for child in family if child.is_running() and child.status() != psutil.STATUS_ZOMBIE]
    assert took < 10
    assert whole.pids == {}


async def test_a_vital_job_that_says_no_ends_the_whole(tmp_path: Path) -> None:
    """Its last words are the error, and nothing is left running."""
    refuses = part("migrate", "import sys; sys.exit('migration 0001 was edited')", job=True)
    whole = Whole(tmp_path, part("server", "import time; time.sleep(60)"), refuses)

    with pytest.raises(KpiError, match="migrate cannot start: migration 0001 was edited"):
        await whole.supervisor.run()

    assert whole.pids == {}


async def test_a_job_that_is_not_vital_is_tried_again(tmp_path: Path) -> None:
    """The rest goes on while it fails."""
    whole = Whole(tmp_path, part("history", "import sys; sys.exit('not yet')", job=True, vital=False))

    await whole.while_running(lambda: until(lambda: len(whole.told) > 1))

    assert "history ended with code 1, starts again in 1 s" in whole.told[1]


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel of Linux ends children with their parent")
async def test_parts_end_with_a_supervisor_that_is_killed(tmp_path: Path) -> None:
    """Kill -9 of the supervisor leaves no part behind, not even one that ignores signals."""
    program = f"""
import asyncio, os, sys
from pathlib import Path
from streams.local.supervisor import Part, Supervisor
part = Part("stubborn", [sys.executable, "-c", {_STUBBORN!r}], dict(os.environ))
show = lambda pids: print(*pids.values(), flush=True)
asyncio.run(Supervisor([part], Path({str(tmp_path)!r}), print, show).run())
"""
    supervisor = await asyncio.create_subprocess_exec(
        sys.executable, "-c", program, stdout=asyncio.subprocess.PIPE
    )
    assert supervisor.stdout is not None
    child = psutil.Process(int(await supervisor.stdout.readline()))
    await until(lambda: "on" in (tmp_path / "stubborn.log").read_text())

    supervisor.kill()
    await supervisor.wait()

    await asyncio.wait_for(until(lambda: not child.is_running() or child.status() == psutil.STATUS_ZOMBIE), 5)
