"""A process that can be stopped, go on, and be killed: it acts on the world only when it has its turn."""

import asyncio
from collections.abc import Awaitable, Callable


class Process:
    """All that a worker asks of the outside waits for the worker's turn first, and after the answer again.

    A killed one never gets a turn: no handler of its runs any more, as after kill -9, and what it sent
    before still arrives.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.alive = True
        self._running = asyncio.Event()
        self._running.set()
        self._faults: dict[int, Callable[[], None]] = {}
        self._writes = 0

    async def turn(self) -> None:
        """Return when the process may act; of a dead one, never."""
        while not (self.alive and self._running.is_set()):
            if not self.alive:
                await asyncio.get_running_loop().create_future()
            await self._running.wait()

    def kill(self) -> None:
        """Kill -9."""
        self.alive = False

    def pause(self) -> None:
        """Stop it where it stands (SIGSTOP)."""
        self._running.clear()

    def resume(self) -> None:
        """Let it go on (SIGCONT)."""
        self._running.set()

    def at_write(self, number: int, fault: Callable[[], None]) -> None:
        """Let a fault strike right after the write of this number, counted from now, has landed."""
        self._faults[self._writes + number] = fault

    def forget_faults(self) -> None:
        """Let no fault wait any more."""
        self._faults.clear()

    def wrote(self) -> None:
        """Count a write that has landed; a fault that waits for it strikes."""
        self._writes += 1
        fault = self._faults.pop(self._writes, None)
        if fault is not None:
            fault()

    async def call(self, request: Callable[[], Awaitable[None]]) -> None:
        """Send a request and wait for its answer; once sent, it arrives whatever becomes of the sender."""
        await self.turn()
        await asyncio.shield(asyncio.ensure_future(request()))
        await self.turn()
