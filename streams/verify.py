"""Recompute every window from `events` alone, in SQL, and compare with what is stored.

The SQL shares nothing with the Processor. It works through local days, a bounded number of events at a time.
Events go on arriving meanwhile: a comparison looks at the events up to `consumed`, read before anything else.
Whatever is stored of a row up to that position must equal the recomputed row; a row that has moved on since
is compared again.
"""

import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any, Final, NamedTuple

from clickhouse_connect.driver.client import Client

from streams.clock import HANOI
from streams.resources import resource

# About 100 MB in the engine.
_EVENTS_PER_CHUNK: Final = 100_000
FIRST_DAY: Final = date(2000, 1, 1)
LAST_DAY: Final = date(2100, 1, 2)
_ATTEMPTS: Final = 12
# A row ahead of `consumed` that stays as it is for so many readings is not being written.
_UNCHANGED: Final = 4
_PAUSE_S: Final = 0.5


class Part(NamedTuple):
    """Event types verified together; `reach`: how long after a window began its events may lie, if known."""

    name: str
    types: tuple[str, ...]
    reach: timedelta | None = None


# A report's time is the end of its window, also in corrections; a visit may be corrected to any time.
PARTS: Final = (
    Part("crossings", ("vn.laocai.kpi.gate.crossing.v1",)),
    Part("clearances", ("vn.laocai.kpi.clearance.stage.v1",)),
    Part("outputs", ("vn.laocai.kpi.factory.output.v1",), timedelta(hours=1)),
    Part(
        "registers",
        ("vn.laocai.kpi.gate.state.v1", "vn.laocai.kpi.target.v1", "vn.laocai.kpi.declaration.v1"),
    ),
)


class Chunk(NamedTuple):
    """Whole local days, from the first to before the last, and about how many events they hold."""

    first: date
    last: date
    events: int


class Difference(NamedTuple):
    """A number that is not stored as the events say.

    `version` is that of the stored row, `ahead` whether it is above what is recorded as consumed.
    """

    kpi: str
    at: datetime
    dimensions: str
    topic: str
    partition: int
    measure: str
    stored: int
    recomputed: int
    version: int
    ahead: bool


@dataclass
class Verification:
    """What a verification found; `moving` rows were written during every reading and are in doubt."""

    events: int = 0
    windows: int = 0
    numbers: int = 0
    differing: int = 0
    moving: int = 0
    differences: list[Difference] = field(default_factory=list)


class Verifier:
    """Compares one generation's tables; the client is connected to its database."""

    def __init__(self, client: Client, pause: Callable[[float], None] = time.sleep) -> None:
        self._client = client
        self._pause = pause
        self._statements = {part: "".join(map(_sql, ("standing", part.name, "compare"))) for part in PARTS}

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
            for part in PARTS:
                self._verify_part(part, chunk, total)
            total.events += chunk.events
            advance(chunk)
        return total

    def _verify_part(self, part: Part, chunk: Chunk, total: Verification) -> None:
        readings: Counter[Difference] = Counter()
        for _ in range(_ATTEMPTS):
            found = self._compare(part, chunk)
            readings = Counter({difference: readings[difference] + 1 for difference in found.differences})
            in_doubt = {d for d in found.differences if readings[d] < (_UNCHANGED if d.ahead else 2)}
            if not in_doubt:
                break
            self._pause(_PAUSE_S)
        _add(total, found, {difference for difference in in_doubt if difference.ahead})

    def _compare(self, part: Part, chunk: Chunk) -> "_Comparison":
        consumed = self._consumed()
        start, end = _midnight(chunk.first), _midnight(chunk.last)
        parameters = {
            "types": list(part.types),
            "window_from": _text(start),
            "window_to": _text(end),
            "scan_from": _text(start if part.reach else _midnight(FIRST_DAY)),
            "scan_to": _text(end + part.reach if part.reach else _midnight(LAST_DAY)),
            "partitions": [f"{topic}/{partition}" for topic, partition in consumed],
            "next_positions": [position + 1 for position in consumed.values()],
        }
        row = self._client.query(self._statements[part], parameters=parameters).result_rows[0]
        windows, numbers, differing, sample = row
        return _Comparison(windows, numbers, differing, [_difference(item, consumed) for item in sample])

    def _consumed(self) -> dict[tuple[str, int], int]:
        rows = self._client.query(
            "SELECT topic, partition, max(position) FROM consumed GROUP BY topic, partition"
        )
        return {(topic, partition): position for topic, partition, position in rows.result_rows}


class _Comparison(NamedTuple):
    windows: int
    numbers: int
    differing: int
    differences: list[Difference]


def _difference(item: Sequence[Any], consumed: Mapping[tuple[str, int], int]) -> Difference:
    difference = Difference._make([*item, False])
    position = consumed.get((difference.topic, difference.partition), -1)
    return difference._replace(at=difference.at.replace(tzinfo=UTC), ahead=difference.version > position)


def _add(total: Verification, found: _Comparison, in_doubt: AbstractSet[Difference]) -> None:
    total.windows += found.windows
    total.numbers += found.numbers
    total.moving += len(in_doubt)
    total.differing += found.differing - len(in_doubt)
    total.differences += [difference for difference in found.differences if difference not in in_doubt]


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


def _midnight(day: date) -> datetime:
    return datetime.combine(day, datetime.min.time(), HANOI).astimezone(UTC)


def _text(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S}"


def _sql(name: str) -> str:
    return resource(f"sql/verify/{name}.sql").read_text(encoding="utf-8")
