"""The producers against a real broker: where records land, and that none is lost when it dies."""

import asyncio
import json
import subprocess
import sysconfig
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.structs import ConsumerRecord

from producers.backlog import Backlog
from producers.ingest.together import NotAcknowledgedError, Together
from producers.publisher import Message, Publisher, TooLargeError
from producers.ranges import message_of
from producers.simulate.calendar import HOUR_MS, day_start_ms
from producers.simulate.world import World
from streams.errors import DependencyDownError
from streams.events import MAX_MESSAGE_BYTES
from streams.kafka_admin import create_topics
from streams.ports import free_port
from streams.registry import load_registry
from streams.settings import Settings
from streams.topics import EVENT_TOPICS, partition_of
from tests.servers import local_kafka, start_kafka, stop

pytestmark = pytest.mark.integration

NOON = day_start_ms(date(2026, 5, 4)) + 12 * HOUR_MS
MESSAGES = [message_of(e) for e in World(load_registry(), 5).events(NOON, NOON + 2 * HOUR_MS)]
KPI = str(Path(sysconfig.get_path("scripts")) / "kpi")


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """Run a broker for all tests that leave it alone."""
    home = tmp_path_factory.mktemp("broker")
    with local_kafka(home) as bootstrap:
        yield Settings(home=home, kafka_bootstrap=bootstrap)


async def _records(settings: Settings) -> list[ConsumerRecord]:
    places = [
        TopicPartition(settings.topic(topic.name), n)
        for topic in EVENT_TOPICS.values()
        for n in range(topic.partitions)
    ]
    consumer = AIOKafkaConsumer(bootstrap_servers=settings.kafka_bootstrap, auto_offset_reset="earliest")
    await consumer.start()
    try:
        consumer.assign(places)
        ends = await consumer.end_offsets(places)
        found: list[ConsumerRecord] = []
        while len(found) < sum(ends.values()):
            batches = await consumer.getmany(timeout_ms=500)
            found += [record for records in batches.values() for record in records]
        return found
    finally:
        await consumer.stop()


async def test_records_land_where_kafkas_default_partitioner_puts_them(broker: Settings) -> None:
    """Every event arrives once, under its subject, in the partition of its key, with its content type."""
    settings = broker.model_copy(update={"topic_prefix": "a."})
    await create_topics(settings)
    async with Publisher(settings) as publisher:
        await publisher.publish(MESSAGES)

    records = await _records(settings)

    assert sorted(m.value for m in MESSAGES) == sorted(r.value for r in records)
    for record in records:
        partitions = EVENT_TOPICS[record.topic.removeprefix("a.")].partitions
        assert json.loads(record.value)["subject"].encode() == record.key
        assert partition_of(record.key, partitions) == record.partition
        assert (("content-type", b"application/cloudevents+json; charset=UTF-8"),) == record.headers


async def test_nothing_is_sent_of_a_batch_with_a_message_too_large(broker: Settings) -> None:
    """The contract's limit holds in the producer."""
    settings = broker.model_copy(update={"topic_prefix": "b."})
    await create_topics(settings)
    async with Publisher(settings) as publisher:
        with pytest.raises(TooLargeError):
            await publisher.publish([MESSAGES[0], Message("target", b"k", b"x" * (MAX_MESSAGE_BYTES + 1))])

    assert [] == await _records(settings)


@pytest.mark.parametrize("partitions", [1, 4, 9])
async def test_the_workers_lag_is_what_they_have_not_committed(broker: Settings, partitions: int) -> None:
    """Everything before their first commit, what came after it later, in as many partitions as there are."""
    settings = broker.model_copy(update={"topic_prefix": f"c{partitions}.", "partitions": partitions})
    await create_topics(settings)
    async with Publisher(settings) as publisher, Backlog(settings) as backlog:
        await publisher.publish(MESSAGES)
        assert len(MESSAGES) == await backlog.records()
        await _commit_all(settings)
        await publisher.publish(MESSAGES[:7])
        assert await backlog.records() == 7


async def _commit_all(settings: Settings) -> None:
    topics = [settings.topic(name) for name in EVENT_TOPICS]
    consumer = AIOKafkaConsumer(
        *topics,
        bootstrap_servers=settings.kafka_bootstrap,
        group_id=settings.worker_group,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
    )
    await consumer.start()
    try:
        ends = await consumer.end_offsets(list(consumer.assignment()))
        await consumer.commit(ends)
    finally:
        await consumer.stop()


