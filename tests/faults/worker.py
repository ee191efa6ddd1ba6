"""A worker as a process of its own, forked from a server that has imported everything: it starts at once."""

import multiprocessing
import os
import signal
import subprocess
from collections.abc import Mapping
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Final

from tests.faults import worker_main

_FORKS: Final = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload(["tests.faults.worker_main"])
_STOP_S: Final = 20


class Worker:
    """One worker process, to be handled as a `subprocess.Popen` is."""

    def __init__(self, environment: Mapping[str, str], log: Path) -> None:
        self._process: BaseProcess = _FORKS.Process(target=_run, args=(dict(environment), log))
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
            raise subprocess.TimeoutExpired("kpi worker", timeout or 0)
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

    def stop(self) -> int:
        """End it as its supervisor would: ask, wait, then kill. Gives the exit code."""
        self.terminate()
        try:
            return self.wait(_STOP_S)
        except subprocess.TimeoutExpired:
            self.kill()
            return self.wait()


def _run(environment: dict[str, str], log: Path) -> None:
    """Be `kpi worker` with that environment and nothing else, writing to the log."""
    file = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    for stream in (1, 2):
        os.dup2(file, stream)
    os.environ.clear()
    os.environ.update(environment)
    worker_main.run()
