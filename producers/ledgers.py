"""What the simulator of this home has sent so far, kept on disk so that a second start goes on from there."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Self

from pydantic import BaseModel, ValidationError

from producers.spans import Span, merged
from streams.errors import KpiError, UsageError


def folder(home: Path) -> Path:
    """Give the folder of the simulator's state."""
    return home / "simulate"


class _Ledger(BaseModel):
    """A small file that is replaced whole."""

    world: str

    @classmethod
    def read(cls, path: Path, world: str) -> Self | None:
        """Read the ledger of a world, or None if there is none yet.

        Raises:
            KpiError: the file holds another world, or is damaged.
        """
        try:
            ledger = cls.model_validate_json(path.read_bytes())
        except FileNotFoundError:
            return None
        except ValidationError:
            raise KpiError(f"{path} is damaged; start over with: kpi up --fresh") from None
        if ledger.world != world:
            raise UsageError(
                f"this home holds the world {ledger.world} (seed/scenario), not {world}; "
                "use another KPI_HOME, or start over with: kpi up --fresh"
            )
        return ledger

    def write(self, path: Path) -> None:
        """Replace the file so that a crash leaves the old one or the new one."""
        replace_file(path, self.model_dump_json().encode())


class LiveLedger(_Ledger):
    """The live stream: its sessions, and up to where everything of the last one is acknowledged.

    A session's end is claimed ahead of sending: a session that crashed has sent nothing after it.
    """

    pid: int
    sessions: list[Span]
    sent_to: int


class HistoryLedger(_Ledger):
    """The history: the spans that it has sent."""

    done: list[Span] = []

    def add(self, span: Span) -> None:
        """Note that a span has been sent."""
        self.done = merged([*self.done, span])


def replace_file(path: Path, content: bytes) -> None:
    """Write a file beside the old one and put it in its place."""
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_suffix(".new")
    with new.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)


@contextmanager
def only_one_live(home: Path) -> Iterator[None]:
    """Hold the lock of the live stream of a home.

    Raises:
        KpiError: another process holds it.
    """
    path = folder(home) / "live.lock"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise KpiError(
                f"a live simulation of {home} runs already; give --from and --to for a range"
            ) from None
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield


def live_pid(home: Path) -> int | None:
    """Give the process that runs the live stream of a home, None if none does."""
    path = folder(home) / "live.lock"
    if not path.exists():
        return None
    with path.open("r+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return int(file.read() or 0)
    return None
