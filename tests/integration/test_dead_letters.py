"""Dead letters from end to end, as an operator meets them: real Kafka, a real worker, the commands."""

import asyncio
import json
import re
import time
from collections.abc import Callable, Iterator
from datetime import UTC, timedelta
from pathlib import Path
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from streams import clock
from streams.clickhouse_client import reader, writer
from streams.commands.dlq_options import selection_of
from streams.dead_letters.archive import LetterArchive, LetterKey
from streams.dead_letters.redrive import Redriver
from streams.dead_letters.selection import Selection
from streams.dead_letters.sending import AckedProducer
from streams.events import epoch_ms
from streams.kafka_admin import cluster_id
from streams.resources import resource
from streams.settings import Settings
from streams.topics import partition_of
from tests.events import crossing, goods, stage
from tests.fakes import CrashError
from tests.line import kpi
from tests.migrated import migrated_clickhouse
from tests.servers import local_kafka
from tests.site import PATIENCE_S, Site, rows_of

pytestmark = pytest.mark.integration
TOPIC = "gate.crossing"


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """Run a broker and an engine for all tests."""
    home = tmp_path_factory.mktemp("dead")
    with local_kafka(home) as bootstrap, migrated_clickhouse(home) as engine:
        yield engine.model_copy(update={"kafka_bootstrap": bootstrap})


@pytest.fixture
def site(servers: Settings, request: pytest.FixtureRequest) -> Site:
    """Give each test topics and a database of its own."""
    name = f"d{abs(hash(request.node.name)) % 10**9}"
    return Site(servers.model_copy(update={"database": name, "topic_prefix": f"{name}."}))


def send(site: Site, topic: str, *records: dict[str, Any]) -> None:
    """Send records as they are: value, and key, headers, partition, timestamp_ms where they matter."""

    async def send_all() -> None:
        producer = AIOKafkaProducer(bootstrap_servers=site.settings.kafka_bootstrap)
        await producer.start()
        try:
            acks = [await producer.send(site.settings.topic(topic), **record) for record in records]
            await asyncio.gather(*acks)
        finally:
            await producer.stop()

    asyncio.run(send_all())


def buried(site: Site) -> list[Any]:
    """Read the dead letters' topic from its beginning."""

    async def read() -> list[Any]:
        consumer = AIOKafkaConsumer(bootstrap_servers=site.settings.kafka_bootstrap)
        await consumer.start()
        try:
            tp = TopicPartition(site.settings.topic("dead.letters"), 0)
            consumer.assign([tp])
            await consumer.seek_to_beginning(tp)
            end = (await consumer.end_offsets([tp]))[tp]
            found: list[Any] = []
            while len(found) < end:
                found += (await consumer.getmany(timeout_ms=500)).get(tp, [])
            return found
        finally:
            await consumer.stop()

    return asyncio.run(read())


def listed(site: Site, *filters: str) -> list[dict[str, Any]]:
    """Ask `kpi dlq list` as a script does."""
    return [json.loads(line) for line in site.kpi("dlq", "list", "--format", "json", *filters).splitlines()]


def actions(site: Site) -> list[tuple[Any, ...]]:
    """Give what was written down, in the order in which it was begun."""
    return site.query(
        "SELECT action, state, matched, redriven, dropped, parked, skipped, who != ''"
        " FROM dead_letter_actions FINAL ORDER BY started_at"
    )


def within_patience(holds: Callable[[], bool]) -> bool:
    """Wait until something holds."""
    deadline = clock.monotonic() + PATIENCE_S
    while not holds():
        if clock.monotonic() > deadline:
            return False
        time.sleep(0.2)
    return True


