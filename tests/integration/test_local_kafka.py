"""The broker that `kpi up` runs, as a real process."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from streams.kafka_admin import ensure_topics, missing_topics, other_settings
from streams.local.kafka import LocalKafka
from streams.ports import free_port
from streams.settings import Settings
from streams.topics import CATALOGUE
from tests.line import kpi
from tests.servers import local_kafka, start_kafka, stop

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """Give the settings of a running broker with a prefix on its topics."""
    home = tmp_path_factory.mktemp("kafka")
    with local_kafka(home) as bootstrap:
        yield Settings(home=home, kafka_bootstrap=bootstrap, topic_prefix="lc.")


def test_topics_are_created_as_the_catalogue_says_and_only_once(settings: Settings) -> None:
    """The first call creates every topic with its partitions, the second finds nothing to do."""
    created = ensure_topics(settings)

    assert [f"lc.{topic.name}" for topic in CATALOGUE] == created
    assert [] == ensure_topics(settings)
    assert {f"lc.{topic.name}": topic.partitions for topic in CATALOGUE} == asyncio.run(_partitions(settings))


def test_topics_keep_the_settings_of_the_catalogue(settings: Settings) -> None:
    """Retention, timestamps and the largest message are what the catalogue says."""
    ensure_topics(settings)

    for topic in CATALOGUE:
        assert topic.config.items() <= asyncio.run(_config(settings, f"lc.{topic.name}")).items()


def test_a_topic_that_would_make_numbers_wrong_is_told(settings: Settings) -> None:
    """An operator may choose its retention, but not compaction, nor the producers' clocks."""
    others = settings.model_copy(update={"topic_prefix": "others."})
    config = {"cleanup.policy": "compact", "message.timestamp.type": "CreateTime", "retention.ms": "-1"}
    asyncio.run(_create(others, NewTopic("others.gate.crossing", 4, 1, topic_configs=config)))
    ensure_topics(others)
    while asyncio.run(missing_topics(others)):
        pass

    assert [
        "others.gate.crossing has cleanup.policy=compact, and needs delete",
        "others.gate.crossing has message.timestamp.type=CreateTime, and needs LogAppendTime",
    ] == sorted(asyncio.run(other_settings(others)))
    assert "cleanup.policy=compact" in kpi(others, "check").stdout


@pytest.mark.long
def test_an_acknowledged_record_survives_kill_9(tmp_path: Path) -> None:
    """What the broker acknowledged is there after it was killed and started again on another port."""
    bootstrap = f"127.0.0.1:{free_port()}"
    broker = start_kafka(tmp_path, bootstrap)
    ensure_topics(Settings(home=tmp_path, kafka_bootstrap=bootstrap))
    asyncio.run(_send(bootstrap, b"kept"))
    broker.kill()
    broker.wait()

    with local_kafka(tmp_path) as elsewhere:
        assert b"kept" == asyncio.run(_first(elsewhere))


def test_a_cluster_id_that_begins_with_a_dash_is_no_option(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Any 16 random bytes make a cluster; one in 64 begins with a dash once they are written as text."""
    monkeypatch.setattr("secrets.token_bytes", lambda length: b"\xf8" * length)
    LocalKafka(tmp_path, f"127.0.0.1:{free_port()}").prepare()

    kept = (tmp_path / "kafka" / "data" / "meta.properties").read_text()
    assert "cluster.id=-Pj4" in kept


def test_a_broker_stops_cleanly_on_sigterm(tmp_path: Path) -> None:
    """Asked to end, the process closes its logs: the mark of a clean shutdown is there."""
    broker = start_kafka(tmp_path, f"127.0.0.1:{free_port()}")

    stop(broker)

    assert broker.returncode == 128 + 15
    assert (tmp_path / "kafka/data/.kafka_cleanshutdown").is_file()


def test_the_folder_is_closed_to_other_users(tmp_path: Path) -> None:
    """Only the owner may look into the broker's data."""
    kafka = LocalKafka(tmp_path, "127.0.0.1:19092")
    kafka.prepare()

    assert kafka.folder.stat().st_mode & 0o077 == 0


async def _create(settings: Settings, topic: NewTopic) -> None:
    client = AIOKafkaAdminClient(bootstrap_servers=settings.kafka_bootstrap)
    await client.start()
    try:
        await client.create_topics([topic])
    finally:
        await client.close()


async def _partitions(settings: Settings) -> dict[str, int]:
    client = AIOKafkaAdminClient(bootstrap_servers=settings.kafka_bootstrap)
    await client.start()
    try:
        topics = await client.describe_topics([settings.topic(topic.name) for topic in CATALOGUE])
        return {topic["topic"]: len(topic["partitions"]) for topic in topics}
    finally:
        await client.close()


async def _config(settings: Settings, topic: str) -> dict[str, str]:
    client = AIOKafkaAdminClient(bootstrap_servers=settings.kafka_bootstrap)
    await client.start()
    try:
        answers = await client.describe_configs([ConfigResource(ConfigResourceType.TOPIC, topic)])
        return {entry[0]: entry[1] for entry in answers[0].resources[0][4]}
    finally:
        await client.close()


async def _send(bootstrap: str, value: bytes) -> None:
    async with AIOKafkaProducer(bootstrap_servers=bootstrap, enable_idempotence=True) as producer:
        await producer.send_and_wait("target", value)


async def _first(bootstrap: str) -> bytes:
    async with AIOKafkaConsumer(bootstrap_servers=bootstrap, auto_offset_reset="earliest") as consumer:
        consumer.assign([TopicPartition("target", 0)])
        record = await consumer.getone()
        return bytes(record.value)
