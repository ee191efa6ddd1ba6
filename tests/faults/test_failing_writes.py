"""A write that raises, a reply that is lost: what was not confirmed is not acknowledged."""

import pytest

from tests.faults.proxy import Fault, Mode
from tests.faults.scenarios import EXIT_BUG, first_write_raises, one_event_fails
from tests.faults.stand import Stand

pytestmark = pytest.mark.integration
_RESETS = 6


def test_the_first_write_of_a_fresh_group_raises(line: Stand) -> None:
    """The process ends, nothing is committed, and the next one loses nothing."""
    first_write_raises(line)
    assert {} == line.committed()
    line.run_until_drained()
    line.assert_invariants()


def test_one_event_fails_among_others(line: Stand) -> None:
    """Its partition stays where it is, it is delivered again, and no later event acknowledges it."""
    failing = one_event_fails(line)
    expected = line.judge().expected
    [at] = [at for at, identity in expected.accepted.items() if identity == failing]
    assert line.committed().get(at.place, 0) <= at.offset
    line.strike(f"raise-on:{failing}", EXIT_BUG, batch_records=1)
    assert line.committed().get(at.place, 0) <= at.offset

    line.run_until_drained()
    line.assert_invariants()


def test_replies_of_the_engine_are_lost(line: Stand) -> None:
    """What was stored without a word of it is sent again, and there is exactly one copy."""
    proxy = line.servers.engine_proxy
    proxy.switch(Fault(Mode.DROP_REPLY, match=b"INSERT INTO", times=8))
    line.send(400)
    line.start_worker()
    line.drain()
    assert 8 == proxy.hits
    proxy.switch(Fault(Mode.DROP_REPLY, times=3))
    line.send(200)
    line.drain()
    assert 3 == proxy.hits
    line.tally.faults += 11
    line.assert_invariants()


def test_connections_are_reset_amid_requests(line: Stand) -> None:
    """A part arrives of an insert, or of what is asked of Kafka: it counts for nothing, all comes again."""
    worker = line.start_worker()
    line.send(200)
    line.drain()
    proxies = line.servers.engine_proxy, line.servers.kafka_proxy
    for proxy, match, after in zip(proxies, (b"INSERT INTO", b""), (1_000, 20), strict=True):
        proxy.switch(Fault(Mode.RESET, match=match, after_bytes=after, times=_RESETS))
    line.send(400)
    line.wait_until(lambda: [_RESETS, _RESETS] == [proxy.hits for proxy in proxies])
    line.tally.faults += 2 * _RESETS
    line.drain()
    assert worker.poll() is None
    line.assert_invariants()
