"""A range of the simulated world: into a file, or to Kafka at a pace."""

import asyncio
import os
import re
import sys
from pathlib import Path
from typing import Final, NamedTuple

from producers.publisher import Message, Sender
from producers.simulate.emission import Emission
from producers.simulate.world import World
from streams import clock
from streams.errors import UsageError

CHUNK: Final = 5_000
_PACE: Final = re.compile(r"(\d+(?:\.\d+)?)(x?)", re.ASCII)


class Pace(NamedTuple):
    """How fast a range is sent: events a second, or times as fast as it happened; neither is flat out."""

    events_a_second: float = 0.0
    times: float = 0.0

    def due_s(self, number: int, after_start_ms: int) -> float:
        """Give when an event is due, in seconds after the first one."""
        if self.times:
            return after_start_ms / 1000 / self.times
        return number / self.events_a_second if self.events_a_second else 0.0


def parse_pace(text: str) -> Pace:
    """Read a pace: `500` is events a second, `60x` is sixty times as fast as it happened.

    Raises:
        UsageError: the text is neither.
    """
    match = _PACE.fullmatch(text)
    if not match or not float(match[1]):
        raise UsageError(f"--rate: {text!r} is no pace; write 500 (events a second) or 60x (times real time)")
    return Pace(times=float(match[1])) if match[2] else Pace(events_a_second=float(match[1]))


def message_of(event: Emission) -> Message:
    """Give what an event is on Kafka."""
    return Message(event.topic, event.key, event.value)


def write_range(world: World, start_ms: int, end_ms: int, path: Path) -> None:
    """Write the events of a range as NDJSON; `-` is standard output."""
    lines = (event.value + b"\n" for event in world.events(start_ms, end_ms))
    try:
        if str(path) == "-":
            sys.stdout.buffer.writelines(lines)
            sys.stdout.buffer.flush()
            return
        with path.open("wb") as file:
            file.writelines(lines)
    except BrokenPipeError:
        # The reader has seen enough; what is still buffered has nowhere to go at exit.
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115, PTH123
    except OSError as error:
        raise UsageError(f"--out: {path} cannot be written: {error.strerror}") from None


async def produce_range(world: World, sender: Sender, start_ms: int, end_ms: int, pace: Pace) -> int:
    """Send the events of a range and give how many they were."""
    began = clock.monotonic()
    count = 0
    chunk: list[Message] = []
    for event in world.events(start_ms, end_ms):
        due = began + pace.due_s(count, event.at_ms - start_ms)
        count += 1
        if len(chunk) == CHUNK or (chunk and due > clock.monotonic()):
            await sender.publish(chunk)
            chunk = []
        await _sleep_until(due)
        chunk.append(message_of(event))
    await sender.publish(chunk)
    return count


async def _sleep_until(due: float) -> None:
    left = due - clock.monotonic()
    if left > 0:
        await asyncio.sleep(left)
