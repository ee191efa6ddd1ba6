"""Where a worker starts a partition, and which logs it refuses."""

import pytest

from streams.core.record import PartitionId
from streams.errors import RefusedError
from streams.positions import Log, start_offset
from streams.store_lookups import Consumed, PartitionStart

PARTITION = PartitionId("gate.crossing", 2)


def known(position: int | None, base: int = 0) -> PartitionStart:
    """Say how far the partition is stored."""
    consumed = None if position is None else Consumed(position, position - base, 7)
    return PartitionStart(base, consumed)


@pytest.mark.parametrize(
    ("start", "log", "offset"),
    [
        pytest.param(known(None), Log(0, 10, None), 0, id="nothing stored, nothing committed"),
        pytest.param(known(None), Log(3, 10, None), 3, id="a new site begins where the log does"),
        pytest.param(known(None), Log(0, 10, 9), 0, id="an engine that lost all goes back to the start"),
        pytest.param(known(None, base=1), Log(3, 10, 9), 3, id="a loss that somebody accepted"),
        pytest.param(known(9), Log(0, 20, 10), 10, id="both agree"),
        pytest.param(known(9), Log(0, 20, 4), 4, id="committed behind"),
        pytest.param(known(5), Log(0, 20, 10), 6, id="an engine restored from a backup"),
        pytest.param(known(9), Log(0, 20, None), 10, id="the group forgot"),
        pytest.param(known(9), Log(10, 20, 4), 10, id="retention passed what is stored"),
        pytest.param(known(9), Log(0, 10, 10), 10, id="all stored"),
        pytest.param(known(9, base=10), Log(0, 5, 3), 0, id="an accepted new log starts over"),
        pytest.param(known(14, base=10), Log(0, 9, 5), 5, id="an accepted new log goes on"),
    ],
)
def test_start_is_the_lower_of_committed_and_stored(start: PartitionStart, log: Log, offset: int) -> None:
    """A partition starts at min(committed, consumed + 1), in offsets of its log."""
    assert offset == start_offset(PARTITION, start, log)


@pytest.mark.parametrize(
    "log", [pytest.param(Log(0, 5, None), id="ends before"), pytest.param(Log(12, 20, 12), id="a gap")]
)
def test_another_log_is_refused_with_the_way_out(log: Log) -> None:
    """A log that ends before what is stored, or starts after it, is refused until an operator accepts it."""
    with pytest.raises(RefusedError, match=r"kpi migrate --accept-new-log gate.crossing"):
        start_offset(PARTITION, known(9), log)


def test_a_loss_that_kafka_cannot_make_good_is_refused() -> None:
    """Nothing is stored of what was read, and Kafka has let go of it: the yearly sums would be too small."""
    with pytest.raises(RefusedError, match=r"kpi restore.*kpi migrate --accept-new-log gate.crossing"):
        start_offset(PARTITION, known(None), Log(3, 10, 9))
