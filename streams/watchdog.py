"""The watchdog: ends a worker that has something to do, is kept from it by nothing known, and does nothing.

A broken dependency that is being tried again is no reason to end: starting again would not mend it.
"""

import faulthandler
import os
import sys
import threading
from collections.abc import Callable
from tempfile import TemporaryFile
from typing import Final, NamedTuple

from streams import clock
from streams.logs import get_logger

_log = get_logger("watchdog")

# EX_TEMPFAIL of sysexits.h: the same build, started again, is likely to get on.
EXIT_HUNG: Final = 75
_TICK_S: Final = 1.0
# Between two looks the process itself may have been stopped, or the machine asleep: that is no hang.
_LONGEST_TICK_S: Final = 3.0


class Signs(NamedTuple):
    """What shows that a worker lives: it changes, or there is a reason why it does not.

    `turn` counts the turns of the event loop, `stored` the records that were stored; `waiting` is how many
    records and partitions are to be dealt with, `retrying` whether a dependency is being tried again.
    """

    turn: int = 0
    stored: int = 0
    waiting: int = 0
    retrying: bool = False


class Watch(NamedTuple):
    """The signs at a moment, and for how many seconds they have looked wrong."""

    signs: Signs
    at: float
    blocked_s: float = 0.0
    stuck_s: float = 0.0


def observe(watch: Watch, signs: Signs, now: float) -> Watch:
    """Look again."""
    elapsed = min(now - watch.at, _LONGEST_TICK_S)
    turns = signs.turn != watch.signs.turn
    gets_on = signs.stored != watch.signs.stored or not signs.waiting or signs.retrying
    return Watch(
        signs,
        now,
        0.0 if turns else watch.blocked_s + elapsed,
        0.0 if gets_on else watch.stuck_s + elapsed,
    )


def verdict(watch: Watch, limit_s: float) -> str | None:
    """Tell in words why the worker is to end; None: it is well, or there is no limit (0)."""
    if not limit_s or max(watch.blocked_s, watch.stuck_s) < limit_s:
        return None
    # A loop that stands still is why nothing is stored, though it may have begun to wait before that.
    if watch.blocked_s >= min(limit_s, _LONGEST_TICK_S):
        return f"the event loop has not turned for {watch.blocked_s:.0f} s"
    return (
        f"{watch.signs.waiting:,} records or partitions wait, Kafka and ClickHouse answer, and nothing"
        f" was stored for {watch.stuck_s:.0f} s"
    )


class Watchdog(threading.Thread):
    """Looks at the signs each second from a thread of its own, which a blocked event loop cannot hold up.

    Args:
        signs: gives the signs of this moment.
        limit_s: how long they may look wrong; 0: for ever.
        end: ends the process.
    """

    def __init__(
        self, signs: Callable[[], Signs], limit_s: float, end: Callable[[str], None] | None = None
    ) -> None:
        super().__init__(name="watchdog", daemon=True)
        self._signs = signs
        self._limit_s = limit_s
        self._end = end or _end
        self._stopped = threading.Event()
        self.watch = Watch(signs(), clock.monotonic())

    def run(self) -> None:
        """Look until stopped."""
        while not self._stopped.wait(_TICK_S):
            self.watch = observe(self.watch, self._signs(), clock.monotonic())
            words = verdict(self.watch, self._limit_s)
            if words is not None:
                self._end(words)
                return

    def complaint(self, blocked_s: float) -> str | None:
        """Tell in words what looks wrong: the loop for that long, or the rest for as long as the limit."""
        watch = self.watch
        if watch.blocked_s >= blocked_s:
            return verdict(watch, blocked_s)
        return verdict(watch, self._limit_s)

    def stop(self) -> None:
        """Look no more."""
        self._stopped.set()


def _end(words: str) -> None:
    """Say why and where it hangs, and leave at once: what hangs would hold up an orderly stop too."""
    _log.error("worker_hangs", words=words, exit_code=EXIT_HUNG, stacks=_stacks())
    sys.stderr.flush()
    os._exit(EXIT_HUNG)


def _stacks() -> str:
    with TemporaryFile("w+") as file:
        faulthandler.dump_traceback(file)
        file.seek(0)
        return file.read()
