"""An event loop whose time is virtual: sleeping costs nothing, and a run is the same each time."""

import asyncio
import selectors
from typing import Any


class DeadlockError(Exception):
    """Everybody waits, and nothing will ever happen again."""


class _NoInput(selectors.SelectSelector):
    """Waits for nobody: what is to come comes from timers."""

    waited = 0.0

    def select(self, timeout: float | None = None) -> list[Any]:
        if timeout is None:
            raise DeadlockError
        self.waited += max(0.0, timeout)
        return []


class VirtualLoop(asyncio.SelectorEventLoop):
    """Jumps to the next timer when nothing is ready; threads and sockets have no place in it."""

    def __init__(self) -> None:
        self._virtual = _NoInput()
        super().__init__(self._virtual)

    def time(self) -> float:
        """Give the virtual time in seconds."""
        return self._virtual.waited
