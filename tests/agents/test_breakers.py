"""A worker's breakers: where they cut what is read, and what happens to the neighbours."""

import pytest
from prometheus_client import REGISTRY as METRICS
from structlog.testing import capture_logs

from streams.breakers import Breakers
from streams.core.breaker import History
from streams.core.decode import decode
from streams.core.record import PartitionId
from streams.pipeline import Slice
from streams.registry import load_registry
from tests.events import crossing, record_of

REGISTRY = load_registry()
FRESH = History(-1, ())
BAD = PartitionId("gate.crossing", 0)
GOOD = PartitionId("gate.crossing", 1)


def slice_of(partition: PartitionId, first: int, count: int, *, bad: bool) -> Slice:
    """Give consecutive records, all bad or all good."""
    content = b"not json" if bad else crossing(1, "V-1", "arrived", 0)
    record = record_of(content)._replace(partition=partition)
    records = [record._replace(offset=n, position=n) for n in range(first, first + count)]
    home = record_of(crossing(1, "V-1", "arrived", 0))
    verdict = decode(record if bad else home, REGISTRY, {"gate.crossing": 4})
    return Slice(partition, records, [verdict] * count)


@pytest.fixture
def breakers() -> Breakers:
    """Follow two partitions from their beginnings."""
    started = Breakers(enabled=True)
    started.begin(BAD, -1, FRESH)
    started.begin(GOOD, -1, FRESH)
    return started


def gauge(partition: PartitionId) -> float | None:
    """Give what the metric says of a partition."""
    labels = {"topic": partition.topic, "partition": str(partition.partition)}
    return METRICS.get_sample_value("kpi_partition_paused", labels)


def test_a_flood_is_cut_at_the_thousandth_record(breakers: Breakers) -> None:
    """What follows is left unread, in the next slice too; the log and the metric say so."""
    with capture_logs() as logs:
        part = breakers.cut(slice_of(BAD, 0, 3000, bad=True))
    later = breakers.cut(slice_of(BAD, 3000, 10, bad=False))

    assert (1000, 999) == (len(part.records), part.records[-1].offset)
    assert len(part.decoded) == 1000
    assert [] == list(later.records)
    assert {BAD: 999} == breakers.paused()
    assert [("partition_paused", "error")] == [(log["event"], log["log_level"]) for log in logs]
    assert "kpi dlq resume gate.crossing 0" in logs[0]["hint"]
    assert 1 == gauge(BAD)


def test_the_neighbours_flow_on(breakers: Breakers) -> None:
    """A paused partition takes nothing from another one."""
    breakers.cut(slice_of(BAD, 0, 1000, bad=True))

    assert 500 == len(breakers.cut(slice_of(GOOD, 0, 500, bad=False)).records)
    assert breakers.is_paused(BAD)
    assert not breakers.is_paused(GOOD)
    assert 0 == gauge(GOOD)


def test_a_resumed_partition_goes_on(breakers: Breakers) -> None:
    """Once somebody resumed it, not before, everything is read again."""
    breakers.cut(slice_of(BAD, 0, 1000, bad=True))
    breakers.resume(BAD, -1)
    assert breakers.is_paused(BAD)
    breakers.resume(BAD, 999)

    assert {} == breakers.paused()
    assert 999 == len(breakers.cut(slice_of(BAD, 1000, 999, bad=True)).records)
    assert 0 == gauge(BAD)


def test_letters_that_are_sent_back_in_vain_pause_nobody(breakers: Breakers) -> None:
    """A mass redrive whose cause is not mended leaves live traffic alone."""
    part = slice_of(BAD, 0, 2000, bad=True)
    again = [record._replace(headers=[("dlq.attempt", b"1")]) for record in part.records]
    verdicts = [decode(record, REGISTRY, {"gate.crossing": 4}) for record in again]

    assert 2000 == len(breakers.cut(Slice(BAD, again, verdicts)).records)
    assert {} == breakers.paused()


def test_what_the_store_refuses_pauses_a_partition_too(breakers: Breakers) -> None:
    """It was read as good: each refusal counts, and the pause comes after what was read by then."""
    taken = breakers.cut(slice_of(GOOD, 0, 1000, bad=False))
    for record in taken.records[:949]:
        breakers.find_bad(record)
    assert {} == breakers.paused()
    breakers.find_bad(taken.records[949])
    breakers.find_bad(taken.records[5]._replace(partition=PartitionId("target", 0)))

    assert {GOOD: 999} == breakers.paused()
    assert 1 == gauge(GOOD)
    assert [] == list(breakers.cut(slice_of(GOOD, 1000, 10, bad=False)).records)


def test_a_partition_that_moves_away_is_forgotten(breakers: Breakers) -> None:
    """Its new owner shows the metric."""
    breakers.cut(slice_of(BAD, 0, 1000, bad=True))
    breakers.forget(BAD)

    assert {} == breakers.paused()
    assert gauge(BAD) is None


def test_switched_off_it_pauses_nothing() -> None:
    """Everything bad becomes a dead letter, however many there are."""
    breakers = Breakers(enabled=False)
    breakers.begin(BAD, 999, History(-1, range(1000)))

    assert 3000 == len(breakers.cut(slice_of(BAD, 1000, 3000, bad=True)).records)
    assert {} == breakers.paused()