def test_an_unknown_gate_counts_once_the_registry_knows_it(site: Site, tmp_path: Path) -> None:
    """Bad line in, list, show, registry mended, redriven: the number is right, and it is written down."""
    event = crossing(1, "V-1", "crossed", 0, gate_id="bat-xat-2", goods=[goods(700)])
    line = json.dumps(event).encode()
    file = tmp_path / "line.ndjson"
    file.write_bytes(line + b"\n")
    site.kpi("produce", "file", "--raw", str(file))
    site.work()

    [letter] = listed(site, "--reason", "unknown_entity")
    assert ("dead", 0) == (letter["status"], letter["attempt"])
    assert letter["id"] in site.kpi("dlq", "list")
    assert "bat-xat-2" not in letter["detail"]
    assert line.decode() == site.kpi("dlq", "show", letter["id"], "--bytes")
    assert "bat-xat-2" in site.kpi("dlq", "show", letter["id"])
    assert {} == site.rows()

    registry = tmp_path / "registry.toml"
    known = resource("deploy/registry.toml").read_text(encoding="utf-8")
    block = re.search(r"\[\[gates\]\]\nslug = \"kim-thanh\".*?(?=\n\[\[)", known, re.DOTALL)
    assert block is not None
    registry.write_text(
        known.replace(block[0], block[0] + "\n\n" + block[0].replace("kim-thanh", "bat-xat-2"))
    )
    site.settings = site.settings.model_copy(update={"registry": registry})
    assert "nothing was done" in site.kpi("dlq", "redrive", "--reason", "unknown_entity", "--dry-run")
    assert ["dead"] == [row["status"] for row in listed(site, "--status", "any")]
    assert "1 redriven" in site.kpi("dlq", "redrive", "--reason", "unknown_entity")
    site.work()

    assert rows_of([event]) == site.rows()
    assert ["redriven"] == [row["status"] for row in listed(site, "--status", "any")]
    assert "0 redriven" in site.kpi("dlq", "redrive")
    assert [("redrive", "done", 1, 1, 0, 0, 0, 1), ("redrive", "done", 0, 0, 0, 0, 0, 1)] == actions(site)
    site.kpi("verify")


def test_a_redrive_puts_misrouted_events_where_they_belong(site: Site) -> None:
    """Another topic, another key, another partition: each is put right, key, bytes and headers kept."""
    events = [
        crossing(1, "V-1", "crossed", 0, goods=[goods(100)]),
        stage(2, "V-2", "lodged", 0),
        crossing(3, "V-3", "crossed", 1000, goods=[goods(10)]),
    ]
    one, two, three = (json.dumps(event).encode() for event in events)
    elsewhere = (partition_of(b"V-3", 4) + 1) % 4
    send(site, "clearance.stage", {"key": b"V-1", "value": one, "headers": [("trace", b"\xff1")]})
    send(
        site,
        TOPIC,
        {"key": b"someone", "value": two},
        {"key": b"V-3", "value": three, "partition": elsewhere},
    )
    site.work()
    letters = buried(site)

    assert {(b"V-1", one), (b"someone", two), (b"V-3", three)} == {(m.key, m.value) for m in letters}
    headers = next(dict(m.headers) for m in letters if m.key == b"V-1")
    assert b"\xff1" == headers["src.headers.trace"]
    assert (b"misrouted", b"route", b"0") == tuple(headers[n] for n in ("reason_code", "stage", "attempt"))
    assert b"clearance.stage" == headers["src.topic"]
    assert (b"LogAppendTime", b"vn.laocai.kpi.clearance.stage.v1") == tuple(
        headers[n] for n in ("src.timestamp_type", "schema_ver")
    )
    assert asyncio.run(cluster_id(site.settings)).encode() == headers["src.cluster"]
    assert headers["run_id"].decode() in site.log()
    site.kpi("dlq", "redrive", "--reason", "misrouted")
    site.work()
    assert rows_of(events) == site.rows()
    assert [(3,)] == site.query("SELECT uniqExact(id) FROM events")
    site.kpi("verify")


def test_a_redrive_that_dies_before_it_marks_changes_no_number(site: Site) -> None:
    """What was sent is sent again by the next redrive, and counts once."""
    event = crossing(1, "V-1", "crossed", 0, goods=[goods(100)])
    send(site, TOPIC, {"key": b"nobody", "value": json.dumps(event).encode()})
    site.work()
    with writer(site.settings) as client:
        archive = Dying(client, site.generation(), site.settings.database)
        selection = Selection(("dead",))
        sender = AckedProducer(site.settings)
        with pytest.raises(CrashError):
            asyncio.run(
                redrive_once(Redriver(archive, sender, clock.now, "test"), sender, archive, selection)
            )
    assert [("redrive", "running", 1, 0, 0, 0, 0, 1)] == actions(site)
    assert "1 redriven" in site.kpi("dlq", "redrive")
    site.work()

    assert rows_of([event]) == site.rows()
    assert [(1,)] == site.query("SELECT count() FROM events")
    site.kpi("verify")


class Dying(LetterArchive):
    """Dies before it marks anything."""

    def mark(self, *_: Any) -> None:
        raise CrashError


async def redrive_once(
    redriver: Redriver, sender: AckedProducer, archive: LetterArchive, selection: Selection
) -> None:
    """Redrive and disconnect."""
    keys: list[LetterKey] = archive.find(selection, 10)
    try:
        await redriver.redrive(selection, keys)
    finally:
        await sender.close()


