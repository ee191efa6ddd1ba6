"""kill -9 of a worker, at random and at the worst moments: nothing lost, nothing doubled."""

import time
from random import Random

import pytest

from tests.faults.proxy import Fault, Mode
from tests.faults.scenarios import killed_between
from tests.faults.stand import Stand

pytestmark = pytest.mark.integration
_RECOVERY_S = 60
_MANY = pytest.param(100, marks=[pytest.mark.long, pytest.mark.timeout(3600)])


@pytest.mark.parametrize("kills", [20, _MANY])
def test_random_kills(line: Stand, kills: int) -> None:
    """Two workers share the partitions; either is killed at any moment, and each time they recover."""
    chance = Random(line.seed)  # noqa: S311 - repeatable
    pair = [line.start_worker(), line.start_worker()]
    with line.flow(150):
        line.wait_until(line.committed)
        for number in range(kills):
            time.sleep(chance.uniform(0, 1))
            line.kill(pair[number % 2])
            pair[number % 2] = line.start_worker()
            # Most kills strike while the last one is being recovered from.
            if number % 5 == 4:
                line.drain(_RECOVERY_S)
    line.assert_invariants()


def test_killed_between_the_insert_and_the_acknowledgement(line: Stand) -> None:
    """The batch comes again, and changes no number."""
    killed = killed_between(line)
    stored = line.stored_events()
    again = line.run_until_drained()

    [lost], read = line.folded(killed), line.folded(again)
    # A partition that was never acknowledged goes on behind what is stored: see the next test.
    comes_again = {place: first for place, (first, _) in lost.items() if first}
    begins = {place: first for batch in reversed(read) for place, (first, _) in batch.items()}
    assert comes_again
    assert comes_again.items() <= begins.items()
    assert stored <= line.stored_events()
    line.assert_invariants()


def test_killed_before_the_first_acknowledgement_of_a_group(line: Stand) -> None:
    """What is stored is known to be done, though the group had not committed anything."""
    line.send(300)
    line.strike("kill-between")
    assert {} == line.committed()
    line.run_until_drained()
    line.assert_invariants()


@pytest.mark.parametrize("method", ["write_dead", "write"])
def test_killed_between_two_writes(line: Stand, method: str) -> None:
    """What was written of the batch is written again, and counts once."""
    line.send(400)
    line.strike(f"kill-after:{method}")
    line.run_until_drained()
    line.assert_invariants()


def test_killed_in_the_middle_of_an_insert(line: Stand) -> None:
    """Of the half that reached the engine nothing remains; the whole batch is there once."""
    line.send(400)
    proxy = line.servers.engine_proxy
    proxy.switch(Fault(Mode.STALL, match=b"INSERT INTO", after_bytes=2_000))
    worker = line.start_worker()
    line.wait_until(lambda: proxy.hits > 0)
    line.kill(worker)
    proxy.switch(Fault(Mode.CUT))
    proxy.heal()
    line.run_until_drained()
    line.assert_invariants()


def test_the_engine_is_killed_in_the_middle_of_an_insert(line: Stand) -> None:
    """The worker lives and tries again until the engine is back; the batch is there once, and whole."""
    line.send(400)
    proxy = line.servers.engine_proxy
    proxy.switch(Fault(Mode.STALL, match=b"INSERT INTO", after_bytes=2_000))
    worker = line.start_worker()
    line.wait_until(lambda: proxy.hits > 0)
    line.servers.kill_engine()
    line.tally.faults += 1
    line.servers.heal()
    line.drain()
    assert worker.poll() is None
    line.assert_invariants()
