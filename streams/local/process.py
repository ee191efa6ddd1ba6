"""A child process that ends with its parent, and takes everything that it started with it."""

import asyncio
import ctypes
import os
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

_PR_SET_PDEATHSIG: Final = 1
_LIBC: Final = ctypes.CDLL(None) if sys.platform == "linux" else None


@dataclass(frozen=True)
class Child:
    """A running process in a session of its own, so that Ctrl-C at the terminal does not reach it."""

    process: asyncio.subprocess.Process

    @classmethod
    async def start(cls, command: Sequence[str], environment: Mapping[str, str], log: Path) -> Self:
        """Start a command whose output goes to the end of a log file."""
        with log.open("ab") as output:
            process = await asyncio.create_subprocess_exec(
                *command,
                env=dict(environment),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
                preexec_fn=_end_with_parent(os.getpid()),
            )
        return cls(process)

    @property
    def pid(self) -> int:
        """The process id, which is also its group's."""
        return self.process.pid

    async def wait(self) -> int:
        """Wait until it has ended and give its exit code (negative: the signal that ended it)."""
        return await self.process.wait()

    def stop(self) -> None:
        """Ask it and its group to end."""
        signal_group(self.pid, signal.SIGTERM)

    def kill(self) -> None:
        """End it and its group without asking."""
        signal_group(self.pid, signal.SIGKILL)


def signal_group(pid: int, number: signal.Signals) -> None:
    """Send a signal to a process group; one that is gone already is no error."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, number)


def _end_with_parent(parent: int) -> Callable[[], None]:
    def after_fork() -> None:
        # SIGKILL, because a child may ignore any other; every part survives it by design.
        if _LIBC is not None:
            _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            os._exit(1)

    return after_fork
