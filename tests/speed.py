"""How long something takes, on a machine that does other things as well."""

from collections.abc import Callable
from typing import Final

from streams import clock

_RUNS: Final = 3


def quickest_s(ask: Callable[[], object]) -> float:
    """Give the seconds of the quickest of a few runs; the others say how busy the machine is."""
    return min(_seconds(ask) for _ in range(_RUNS))


def _seconds(ask: Callable[[], object]) -> float:
    started = clock.monotonic()
    ask()
    return clock.monotonic() - started
