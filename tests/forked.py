"""A `kpi` command as a process of its own, forked from a server that has imported it: it starts at once."""

import multiprocessing
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Final

from streams.cli import main

_FORKS: Final = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload(["tests.preloaded"])


class Forked:
    """One process, to be handled as a `subprocess.Popen` is.

    Args:
        arguments: what stands behind `kpi`.
        environment: all of its environment.
        out: where its output goes, behind what is there.
        err: where its errors go; as a rule there too.
        run: what it does instead of the command.
    """

    def __init__(
        self,
        arguments: tuple[str, ...],
        environment: Mapping[str, str],
        out: Path,
        err: Path | None = None,
        run: Callable[[], None] = main,
    ) -> None:
        self.args = ("kpi", *arguments)
        self._process: BaseProcess = _FORKS.Process(
            target=_be, args=(self.args, dict(environment), out, err or out, run)
        )
        self._process.start()

    @property
    def pid(self) -> int:
        """The process's id."""
        assert self._process.pid is not None
        return self._process.pid

    @property
    def returncode(self) -> int | None:
        """The exit code once the process has ended; a signal's number with a minus."""
        return self._process.exitcode

    def poll(self) -> int | None:
        """Give the exit code, None while the process runs."""
        return self._process.exitcode

    def wait(self, timeout: float | None = None) -> int:
        """Wait for the end and give the exit code.

        Raises:
            subprocess.TimeoutExpired: it goes on.
        """
        self._process.join(timeout)
        code = self._process.exitcode
        if code is None:
            raise subprocess.TimeoutExpired(self.args, timeout or 0)
        return code

    def send_signal(self, number: signal.Signals) -> None:
        """Send a signal, unless the process has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        """Send SIGTERM."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """Send SIGKILL."""
        self.send_signal(signal.SIGKILL)


def _be(
    arguments: tuple[str, ...], environment: dict[str, str], out: Path, err: Path, run: Callable[[], None]
) -> None:
    """Be a command with that environment and nothing else, writing to those files."""
    for stream, path in ((1, out), (2, err)):
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        os.dup2(file, stream)
        os.close(file)
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = [*arguments]
    run()
