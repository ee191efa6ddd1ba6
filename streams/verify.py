"""Recompute every window from `events` alone, in SQL, and compare with what is stored.

The SQL shares nothing with the Processor. It works through local days, a bounded number of events at a time.
Events go on arriving meanwhile: a comparison looks at the events up to `consumed`, read before anything else.
Whatever is stored of a row up to that position must equal the recomputed row; a row that has moved on since
is compared again, until it has been equal once.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date
from itertools import pairwise
from typing import Any, Final, NamedTuple

from clickhouse_connect.driver.client import Client

from streams import clock
from streams.recompute import (
    FIRST_DAY,
    LAST_DAY,
    PARTS,
    Consumed,
    Part,
    comparison,
    consumed_of,
    midnight,
    window_parameters,
)
from streams.suspects import Comparison, Difference, Suspects

# About 100 MB in the engine.
_EVENTS_PER_CHUNK: Final = 100_000
_PATIENCE_S: Final = 60.0
_PAUSE_S: Final = 0.5


class Chunk(NamedTuple):
    """Whole local days, from the first to before the last, and about how many events they hold."""

    first: date
    last: date
    events: int


@dataclass
class Verification:
    """What a verification found; `moving` numbers changed at every reading and are not proven."""

    events: int = 0
    windows: int = 0
    numbers: int = 0
    differing: int = 0
    moving: int = 0
    differences: list[Difference] = field(default_factory=list)

    @property
    def equal(self) -> bool:
        """Say whether every number is proven to be what the events say."""
        return not self.differing and not self.moving


class Verifier:
    """Compares one generation's tables; the client is connected to its database.

    Numbers that go on moving are read again for `patience_s` seconds, then they count as not proven. Only
    what events of `parts` lead to is compared.
    """

    def __init__(
        self,
        client: Client,
        pause: Callable[[float], None] = time.sleep,
        patience_s: float = _PATIENCE_S,
        parts: Sequence[Part] = PARTS,
    ) -> None:
        self._client = client
        self._pause = pause
        self._patience_s = patience_s
        self._statements = {part: comparison(part) for part in parts}

    def chunks(self, first: date = FIRST_DAY, last: date = LAST_DAY) -> list[Chunk]:
        """Cut the local days from `first` to before `last` into chunks of a bounded number of events."""
        rows = self._client.query(
            "SELECT toDate(time, 'Asia/Ho_Chi_Minh') AS day, count() FROM events"
            " WHERE day >= {first:Date} AND day < {last:Date} GROUP BY day ORDER BY day",
            parameters={"first": first, "last": last},
        ).result_rows
        return list(_cut([(day, int(count)) for day, count in rows], first, last))

    def verify(self, chunks: Sequence[Chunk], advance: Callable[[Chunk], None]) -> Verification:
        """Compare chunk by chunk; `advance` is told of each that is done."""
        total = Verification()
        for chunk in chunks:
            for part in self._statements:
                self._verify_part(part, chunk, total)
            total.events += chunk.events
            advance(chunk)
        return total

    def _verify_part(self, part: Part, chunk: Chunk, total: Verification) -> None:
        deadline = clock.monotonic() + self._patience_s
        found = self._compare(part, chunk)
        suspects = Suspects(found)
        while not suspects.settled and clock.monotonic() < deadline:
            self._pause(_PAUSE_S)
            suspects.read_again(self._compare(part, chunk))
        total.windows += found.windows
        total.numbers += found.numbers
        total.differing += suspects.differing
        total.moving += suspects.moving
        total.differences += suspects.differences

    def _compare(self, part: Part, chunk: Chunk) -> Comparison:
        consumed = consumed_of(self._client)
        parameters = window_parameters(part, midnight(chunk.first), midnight(chunk.last), consumed)
        row = self._client.query(self._statements[part], parameters=parameters).result_rows[0]
        windows, numbers, differing, sample = row
        return Comparison(windows, numbers, differing, [_difference(item, consumed) for item in sample])


def _difference(item: Sequence[Any], consumed: Consumed) -> Difference:
    difference = Difference._make([*item, False])
    position = consumed.get((difference.topic, difference.partition), -1)
    return difference._replace(at=difference.at.replace(tzinfo=UTC), ahead=difference.version > position)


def _cut(days: Sequence[tuple[date, int]], first: date, last: date) -> Iterator[Chunk]:
    """Join days until a chunk is full; the chunks leave no gap, so that rows without events are found too."""
    starts, counts, events = [first], [], 0
    for day, count in days:
        if events and events + count > _EVENTS_PER_CHUNK:
            starts.append(day)
            counts.append(events)
            events = 0
        events += count
    for (start, end), count in zip(pairwise([*starts, last]), [*counts, events], strict=True):
        yield Chunk(start, end, count)