def test_what_fails_again_counts_its_attempts_and_is_parked(site: Site) -> None:
    """After five redrives in vain it is left alone, until somebody insists; others are dropped."""
    bad = {"value": b"not json", "key": b"k", "headers": [("dlq.attempt", b"4"), ("mine", None)]}
    send(site, TOPIC, bad)
    site.work()
    assert "1 redriven, 0 parked" in site.kpi("dlq", "redrive")
    site.work()
    assert [(5, "dead"), (4, "redriven")] == attempts(site)
    assert "0 redriven, 1 parked" in site.kpi("dlq", "redrive")
    assert [(5, "parked"), (4, "redriven")] == attempts(site)
    assert "1 redriven" in site.kpi("dlq", "redrive", "--parked")
    site.work()
    assert [(6, "dead"), (5, "redriven"), (4, "redriven")] == attempts(site)
    assert "1 dropped" in site.kpi("dlq", "drop", "--topic", TOPIC)
    assert [(6, "dropped"), (5, "redriven"), (4, "redriven")] == attempts(site)

    shown = json.loads(site.kpi("dlq", "show", listed(site, "--status", "dropped")[0]["id"], "--json"))
    named = dict(shown["headers"])
    assert (None, "6") == (named["mine"], named["dlq.attempt"])
    assert named["dlq.replay_of"] in {row["id"] for row in listed(site, "--status", "redriven")}
    assert 2 == kpi(site.settings, "dlq", "drop").returncode


def test_filters_and_a_limit_choose_the_letters_the_oldest_first(site: Site) -> None:
    """Reason, topic, partition and time narrow down what is listed, redriven and dropped; the rest stays."""
    for n in range(4):
        send(site, TOPIC, {"value": b"not json %d" % n, "key": b"k", "partition": n % 2})
    send(site, "target", {"value": b"not json either", "key": b"k"}, {"value": b"{}", "key": b"k"})
    site.work()
    letters = "SELECT failed_at, status FROM dead_letters WHERE topic = 'gate.crossing' ORDER BY failed_at"
    since = site.query(letters)[2][0].replace(tzinfo=UTC).isoformat()
    crossings = chosen(site, topic=TOPIC)
    counts = [len(chosen(site, **f)) for f in ({"partition": 1}, {"reason": "not_json"}, {"topic": "target"})]
    assert ([2, 5, 2], 4) == (counts, len(crossings))
    assert crossings[2:] == chosen(site, topic=TOPIC, start=since)
    assert crossings[:2] == chosen(site, topic=TOPIC, end=since)
    assert [] == chosen(site, topic="target", reason="unknown_type")

    assert [crossings[3]] == [row["id"] for row in listed(site, "--topic", TOPIC, "--limit", "1")]
    said = site.kpi("dlq", "drop", "--topic", TOPIC, "--to", since, "--limit", "1")
    assert "1 dropped" in said
    assert "these were the first 1; there may be more" in said
    assert "1 redriven" in site.kpi("dlq", "redrive", "--topic", TOPIC, "--limit", "1")
    assert ["dropped", "redriven", "dead", "dead"] == [status for _, status in site.query(letters)]
    assert [("drop", "done", 1, 0, 1, 0, 0, 1), ("redrive", "done", 1, 1, 0, 0, 0, 1)] == actions(site)


def chosen(site: Site, **filters: Any) -> list[str]:
    """Give the ids of the dead letters that filters leave, as the commands read them."""
    given = {"reason": "", "topic": "", "partition": None, "start": "", "end": "", **filters}
    selection = selection_of(["dead"], offset=None, id_="", **given)
    with reader(site.settings) as client:
        archive = LetterArchive(client, site.generation(), site.settings.database)
        return [str(key.origin) for key in archive.find(selection, 10)]


def attempts(site: Site) -> list[tuple[int, str]]:
    """Give attempt and status of each letter, the newest first."""
    return [(row["attempt"], row["status"]) for row in listed(site, "--status", "any")]


def test_an_event_from_the_future_is_redriven_by_itself(servers: Settings) -> None:
    """Once its time has come the worker takes it, without anybody's doing."""
    settings = servers.model_copy(update={"database": "future", "topic_prefix": "future."})
    asyncio.run(create_with_producers_time(settings))
    site = Site(settings)
    event = crossing(1, "V-1", "crossed", 0, goods=[goods(100)])
    hour_before = 1_767_225_600_000 - 3_600_000
    send(site, TOPIC, {"key": b"V-1", "value": json.dumps(event).encode(), "timestamp_ms": hour_before})
    with site.worker():
        assert within_patience(lambda: site.rows() == rows_of([event])), site.log()

    assert [("future_time", "redriven")] == [
        (row["reason"], row["status"]) for row in listed(site, "--status", "any")
    ]
    assert [("redrive", "done", 1, 1, 0, 0, 0, 1)] == actions(site)


