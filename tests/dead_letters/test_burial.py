"""Letters buried by a rebuild lie where nothing takes them for something else."""

from streams.core.breaker import Breaker, History
from streams.core.record import PartitionId
from streams.replay.burial import end_of_letters, first_letters
from streams.replay.handover import Stand, new_start
from streams.store_lookups import PartitionStart

PLACE = PartitionId("gate.crossing", 0)
STAND = Stand(PartitionStart(0, None), 3000)


def test_buried_letters_lie_above_what_is_stored_and_rebuilt() -> None:
    """A thousand of them pause no partition that goes on after them."""
    first = first_letters({PLACE: STAND}, 1500)[PLACE]
    start = new_start(STAND, end_of_letters(first, 1000))
    buried = range(first, first + 1000)

    assert first >= STAND.next_position + 1500
    assert start.base > max(buried)
    assert 0 == Breaker(start.base - 1, History(-1, buried)).bad
    assert not Breaker(start.base + 10, History(-1, buried)).tripped