def test_the_command_tells_by_its_exit_code(broker: Settings, tmp_path: Path) -> None:
    """0 when all is acknowledged, 1 with a bad line, 2 for wrong usage, 3 when Kafka is not there."""
    settings = broker.model_copy(update={"topic_prefix": "d."})
    asyncio.run(create_topics(settings))
    good, mixed = tmp_path / "good.ndjson", tmp_path / "mixed.ndjson"
    good.write_bytes(b"\n".join(m.value for m in MESSAGES[:50]))
    mixed.write_bytes(MESSAGES[0].value + b"\n{nonsense\n" + MESSAGES[1].value)

    assert _kpi(settings, "produce", "file", str(good)) == (
        0,
        "50 events were acknowledged, 0 lines are bad\n",
    )
    code, text = _kpi(settings, "produce", "file", str(mixed))
    assert code == 1
    assert f"{mixed}:2: not_json" in text
    assert _kpi(settings, "produce", "file", str(tmp_path / "missing.ndjson"))[0] == 2
    nowhere = settings.model_copy(update={"kafka_bootstrap": f"127.0.0.1:{free_port()}"})
    assert _kpi(nowhere, "produce", "file", str(good))[0] == 3
    assert len(asyncio.run(_records(settings))) == 52


def test_loading_the_registry_leaves_an_operators_target_standing(broker: Settings, tmp_path: Path) -> None:
    """Registry, changed file, registry again, as the next `kpi up` does: the changed one stands."""
    settings = broker.model_copy(update={"topic_prefix": "e."})
    asyncio.run(create_topics(settings))
    path = tmp_path / "targets.toml"
    path.write_text(
        '[[targets]]\nindicator = "trade_value"\nscope = "lao-cai"\nyear = 2026\nvalue = "4500000000"\n'
        'currency = "USD"\nqualifier = "eq"\nsource = "decree 7"\n'
    )

    for arguments in (["apply"], ["apply", str(path)], ["apply"]):
        assert _kpi(settings, "targets", *arguments)[0] == 0

    bodies = [json.loads(record.value)["data"] for record in asyncio.run(_records(settings))]
    assert len(load_registry().targets) + 1 == len(bodies)
    assert ("decree 7", 450_000_000_000) == (bodies[-1]["source"], bodies[-1]["value_minor"])


def _kpi(settings: Settings, *arguments: str) -> tuple[int, str]:
    environment = {
        "KPI_HOME": str(settings.home),
        "KPI_KAFKA_BOOTSTRAP": settings.kafka_bootstrap,
        "KPI_TOPIC_PREFIX": settings.topic_prefix,
    }
    done = subprocess.run([KPI, *arguments], env=environment, capture_output=True, text=True, check=False)
    return done.returncode, done.stderr


async def test_a_broker_that_is_not_there_is_said_at_once(tmp_path: Path) -> None:
    """Connecting fails with the address and what to do."""
    settings = Settings(home=tmp_path, kafka_bootstrap=f"127.0.0.1:{free_port()}")

    with pytest.raises(DependencyDownError, match="kpi up"):
        async with Publisher(settings):
            pass


@pytest.mark.long
async def test_a_broker_killed_while_sending_loses_nothing(tmp_path: Path) -> None:
    """Publishing waits until it is back, who posts is told to come again, and every event is there."""
    settings = Settings(home=tmp_path, kafka_bootstrap=f"127.0.0.1:{free_port()}")
    process = await asyncio.to_thread(start_kafka, tmp_path, settings.kafka_bootstrap)
    try:
        await create_topics(settings)
        async with Publisher(settings) as publisher, Together(publisher, 1.0) as together:
            await publisher.publish(MESSAGES[:100])
            process.kill()
            process.wait()
            sending = asyncio.ensure_future(publisher.publish(MESSAGES[100:200]))
            with pytest.raises(NotAcknowledgedError):
                await together.send(MESSAGES[200:])
            process = await asyncio.to_thread(start_kafka, tmp_path, settings.kafka_bootstrap)
            await asyncio.wait_for(sending, 60)
            await asyncio.wait_for(_post_again(together), 60)
            records = await _records(settings)
    finally:
        stop(process)

    assert {m.value for m in MESSAGES} == {r.value for r in records}


async def _post_again(together: Together) -> None:
    """Send until it is acknowledged, as a sender does that is told to."""
    while True:
        try:
            await together.send(MESSAGES[200:])
        except NotAcknowledgedError:
            await asyncio.sleep(0.1)
        else:
            return
