"""What a dead letter is besides its bytes: what is kept of a large one, its history, where it belongs."""

import re
from typing import Final, NamedTuple

from pydantic import ValidationError

from streams.core.decode import DeadLetter, Reason
from streams.core.record import REPLAY_OF, Headers, Record
from streams.errors import UnfitError
from streams.events import EVENT_ADAPTER, Event, epoch_ms
from streams.topics import TOPIC_OF_TYPE

# No key and no headers of the contract come near.
MAX_KEY_BYTES: Final = 64 << 10
MAX_HEADERS_BYTES: Final = 64 << 10

# What a header takes besides its bytes: lengths, and the prefix that it bears on a dead letter.
_HEADER_OVERHEAD: Final = 24

ATTEMPT: Final = "dlq.attempt"
FIRST_FAILED: Final = "dlq.first_failed_at"
_OURS: Final = "dlq."
# More redrives than this are none: the letter is parked.
MAX_ATTEMPTS: Final = 5
_HIGHEST_ATTEMPT: Final = 255
_NUMBER: Final = re.compile(rb"[0-9]{1,15}")

# Found by parsing the bytes; all else is found by comparing what they say.
_PARSED: Final[tuple[Reason, ...]] = ("not_json", "not_cloudevent", "unknown_type", "invalid")
STAGES: Final[dict[Reason, str]] = {
    "not_json": "decode",
    "not_cloudevent": "decode",
    "unknown_type": "decode",
    "too_large": "decode",
    "invalid": "validate",
    "unknown_entity": "validate",
    "misrouted": "route",
    "future_time": "time",
    "too_many_points": "fold",
}


def stage_of(letter: DeadLetter) -> str:
    """Name the step at which a record failed."""
    return "sink" if letter.refused else STAGES[letter.reason]


def error_class_of(letter: DeadLetter) -> str | None:
    """Name the class of the exception that found a record bad; None: no exception did."""
    if letter.refused:
        return UnfitError.__name__
    if letter.reason not in _PARSED:
        return None
    # What the models take is bad for how it is written: a name that is there twice, a number that is none.
    return (ValidationError if _event(letter.record.value) is None else ValueError).__name__


class Kept(NamedTuple):
    """As much of a record as is kept; `cut` where that is not all of it."""

    key: bytes | None
    value: bytes | None
    headers: Headers
    cut: bool


def kept(record: Record, max_value: int) -> Kept:
    """Give key, value and headers as they came, or their beginnings where they are too large."""
    key = record.key and record.key[:MAX_KEY_BYTES]
    value = record.value and record.value[:max_value]
    headers = _first_headers(record.headers)
    cut = key != record.key or len(headers) < len(record.headers)
    return Kept(key, value, headers, cut or len(value or b"") < len(record.value or b""))


def _first_headers(headers: Headers) -> Headers:
    room, fitting = MAX_HEADERS_BYTES, []
    for name, value in headers:
        room -= len(name.encode()) + len(value or b"") + _HEADER_OVERHEAD
        if room < 0:
            break
        fitting.append((name, value))
    return fitting


def attempt_of(record: Record) -> int:
    """Give how often a record was redriven before it came here, as its header says."""
    return min(_number(record, ATTEMPT, 0), _HIGHEST_ATTEMPT)


def first_failed_ms(record: Record) -> int:
    """Give when a record failed for the first time; for one that was never redriven, when it came."""
    return min(_number(record, FIRST_FAILED, record.received_ms), record.received_ms)


def _number(record: Record, name: str, default: int) -> int:
    for header, value in record.headers:
        # Anybody can send any header: what is no number of ours is none.
        if header == name and _NUMBER.fullmatch(value or b""):
            return int(value or 0)
    return default


def due_ms(letter: DeadLetter) -> int | None:
    """Give the moment from which on an event from the future can be taken: its own time."""
    event = _event(letter.record.value) if letter.reason == "future_time" else None
    return None if event is None else epoch_ms(event.time)


def home_of(value: bytes | None) -> tuple[str, bytes] | None:
    """Give the topic and the key that an event belongs to; of what is no event, None."""
    event = _event(value)
    return None if event is None else (TOPIC_OF_TYPE[event.type], event.subject.encode())


def _event(value: bytes | None) -> Event | None:
    try:
        return EVENT_ADAPTER.validate_json(value or b"")
    except ValidationError:
        return None


def replay_headers(headers: Headers, origin: str, attempt: int, first_failed: int) -> Headers:
    """Give the headers of a redriven record: those that it came with, and what it is a replay of."""
    original = [(name, value) for name, value in headers if not name.startswith(_OURS)]
    return [
        *original,
        (REPLAY_OF, origin.encode()),
        (ATTEMPT, str(attempt).encode()),
        (FIRST_FAILED, str(first_failed).encode()),
    ]
