"""What a selection means of a log: the same, wherever its reading begins."""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from datetime import datetime, timedelta
from random import Random
from typing import Any

import pytest

from streams.clock import HANOI
from streams.core.decode import Accepted, DeadLetter, decode
from streams.core.record import PartitionId, Record
from streams.events import epoch_ms
from streams.registry import load_registry
from streams.replay import sources as module
from streams.replay.selection import Offsets, Selection
from streams.replay.sources import Done, Selected, Share
from streams.topics import DEFAULT_PARTITIONS
from tests.driver import with_offsets
from tests.events import correction, crossing, others, output, record_of, stage, visits

REGISTRY = load_registry()
START = datetime(2026, 1, 1, 7, tzinfo=HANOI)
# A vehicle that waits while the window comes, with papers lodged before; a state that is said otherwise.
LONG = [
    stage(700_001, "V-long", "lodged", 1_000),
    crossing(700_002, "V-long", "arrived", 2_000),
    crossing(700_003, "V-long", "crossed", 50 * 60_000),
    *(event | {"id": event["id"][:-1] + "f"} | correction("amend", 950_000, 0) for event in others()[-1:]),
]
AHEAD_MS = 5 * 60_000
# Where the reports of the one plant lie.
REPORTED = record_of(output(1, 0)).partition.partition


def log_of(events: list[dict[str, Any]], random: Random) -> list[Record]:
    """Let events come up to five minutes before their time, at once, or hours late; some are no events."""
    late = [random.choice((-AHEAD_MS, 0, 500, 3 * 3_600_000)) for _ in events]
    records = [
        record_of(event, received_ms=epoch_ms(datetime.fromisoformat(event["time"])) + after)
        for event, after in zip(events, late, strict=True)
    ]
    records += [record_of(b"bad", received_ms=epoch_ms(START) + n * 600_000) for n in range(12)]
    return with_offsets(sorted(records, key=lambda record: record.received_ms))


class Listed:
    """Records of a list, and from where on they were asked for."""

    def __init__(self, records: list[Record]) -> None:
        self._records = records
        self.begun: list[Done] = []

    async def count(self) -> int:
        """Count them."""
        return len(self._records)

    async def pages(self, share: Share, done: Done) -> AsyncGenerator[list[Record], None]:
        """Give those that come after what is done, in pages."""
        self.begun.append(done)
        left = [r for r in self._records if r.position > done.get(r.partition, -1) and share.has(r.partition)]
        for start in range(0, len(left), 7):
            yield left[start : start + 7]


def meant(source: Listed, selection: Selection, since: Mapping[PartitionId, int] | None) -> list[Record]:
    """Give what is meant."""
    selected = Selected(source, selection, REGISTRY, DEFAULT_PARTITIONS, since)

    async def read() -> list[Record]:
        return [record async for page in selected.pages(Share(), {}) for record in page]

    return asyncio.run(read())


def since_of(records: list[Record], selection: Selection) -> dict[PartitionId, int]:
    """Give the first position of each partition that came since then, as Kafka does."""
    moment, found = selection.came_since_ms, {record.partition: record.position + 1 for record in records}
    assert moment is not None
    for record in reversed(records):
        if record.received_ms >= moment:
            found[record.partition] = record.position
    return found


@pytest.mark.parametrize("minute", [0, 9.5, 31, 49.2])
@pytest.mark.parametrize("filters", [{}, {"gate": "kim-thanh"}, {"topics": ("factory.output",)}])
def test_a_log_is_read_from_the_window_on_and_means_the_same(minute: float, filters: dict[str, Any]) -> None:
    """Whole visits and papers that began before it come along."""
    begin = START + timedelta(minutes=minute)
    selection = Selection(start=begin, end=begin + timedelta(minutes=15), **filters)
    records = log_of([*visits(0, 60), *others(), *LONG], Random(minute))  # noqa: S311 - a test's own
    source, since = Listed(records), since_of(records, selection)
    whole = meant(Listed(records), selection, None)

    assert whole == meant(source, selection, since)
    assert {at: position - 1 for at, position in since.items()} == source.begun[0]
    assert 0 < len(whole) < len(records)


@pytest.mark.parametrize(
    "stretches",
    [
        (Offsets(topic="gate.crossing", partition=1, first=20, last=24),),
        (Offsets(topic="gate.crossing", partition=0), Offsets(topic="clearance.stage", partition=2, first=9)),
        # The second of two reports of one line and window, and one that corrects the third.
        (Offsets(topic="factory.output", partition=REPORTED, first=1, last=1),),
        (Offsets(topic="factory.output", partition=REPORTED, first=3),),
        (Offsets(topic="gate.crossing", partition=3, first=10_000),),
    ],
)
def test_a_log_is_read_from_the_offsets_on_and_means_the_same(stretches: tuple[Offsets, ...]) -> None:
    """What belongs to a record there is read whole, and no partition that nothing of it lies in."""
    reports = [output(n, 0, n) for n in (1, 2, 3)]
    corrected = output(4, 0, 9, **correction("amend", 3, 300_000))
    records = with_offsets(map(record_of, [*visits(0, 60), *reports, corrected]))
    ends = {record.partition: record.offset + 1 for record in records}
    selection = Selection(offsets=stretches)
    source, whole = Listed(records), meant(Listed(records), selection, None)

    assert whole == meant(source, selection, selection.first_offsets(ends))
    asked = {PartitionId(one.topic, one.partition) for one in stretches}
    assert {at: end - 1 for at, end in ends.items() if at not in asked}.items() <= source.begun[1].items()
    assert (len(whole) > 0) == (stretches[0].first < 10_000)


def test_what_came_before_the_window_is_looked_at_by_its_key(monkeypatch: pytest.MonkeyPatch) -> None:
    """A month before an hour is read past, not decoded."""
    decoded: list[Record] = []

    def noted(record: Record, *given: Any) -> Accepted | DeadLetter:
        decoded.append(record)
        return decode(record, *given)

    monkeypatch.setattr(module, "decode", noted)
    begin = START + timedelta(minutes=45)
    records = log_of([*visits(0, 60), *LONG], Random(1))  # noqa: S311 - a test's own
    selection = Selection(start=begin, end=begin + timedelta(minutes=10))
    since = since_of(records, selection)
    before = {record for record in records if record.position < since[record.partition]}
    found = meant(Listed(records), selection, since)

    assert {b"V-long"} <= {record.key for record in before & set(found)}
    assert before & set(found) == before & set(decoded)
