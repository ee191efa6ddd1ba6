"""A store that is away, slow or takes no writes: the worker waits, says why, and nothing is lost."""

import re
import time
from collections.abc import Iterator
from functools import partial
from typing import Any

import httpx
import psutil
import pytest

from streams.ports import free_port
from tests.faults.group import member_ids
from tests.faults.proxy import Fault, Mode
from tests.faults.refusals import Refusal, RefusingFront
from tests.faults.stand import Stand
from tests.line import kpi
from tests.servers import get

pytestmark = pytest.mark.integration

_MIB = 1 << 20


def condition(port: int) -> dict[str, Any]:
    """Ask a worker how it is."""
    try:
        answer: dict[str, Any] = get(f"http://127.0.0.1:{port}/ready").json()
    except httpx.HTTPError:
        return {"wrong": ["it does not answer"]}
    return answer


def says(port: int, words: str) -> bool:
    """Tell whether a worker says that something is wrong, in these words."""
    return words in " ".join(condition(port)["wrong"])


@pytest.fixture
def front(line: Stand) -> Iterator[RefusingFront]:
    """Put a front that can refuse before the engine."""
    with RefusingFront(line.settings.clickhouse_url) as started:
        yield started


REFUSALS = {
    "too many parts": (Refusal(500, 252, "TOO_MANY_PARTS"), "its merges do not keep up with the inserts"),
    "disk full": (Refusal(500, 243, "NOT_ENOUGH_SPACE"), "its disk is full"),
    "read-only user": (Refusal(500, 164, "READONLY"), "read-only"),
    "read-only table": (Refusal(500, 242, "TABLE_IS_READ_ONLY"), "read-only"),
    "a right that was taken": (Refusal(403, 497, "ACCESS_DENIED"), "grant the worker's user"),
    "out of memory": (Refusal(500, 241, "MEMORY_LIMIT_EXCEEDED"), "is overloaded"),
    "timeout": (Refusal(408, 159, "TIMEOUT_EXCEEDED"), "is overloaded"),
    "slow socket": (Refusal(503, 209, "SOCKET_TIMEOUT"), "is overloaded"),
    "a proxy that sheds load": (Refusal(429), "does not answer"),
    "a proxy without a server": (Refusal(502), "does not answer"),
}


def test_a_store_that_takes_no_writes_is_waited_for_in_words(line: Stand, front: RefusingFront) -> None:
    """One trouble after the other: each is tried again, shown under /ready and by kpi check, and passes."""
    port = free_port()
    worker = line.start_worker(clickhouse_url=front.url, metrics_port=port)
    line.send(50)
    line.drain()
    for refusal, words in REFUSALS.values():
        stored = line.stored_events()
        front.refuse(refusal)
        line.tally.faults += 1
        line.send(30)
        line.wait_until(partial(says, port, words), what=words)
        line.wait_until(lambda: front.refused > 3, what="tried again")
        assert stored == line.stored_events()
        front.refuse(None)
        line.wait_until(lambda: condition(port)["wrong"] == [], what="ready again")
    assert worker.poll() is None
    line.assert_invariants()
    said = line.log.read_text()
    assert "Traceback" not in said
    different = {words for _, words in REFUSALS.values()}
    assert 3 * len(REFUSALS) > said.count("waiting_for_dependency") >= len(different)


def test_inserts_that_land_too_late_change_no_number(line: Stand, front: RefusingFront) -> None:
    """Each is sent again while the one before is still on its way: both arrive, in whatever order."""
    port = free_port()
    worker = line.start_worker(clickhouse_url=front.url, clickhouse_timeout=3, metrics_port=port)
    line.send(50)
    line.drain()
    front.hold(9)
    line.tally.faults += 1
    line.send(200)
    line.wait_until(partial(says, port, "does not answer"))
    line.wait_until(lambda: front.late > 3, what="sent again")
    line.send(200)
    front.hold(0)
    line.drain()
    line.wait_until(lambda: front.held == 0)
    assert worker.poll() is None
    line.assert_invariants()


