"""Workers that come and go while the store is slow: partitions move in time, and each record counts once."""

from functools import partial

import pytest

from streams import clock
from tests.faults.group import member_ids
from tests.faults.stand import Stand

pytestmark = pytest.mark.integration

_SLOW = "slow:6"
_REBALANCE_S = 30


def test_one_worker_becomes_three_and_one_again_over_a_slow_store(line: Stand) -> None:
    """Each change is over within 30 s, and what is stored grows after it."""
    workers = [line.start_worker(_SLOW)]
    with line.flow(rate=100):
        line.wait_until(line.committed)
        for wanted in (3, 1):
            began = clock.monotonic()
            while len(workers) < wanted:
                workers.append(line.start_worker(_SLOW))
            while len(workers) > wanted:
                assert 0 == line.stop(workers.pop()), line.log_tail()
            line.wait_until(partial(has_members, line, wanted))
            assert clock.monotonic() - began < _REBALANCE_S
            line.tally.faults += 1
            line.wait_until(partial(stores_more_than, line, line.stored_events()))
            line.wait_until(lambda: all(map(line.folded, workers)), what="every worker stores")
    line.assert_invariants()


def has_members(line: Stand, count: int) -> bool:
    """Tell whether the group has that many members."""
    return len(member_ids(line.settings)) == count


def stores_more_than(line: Stand, events: int) -> bool:
    """Tell whether more than that is stored by now."""
    return line.stored_events() > events
