"""kill -9 of a worker, at random and at the worst moments: nothing lost, nothing doubled."""

import pytest

from tests.faults.stand import Stand

pytestmark = pytest.mark.integration


def test_killed_between_the_insert_and_the_acknowledgement(line: Stand) -> None:
    """The batch comes again and changes no number."""
    line.send(300)
    first = line.start_worker()
    line.drain()
    line.stop(first)
    before = line.committed()
    line.send(400)
    assert -9 == line.wait_for_exit(line.start_worker("kill-between"))
    line.tally.faults += 1
    assert before == line.committed()
    stored = line.stored_events()
    line.start_worker()
    line.drain()
    assert stored == line.stored_events()
    line.assert_invariants()
