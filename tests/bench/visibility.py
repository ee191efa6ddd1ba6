"""How old events were when a query first showed them: sent here, seen there."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import NamedTuple

Place = tuple[str, int]


class Sent(NamedTuple):
    """An event that Kafka acknowledged: where it lies, and when it was handed to the producer (seconds)."""

    place: Place
    offset: int
    at: float


class Seen(NamedTuple):
    """An answer of ClickHouse: when it came (seconds), and up to which offset each partition was stored."""

    at: float
    offsets: Mapping[Place, int]


def ages_ms(sent: Iterable[Sent], seen: Iterable[Seen]) -> list[float]:
    """Give the age in milliseconds of each event in the first answer that showed it.

    Raises:
        LookupError: an event was in no answer.
    """
    steps: defaultdict[Place, list[tuple[int, float]]] = defaultdict(list)
    for answer in seen:
        for place, offset in answer.offsets.items():
            known = steps[place]
            if not known or offset > known[-1][0]:
                known.append((offset, answer.at))
    return [(_first_seen(steps[event.place], event) - event.at) * 1000 for event in sent]


def _first_seen(steps: list[tuple[int, float]], event: Sent) -> float:
    at = bisect_left(steps, (event.offset, 0.0))
    if at == len(steps):
        raise LookupError(f"no answer showed {event.place} at {event.offset}")
    return steps[at][1]
