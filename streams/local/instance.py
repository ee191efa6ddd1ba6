"""One `kpi up` a home: its lock, what it runs, and the processes that a killed one left behind."""

import fcntl
import json
import os
import signal
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

import psutil

from streams.errors import KpiError
from streams.local.process import signal_group

_LOCK: Final = "up.lock"
_PARTS: Final = "up.json"


class Instance:
    """The `kpi up` of one home folder, seen from itself or from another command."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._lock = home / _LOCK
        self._parts = home / _PARTS

    @contextmanager
    def hold(self) -> Iterator[None]:
        """Be the only `kpi up` of this home; the lock goes with the process, however it ends.

        Raises:
            KpiError: another one runs.
        """
        self._home.mkdir(mode=0o700, parents=True, exist_ok=True)
        with self._lock.open("a+") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise KpiError(
                    f"kpi up already runs in {self._home} (process {self._lock.read_text().strip()}); "
                    "stop it with: kpi down"
                ) from None
            lock.truncate(0)
            lock.write(f"{os.getpid()}\n")
            lock.flush()
            yield

    def supervisor(self) -> int | None:
        """Give the process id of the `kpi up` that runs in this home, if one does."""
        if not self._lock.is_file():
            return None
        with self._lock.open() as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return int(lock.read() or 0) or None
        return None

    def record(self, pids: Mapping[str, int]) -> None:
        """Write down which processes are ours, with their start times: a process id alone is used again."""
        parts: dict[str, tuple[int, float]] = {}
        for name, pid in pids.items():
            with suppress(psutil.NoSuchProcess):
                parts[name] = (pid, psutil.Process(pid).create_time())
        arriving = self._parts.with_suffix(".new")
        arriving.write_text(json.dumps(parts))
        arriving.replace(self._parts)

    def living(self) -> dict[str, int]:
        """Give the parts that were written down and still run."""
        if not self._parts.is_file():
            return {}
        recorded: dict[str, tuple[int, float]] = json.loads(self._parts.read_text())
        return {name: pid for name, (pid, since) in recorded.items() if _lives(pid, since)}

    def end_leftovers(self) -> None:
        """End what an earlier `kpi up` left behind (it was killed, and its parts did not notice)."""
        for pid in self.living().values():
            signal_group(pid, signal.SIGKILL)


def _lives(pid: int, since: float) -> bool:
    try:
        process = psutil.Process(pid)
        return process.create_time() == since and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
