"""A log that starts anew - created again, truncated, restored: refused in words, accepted by an operator."""

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Self

import pytest

from streams.kafka_admin import ensure_topics
from streams.ports import free_port
from streams.settings import Settings
from streams.topics import partition_of
from tests.events import crossing
from tests.line import kpi
from tests.migrated import migrated_clickhouse
from tests.servers import local_kafka, start_kafka, stop
from tests.site import Site, rows_of

pytestmark = pytest.mark.integration
TOPIC = "gate.crossing"
ACCEPT = ("migrate", "--accept-new-log", TOPIC)


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """Run a broker and an engine for all tests."""
    home = tmp_path_factory.mktemp("logs")
    with local_kafka(home) as bootstrap, migrated_clickhouse(home) as engine:
        yield engine.model_copy(update={"kafka_bootstrap": bootstrap})


@pytest.fixture
def site(servers: Settings, request: pytest.FixtureRequest) -> Site:
    """Give each test topics and a database of its own."""
    name = f"n{abs(hash(request.node.name)) % 10**9}"
    return Site(servers.model_copy(update={"database": name, "topic_prefix": f"{name}."}))


def crossings(first: int, count: int) -> list[dict[str, Any]]:
    """Give visits that cross, in all partitions."""
    return [crossing(n + 1, f"V-{n}", "crossed", n * 1000) for n in range(first, first + count)]


def lying_in(partition: int, events: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Choose the events whose keys belong to a partition."""
    return [event for event in events if partition_of(event["subject"].encode(), 4) == partition]


def accept(site: Site) -> list[str]:
    """Accept the new log; name the partitions whose base moved."""
    return [line.partition(":")[0] for line in site.kpi(*ACCEPT).splitlines()]


@pytest.mark.parametrize(
    ("count", "words"),
    [
        pytest.param(4, r"ends at offset \d+, but \d+ records are stored", id="shorter"),
        pytest.param(200, "holds another record at offset", id="longer"),
    ],
)
def test_a_topic_that_was_created_again_goes_on_once_it_is_accepted(
    site: Site, count: int, words: str
) -> None:
    """Its first offsets look folded already; accepted, every event of both logs counts once."""
    old, new = crossings(0, 60), crossings(60, count)
    site.send(old)
    site.work()
    site.delete_topic(TOPIC)
    ensure_topics(site.settings)
    # A producer sends again what it is not sure of.
    site.send(old[:3] + new)

    refusal = site.refusal()
    assert re.search(rf"gate.crossing/\d {words}.*kpi migrate --accept-new-log gate.crossing", refusal)
    assert rows_of(old) == site.rows()
    accept(site)
    site.work()
    assert rows_of(old + new) == site.rows()
    assert site.kpi("verify").startswith("equal")


def test_a_log_with_only_a_marker_where_a_record_was_is_another_one(site: Site) -> None:
    """A transaction's marker is no message: who waits for one at the stored offset would wait for ever."""
    old, new = lying_in(2, crossings(0, 40))[:2], lying_in(2, crossings(40, 40))[:1]
    site.send(old)
    site.work()
    site.delete_topic(TOPIC)
    ensure_topics(site.settings)
    site.send_in_a_transaction(new[0])

    assert "gate.crossing/2 holds another record at offset 1" in site.refusal()
    assert ["gate.crossing/2"] == accept(site)
    site.work()
    assert rows_of(old + new) == site.rows()


def test_records_that_were_deleted_unread_are_a_gap_until_it_is_accepted(site: Site) -> None:
    """What is gone is gone, and somebody had to say so; the other partitions go on where they were."""
    old, lost, left = crossings(0, 60), crossings(60, 60), crossings(120, 60)
    site.send(old)
    site.work()
    site.send(lost)
    site.send(left)
    gone = len(lying_in(2, old + lost))
    site.delete_records(TOPIC, 2, gone)

    assert f"gate.crossing/2 starts at offset {gone}, but only" in site.refusal()
    assert ["gate.crossing/2"] == accept(site)
    site.work()
    kept = [event for event in lost if event not in lying_in(2, lost)]
    assert rows_of(old + kept + left) == site.rows()
    assert site.kpi("verify").startswith("equal")


def test_records_that_were_deleted_once_they_were_stored_are_no_gap(site: Site) -> None:
    """Retention takes what is in the archive already: nobody is asked."""
    old, new = crossings(0, 40), crossings(40, 40)
    site.send(old)
    site.work()
    site.delete_records(TOPIC, 2, len(lying_in(2, old)))
    site.send(new)
    site.work()

    assert rows_of(old + new) == site.rows()


def test_a_log_that_needs_no_accepting_is_said_so(site: Site) -> None:
    """The log that is stored, one of which nothing is stored, and a topic that is none: exit 1, 1 and 2."""
    site.send(crossings(0, 4))
    site.work()
    same, empty = kpi(site.settings, *ACCEPT), kpi(site.settings, *ACCEPT[:2], "target")
    unknown = kpi(site.settings, *ACCEPT[:2], "gates")

    assert (1, 1, 2) == (same.returncode, empty.returncode, unknown.returncode)
    assert "needs no accepting" in same.stderr
    assert "needs no accepting" in empty.stderr
    assert "there is no topic 'gates'" in unknown.stderr


@pytest.mark.long
def test_a_broker_restored_from_an_older_copy_is_refused_and_its_records_count_once(tmp_path: Path) -> None:
    """What the archive has and the log has lost stays; what the log has again changes nothing."""
    with migrated_clickhouse(tmp_path) as engine, Broker(tmp_path) as broker:
        site = Site(engine.model_copy(update={"kafka_bootstrap": broker.bootstrap}))
        site.send(crossings(0, 40))
        site.work()
        broker.copy()
        site.send(crossings(40, 40))
        site.work()
        broker.restore()
        site.send(crossings(80, 80))

        assert "--accept-new-log gate.crossing" in site.refusal()
        accept(site)
        site.work()
        assert rows_of(crossings(0, 160)) == site.rows()
        assert site.kpi("verify").startswith("equal")


class Broker:
    """A broker whose data can be copied and put back."""

    def __init__(self, home: Path) -> None:
        self.bootstrap = f"127.0.0.1:{free_port()}"
        self._home = home
        self._process: subprocess.Popen[bytes]

    def __enter__(self) -> Self:
        self._process = start_kafka(self._home, self.bootstrap)
        return self

    def __exit__(self, *_: object) -> None:
        stop(self._process)

    def copy(self) -> None:
        """Stop, copy the data, and start again."""
        self._restart(lambda: shutil.copytree(self._home / "kafka", self._home / "copy"))

    def restore(self) -> None:
        """Stop, put the copy in place of the data, and start again."""

        def put_back() -> None:
            shutil.rmtree(self._home / "kafka")
            shutil.copytree(self._home / "copy", self._home / "kafka")

        self._restart(put_back)

    def _restart(self, between: Any) -> None:
        stop(self._process)
        between()
        self._process = start_kafka(self._home, self.bootstrap)
