"""SIGTERM, whatever the worker is at: it ends soon, and what it had not stored comes again."""

import pytest

from streams import clock
from tests.faults.stand import Stand

pytestmark = pytest.mark.integration
_PATIENCE_S = 30


@pytest.mark.parametrize("fault", ["", "slow:60"], ids=["under-load", "with-a-batch-unwritten"])
def test_sigterm(line: Stand, fault: str) -> None:
    """The worker ends within 30 s and acknowledges nothing that is not stored."""
    line.send(300)
    worker = line.start_worker(fault)
    with line.flow():
        line.wait_until(lambda: line.has_begun(worker))
        began = clock.monotonic()
        worker.terminate()
        assert 0 == line.wait_for_exit(worker, _PATIENCE_S)
    line.tally.faults += 1
    assert clock.monotonic() - began < _PATIENCE_S
    line.run_until_drained()
    line.assert_invariants()
