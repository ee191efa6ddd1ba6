"""A broker that dies, freezes or cannot be reached: what it acknowledged is counted, and the line goes on."""

import time

import pytest

from tests.faults.proxy import Fault, Mode
from tests.faults.stand import Stand

pytestmark = pytest.mark.integration


def test_the_broker_is_killed_while_events_flow(line: Stand) -> None:
    """All that was acknowledged is there, what was not at most once; the worker goes on by itself."""
    worker = line.start_worker()
    with line.flow() as flow:
        line.wait_until(line.committed)
        line.servers.kill_kafka()
        line.tally.faults += 1
        line.servers.heal()
        acked = flow.acked.total()
        line.wait_until(lambda: flow.acked.total() > acked + 100)
    line.assert_invariants()
    assert worker.poll() is None


@pytest.mark.parametrize("seconds", [6, pytest.param(30, marks=pytest.mark.long)])
def test_the_broker_freezes(line: Stand, seconds: int) -> None:
    """For longer than the session: once it is back, the worker goes on."""
    worker = line.start_worker()
    with line.flow():
        line.wait_until(line.committed)
        line.servers.freeze_kafka()
        line.tally.faults += 1
        time.sleep(seconds)
        line.servers.heal()
    line.assert_invariants()
    assert worker.poll() is None


@pytest.mark.long
def test_the_engines_connections_are_half_open(line: Stand) -> None:
    """A firewall forgot them: what is sent vanishes, no error comes. The worker asks again, anew."""
    worker = line.start_worker(clickhouse_timeout=3)
    with line.flow():
        line.wait_until(line.committed)
        line.wait_until(lambda: line.cut_off(line.servers.engine_proxy) > 0)
        line.drain()
    line.assert_invariants()
    assert worker.poll() is None


@pytest.mark.long
def test_all_connections_are_half_open(line: Stand) -> None:
    """The same to the broker; its client gives a request 40 s."""
    worker = line.start_worker(clickhouse_timeout=3)
    with line.flow():
        line.wait_until(line.committed)
        line.wait_until(lambda: line.cut_off(line.servers.engine_proxy) > 0)
        assert line.cut_off(line.servers.kafka_proxy) > 0
        line.drain(150)
    line.assert_invariants()
    assert worker.poll() is None


@pytest.mark.parametrize("seconds", [8, pytest.param(90, marks=pytest.mark.long)])
def test_a_black_hole_around_the_worker(line: Stand, seconds: int) -> None:
    """Nothing passes to the broker or the engine, either way; after it heals, the worker goes on."""
    worker = line.start_worker()
    with line.flow():
        line.wait_until(line.committed)
        for proxy in (line.servers.kafka_proxy, line.servers.engine_proxy):
            proxy.switch(Fault(Mode.BLACK_HOLE))
            line.tally.faults += 1
        time.sleep(seconds)
        line.servers.heal()
    line.assert_invariants()
    assert worker.poll() is None
