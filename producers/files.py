"""Sends the events of files: the good lines go on, each bad one is reported with its number and reason."""

import asyncio
import queue
import threading
from collections.abc import Callable, Iterator
from typing import Final, NamedTuple

from pydantic_core import from_json

from producers.lines import Line
from producers.publisher import MAX_RAW_BYTES, Message, Sender
from streams.topics import TOPIC_OF_TYPE

_CHUNK: Final = 2_000
_AHEAD: Final = 8_000

# Gives the message of a line, or says what is wrong with it.
Check = Callable[[bytes], Message | str]


class Bad(NamedTuple):
    """A line that was not sent, and why."""

    number: int
    reason: str


class Sent(NamedTuple):
    """How many lines were acknowledged and how many were bad."""

    good: int = 0
    bad: int = 0


async def send_lines(
    lines: Iterator[Line], check: Check, sender: Sender, report: Callable[[Bad | int], None]
) -> Sent:
    """Send every good line; `report` hears of each bad one, and how many were acknowledged since then."""
    reader = _ReadAhead(lines)
    total = Sent()
    while chunk := await asyncio.to_thread(reader.take):
        messages = []
        for line in chunk:
            outcome = line.problem or check(line.value)
            if isinstance(outcome, str):
                report(Bad(line.number, outcome))
            else:
                messages.append(outcome)
        await sender.publish(messages)
        report(len(messages))
        total = Sent(total.good + len(messages), total.bad + len(chunk) - len(messages))
    return total


class _ReadAhead:
    """Reads lines in a thread: a pipe may pause for an hour, and what came before goes on now."""

    def __init__(self, lines: Iterator[Line]) -> None:
        self._ahead: queue.Queue[Line | None] = queue.Queue(_AHEAD)
        self._failure: Exception | None = None
        self._ended = False
        threading.Thread(target=self._read, args=(lines,), daemon=True).start()

    def _read(self, lines: Iterator[Line]) -> None:
        try:
            for line in lines:
                self._ahead.put(line)
        except Exception as error:  # noqa: BLE001 - raised again by the one who takes
            self._failure = error
        self._ahead.put(None)

    def take(self) -> list[Line]:
        """Wait for a line and take what has come with it; an empty list is the end."""
        taken: list[Line] = []
        while len(taken) < _CHUNK and not self._ended:
            try:
                line = self._ahead.get(block=not taken)
            except queue.Empty:
                break
            if line is None:
                self._ended = True
            else:
                taken.append(line)
        if self._failure and not taken:
            raise self._failure
        return taken


def raw_message(value: bytes, topic: str) -> Message | str:
    """Give the message of a line as it is: topic from its type, key from its subject, if readable."""
    try:
        content = from_json(value)
    except ValueError:
        content = None
    attributes = content if isinstance(content, dict) else {}
    found = TOPIC_OF_TYPE.get(str(attributes.get("type")), topic)
    if not found:
        return "its type names no topic; give one with --topic"
    subject = attributes.get("subject")
    key = subject.encode() if isinstance(subject, str) else None
    length = len(value) + len(key or b"")
    if length > MAX_RAW_BYTES:
        return f"{length} bytes with its key; Kafka takes at most {MAX_RAW_BYTES}"
    return Message(found, key, value)
