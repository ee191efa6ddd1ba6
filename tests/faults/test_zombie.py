"""A worker that was away for longer than its session, and writes as if nothing had happened."""

import pytest

from tests.faults.stand import Stand
from tests.faults.stored import read_stored

pytestmark = pytest.mark.integration


def test_a_zombie_changes_no_number(line: Stand) -> None:
    """Frozen before its write, replaced, and thawed: its batch is written again, and nothing changes."""
    line.send(300)
    zombie = line.start_worker("slow:2")
    line.wait_until(lambda: line.has_begun(zombie))
    line.freeze(zombie)
    line.start_worker()
    line.send(300)
    line.drain()
    before, done = read_stored(line.settings), len(line.folded(zombie))

    line.thaw(zombie)
    line.wait_until(lambda: len(line.folded(zombie)) > done)
    after = read_stored(line.settings)
    assert before == after
    line.send(200)
    line.assert_invariants()
    assert zombie.poll() is None
