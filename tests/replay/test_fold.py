"""However a log is cut into pages, in whatever order, and however many fold it: the same rows."""

import asyncio
from collections.abc import AsyncGenerator
from random import Random
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from streams.core.record import PartitionId, Record
from streams.pipeline import Pipeline
from streams.registry import load_registry
from streams.replay.burial import BuryLetters
from streams.replay.fold import fold
from streams.replay.sources import Share
from tests.driver import with_offsets
from tests.events import others, record_of, visits
from tests.fakes import MemoryStore

REGISTRY = load_registry()
BAD = Record(PartitionId("gate.crossing", 0), 0, 0, 0, b"V-1", b"not json")
EVENTS = visits(0, 12) + others()[::6]
RECORDS = with_offsets([*(record_of(event) for event in EVENTS + EVENTS[:9]), BAD])


def shuffled(records: list[Record], random: Random) -> list[Record]:
    """Let partitions come in any order; each keeps its own."""
    parts: dict[PartitionId, list[Record]] = {}
    for record in records:
        parts.setdefault(record.partition, []).append(record)
    turns = [record.partition for record in records]
    random.shuffle(turns)
    return [parts[partition].pop(0) for partition in turns]


async def pages(records: list[Record], size: int) -> AsyncGenerator[list[Record], None]:
    """Cut records into pages."""
    for start in range(0, len(records), size):
        yield records[start : start + size]


def stored(*shares: tuple[list[Record], int]) -> dict[str, Any]:
    """Fold shares, each by a pipeline of its own, and give all that stands then."""
    store = MemoryStore()
    for records, size in shares:
        pipeline = Pipeline(store, BuryLetters(), REGISTRY)
        asyncio.run(fold(pipeline, pages(records, size), lambda _: True))
    return {**vars(store)}


WHOLE = stored((RECORDS, len(RECORDS)))


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 4), st.integers(1, len(RECORDS)), st.randoms(use_true_random=False))
def test_every_row_is_the_same_to_the_bit(processes: int, size: int, random: Random) -> None:
    """Versions, findings, letters and what is consumed, too."""
    records = shuffled(RECORDS, random)
    shares = (Share(number, processes) for number in range(processes))

    assert WHOLE == stored(*(([r for r in records if share.has(r.partition)], size) for share in shares))


def test_it_stops_between_two_pages() -> None:
    """What was folded is told, and nothing of the next page."""
    store = MemoryStore()
    pipeline = Pipeline(store, BuryLetters(), REGISTRY)
    folded = asyncio.run(fold(pipeline, pages(RECORDS, 10), lambda _: False))

    assert sum(folded.ends.values()) == 10
    assert store.consumed == {partition: end - 1 for partition, end in folded.ends.items()}
