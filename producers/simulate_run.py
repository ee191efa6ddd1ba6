"""Runs the simulated world: to a file, over a range or live."""

import sys
from pathlib import Path

from producers.simulate.world import World


def write_range(world: World, start_ms: int, end_ms: int, path: Path) -> None:
    """Write the events of a range as NDJSON; `-` is standard output."""
    if str(path) == "-":
        sys.stdout.buffer.writelines(event.value + b"\n" for event in world.events(start_ms, end_ms))
        sys.stdout.buffer.flush()
        return
    with path.open("wb") as file:
        file.writelines(event.value + b"\n" for event in world.events(start_ms, end_ms))
