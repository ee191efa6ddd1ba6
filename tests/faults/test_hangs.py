"""A worker that hangs though nothing is wrong outside: its watchdog ends it, and another one goes on."""

import time

import pytest

from streams.watchdog import EXIT_HUNG
from tests.faults.proxy import Fault, Mode
from tests.faults.stand import Stand

pytestmark = pytest.mark.integration

_LIMIT_S = 8


@pytest.mark.parametrize(
    ("fault", "words"),
    [("hang", "nothing was stored for"), ("block", "the event loop has not turned")],
)
def test_a_worker_that_hangs_is_ended(line: Stand, fault: str, words: str) -> None:
    """It leaves with a code of its own and says where it hangs; what it had not stored comes again."""
    worker = line.start_worker(fault, watchdog=_LIMIT_S, clickhouse_timeout=2)
    line.send(200)
    line.tally.faults += 1
    assert EXIT_HUNG == line.wait_for_exit(worker)
    said = line.log.read_text()
    assert words in said
    assert "worker_main.py" in said
    line.start_worker()
    line.assert_invariants()


def test_a_broken_dependency_does_not_end_a_worker(line: Stand) -> None:
    """Work waits far longer than the limit, but starting again would not help."""
    worker = line.start_worker(watchdog=_LIMIT_S, clickhouse_timeout=2)
    line.send(50)
    line.drain()
    for proxy in (line.servers.engine_proxy, line.servers.kafka_proxy):
        line.send(50)
        proxy.switch(Fault(Mode.CUT))
        line.tally.faults += 1
        line.send(50)
        time.sleep(2 * _LIMIT_S)
        line.servers.heal()
        line.drain()
    assert worker.poll() is None
    line.assert_invariants()