def test_kpi_check_tells_a_full_disk_and_a_lag_that_stands(line: Stand, front: RefusingFront) -> None:
    """No stack trace: the worker's words, exit code 1; once it is over, ready."""
    port = free_port()
    line.start_worker(clickhouse_url=front.url, metrics_port=port)
    line.send(20)
    line.drain()
    front.refuse(REFUSALS["disk full"][0])
    line.tally.faults += 1
    line.send(20)
    line.wait_until(partial(says, port, "disk is full"))
    settings = line.settings.model_copy(update={"metrics_port": port})
    wrong = kpi(settings, "check")
    front.refuse(None)
    line.drain()
    well = kpi(settings, "check")

    assert 1 == wrong.returncode
    assert re.search(r"no +workers .*not ready: ClickHouse takes no writes: its disk is full", wrong.stdout)
    assert re.search(r"no +lag .*in 10 s none of them was in \w+\.\w+/\d", wrong.stdout)
    assert "Traceback" not in wrong.stdout + wrong.stderr
    assert re.search(r"ok +workers .*this machine is ready", well.stdout)
    assert re.search(r"ok +lag +0 records", well.stdout)


@pytest.mark.parametrize(
    "seconds", [5, pytest.param(300, marks=[pytest.mark.long, pytest.mark.timeout(900)])]
)
def test_the_engine_is_away(line: Stand, seconds: int) -> None:
    """The lag grows, memory does not, the worker stays and catches up."""
    port = free_port()
    worker = line.start_worker(metrics_port=port, batch_records=5_000)
    with line.flow(rate=200):
        line.wait_until(line.committed)
        before = psutil.Process(worker.pid).memory_info().rss
        line.servers.kill_engine()
        line.tally.faults += 1
        line.wait_until(partial(says, port, "does not answer"))
        time.sleep(seconds)
        behind = sum(line.ends().values()) - sum(line.committed().values())
        grown = psutil.Process(worker.pid).memory_info().rss - before
        line.servers.heal()
    line.drain(60 + seconds)
    line.wait_until(lambda: condition(port)["wrong"] == [])
    assert worker.poll() is None
    assert behind > 100 * seconds
    assert grown < 300 * _MIB
    line.assert_invariants()


@pytest.mark.parametrize(
    ("poll_s", "seconds"),
    [(4, 10), pytest.param(300, 400, marks=[pytest.mark.long, pytest.mark.timeout(1200)])],
)
def test_an_outage_longer_than_the_poll_interval_costs_no_membership(
    line: Stand, poll_s: int, seconds: int
) -> None:
    """The worker goes on asking Kafka for nothing, so the group keeps it, and no partition moves."""
    # Small batches: the next one is full at once, and then nothing is fetched any more. The poll interval is
    # what is looked at: no heartbeat may be late for the session.
    worker = line.start_worker(test_poll_ms=poll_s * 1000, test_session_ms=30_000, batch_records=100)
    with line.flow(rate=50):
        line.wait_until(line.committed)
        members = member_ids(line.settings)
        line.servers.engine_proxy.switch(Fault(Mode.CUT))
        line.tally.faults += 1
        time.sleep(seconds)
        assert members == member_ids(line.settings)
        line.servers.heal()
    line.drain(60 + seconds)
    assert worker.poll() is None
    assert 1 == line.log.read_text().count("partitions_assigned")
    line.assert_invariants()


def test_a_worker_stops_though_the_store_answers_nothing(line: Stand) -> None:
    """An insert that hangs holds up no stop: what is not confirmed comes again."""
    worker = line.start_worker()
    line.send(50)
    line.drain()
    line.servers.engine_proxy.switch(Fault(Mode.STALL, match=b"INSERT INTO"))
    line.tally.faults += 1
    line.send(50)
    line.wait_until(lambda: line.servers.engine_proxy.hits > 0)
    assert 0 == line.stop(worker), line.log_tail()
    line.servers.heal()
    line.run_until_drained()
    line.assert_invariants()