def test_a_host_whose_clock_is_ahead_redrives_nothing_before_its_time(site: Site) -> None:
    """Kafka would find it early each time, and after five times in vain it is parked."""
    due_at = clock.now() + timedelta(hours=1)
    event = crossing(1, "V-1", "arrived", 0) | {"time": due_at.isoformat(timespec="milliseconds")}
    send(site, TOPIC, {"key": b"V-1", "value": json.dumps(event).encode()})
    site.work()
    with reader(site.settings) as client:
        archive = LetterArchive(client, site.generation(), site.settings.database)
        ahead = epoch_ms(due_at + timedelta(hours=1))
        found = [archive.find(Selection(reason="future_time", due_ms=due), 10) for due in (None, ahead)]

    assert [1, 0] == [len(keys) for keys in found]
    assert [True] == [key.early for key in found[0]]


async def create_with_producers_time(settings: Settings) -> None:
    """Create the topic with the producers' timestamps, so that the past can be made."""
    admin = AIOKafkaAdminClient(bootstrap_servers=settings.kafka_bootstrap)
    await admin.start()
    try:
        config = {"message.timestamp.type": "CreateTime", "retention.ms": "-1"}
        await admin.create_topics([NewTopic(settings.topic(TOPIC), 4, 1, topic_configs=config)])
    finally:
        await admin.close()


def test_a_partition_that_is_nearly_all_bad_is_paused_until_it_is_resumed(site: Site) -> None:
    """The others flow on; it says so in words, stays paused through a restart, and loses nothing."""
    visits = [f"V-{n}" for n in range(400)]
    flooded, others = (
        [crossing(n + 1, v, "crossed", n * 1000) for n, v in enumerate(visits) if in_first(v) is wanted]
        for wanted in (True, False)
    )
    send(site, TOPIC, *({"key": b"x", "value": b"poison", "partition": 0} for _ in range(1200)))
    site.send(flooded + others)
    with site.worker() as worker:
        assert within_patience(lambda: site.rows() == rows_of(others)), site.log()
        waiting = kpi(site.settings, "check", "--drained", "--timeout", "2")
        assert worker.poll() is None
    assert 1 == waiting.returncode
    assert (
        "gate.crossing/0 is paused after offset 999: 1,000 of its last 1,000 records are bad"
        in waiting.stdout
    )
    assert "partition_paused" in site.log()
    health = kpi(site.settings, "check")
    assert re.search(r"^no +partitions +gate.crossing/0 is paused", health.stdout, re.MULTILINE), (
        health.stdout
    )

    with site.worker():
        assert within_patience(lambda: site.log().count("partition_paused") == 2)
        assert [(1000,)] == site.query("SELECT count() FROM dead_letters")
        assert "goes on after offset 999" in site.kpi("dlq", "resume", TOPIC, "0")
        site.kpi("check", "--drained")
    assert [(1200,)] == site.query("SELECT count() FROM dead_letters")
    assert rows_of(flooded + others) == site.rows()
    assert 1200 == len(buried(site))
    again = kpi(site.settings, "dlq", "resume", TOPIC, "0")
    assert (1, True) == (again.returncode, "is not paused" in again.stderr)
    assert [("resume", "done", 1, 0, 0, 0, 0, 1)] == actions(site)
    what = '{"topic": "gate.crossing", "partition": 0, "offset": 999}'
    assert [(what, site.generation())] == site.query("SELECT filter, generation FROM dead_letter_actions")
    site.kpi("verify")


def in_first(visit: str) -> bool:
    """Tell whether a visit lies in partition 0."""
    return partition_of(visit.encode(), 4) == 0


def test_without_a_topic_for_dead_letters_nothing_is_acknowledged(site: Site) -> None:
    """A letter that cannot be buried holds its batch back; once the topic is there, all goes on."""
    event = crossing(1, "X-9", "crossed", 0, goods=[goods(100)])
    site.delete_topic("dead.letters")
    site.send([], [b"not json"])
    site.send([event])
    with site.worker() as worker:
        assert within_patience(lambda: "waiting_for_dependency" in site.log()), site.log()
        assert "no topic for dead letters" in site.log()
        stuck = kpi(site.settings, "check", "--drained", "--timeout", "2")
        assert 1 == stuck.returncode
        assert "committed 0, stored 0 of 2" in stuck.stdout
        assert [] == site.query("SELECT * FROM dead_letters")
        assert {} == site.rows()
        site.kpi("topics")
        site.kpi("check", "--drained")
        assert worker.poll() is None
    assert [b"not json"] == [message.value for message in buried(site)]
    assert [("not_json", "not json")] == site.query("SELECT reason, payload FROM dead_letters")
    assert rows_of([event]) == site.rows()
