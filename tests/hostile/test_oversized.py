"""Messages larger than anybody should send: refused in words where they are sent, dead where they arrive."""

import asyncio
import json
import random
from pathlib import Path
from typing import Any, Final

import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from producers.publisher import MAX_RAW_BYTES
from streams.settings import Settings
from streams.topics import TOPIC_MAX_MESSAGE_BYTES
from tests.events import crossing
from tests.hostile.conftest import HostileSite
from tests.hostile.sending import read_letters
from tests.line import kpi
from tests.site import rows_of

pytestmark = pytest.mark.integration
_MIB: Final = 1 << 20
_EVENT: Final = crossing(1, "V-1", "crossed", 0)


def _padded(length: int, **fields: Any) -> bytes:
    """Give a JSON event of exactly that many bytes, which no compression makes smaller."""
    event = json.dumps({**_EVENT, **fields, "pad": ""}).encode()
    noise = random.Random(7).randbytes(length // 2 + 1).hex().encode()  # noqa: S311 - only noise
    return event[:-2] + noise[: length - len(event)] + event[-2:]


def _file(folder: Path, *lines: bytes) -> str:
    path = folder / "events.ndjson"
    path.write_bytes(b"\n".join(lines))
    return str(path)


def test_a_file_with_9_mib_in_a_line_is_told_so(site: HostileSite, tmp_path: Path) -> None:
    """The line is bad and says why; those around it are sent."""
    good = json.dumps(_EVENT).encode()
    path = _file(tmp_path, good, _padded(9 * _MIB), json.dumps(crossing(2, "V-2", "arrived", 0)).encode())

    checked, raw = (
        kpi(site.settings, "produce", "file", path),
        kpi(site.settings, "produce", "file", "--raw", path),
    )

    for done in (checked, raw):
        assert done.returncode == 1
        assert f"events.ndjson:2: longer than {TOPIC_MAX_MESSAGE_BYTES} bytes" in done.stderr
        assert "2 events were acknowledged, 1 lines are bad" in done.stderr


def test_key_and_value_that_are_too_large_together_are_told_so(site: HostileSite, tmp_path: Path) -> None:
    """The broker would refuse them for ever."""
    path = _file(tmp_path, _padded(MAX_RAW_BYTES - 10, subject="V" * 200_000))

    done = kpi(site.settings, "produce", "file", "--raw", path)

    assert done.returncode == 1
    assert f"Kafka takes at most {MAX_RAW_BYTES}" in done.stderr


async def _make_narrow(settings: Settings, name: str) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=settings.kafka_bootstrap)
    await admin.start()
    try:
        await admin.create_topics([NewTopic(name, 4, 1, topic_configs={"max.message.bytes": "100000"})])
    finally:
        await admin.close()


def test_what_the_broker_refuses_is_told(servers: Settings, tmp_path: Path) -> None:
    """A topic that somebody made narrower ends the command with the reason, not with a retry for ever."""
    settings = servers.model_copy(update={"database": "narrow", "topic_prefix": "narrow."})
    asyncio.run(_make_narrow(settings, settings.topic("gate.crossing")))
    site = HostileSite(settings)

    done = kpi(site.settings, "produce", "file", _file(tmp_path, _padded(150_000)))

    assert done.returncode == 1
    assert "max.message.bytes" in done.stderr


def test_the_largest_message_arrives_and_is_dead(site: HostileSite, tmp_path: Path) -> None:
    """As much of it as fits is kept, and its length; the good event behind it counts."""
    path = _file(tmp_path, _padded(MAX_RAW_BYTES - 3), json.dumps(_EVENT).encode())

    assert kpi(site.settings, "produce", "file", "--raw", path).returncode == 0
    site.work()

    [letter] = asyncio.run(read_letters(site.settings))
    assert (b"too_large", str(MAX_RAW_BYTES - 3).encode()) == (
        letter.headers["reason_code"],
        letter.headers["src.length"],
    )
    assert _padded(MAX_RAW_BYTES - 3).startswith(letter.value or b"-")
    assert rows_of([_EVENT]) == site.rows()


async def _send_bomb(settings: Settings, compression: str) -> None:
    producer = AIOKafkaProducer(
        bootstrap_servers=settings.kafka_bootstrap, compression_type=compression, max_request_size=1 << 30
    )
    await producer.start()
    try:
        topic = settings.topic("gate.crossing")
        await producer.send_and_wait(topic, bytes(64 * _MIB), key=b"V-1", partition=0)
    finally:
        await producer.stop()


def test_a_compressed_bomb_is_dead(site: HostileSite) -> None:
    """64 MiB that travel as a few KiB: one dead letter each, and the good event behind them counts."""
    for compression in ("gzip", "lz4", "zstd", "snappy"):
        asyncio.run(_send_bomb(site.settings, compression))
    site.send([_EVENT])

    site.work()

    letters = asyncio.run(read_letters(site.settings))
    assert [b"too_large"] * 4 == [letter.headers["reason_code"] for letter in letters]
    assert {str(64 * _MIB).encode()} == {letter.headers["src.length"] for letter in letters}
    assert rows_of([_EVENT]) == site.rows()
