"""What is tried again and what is not, and what is said about it."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
import urllib3
from aiokafka import errors
from aiokafka.errors import KafkaConnectionError
from clickhouse_connect.driver.exceptions import DatabaseError, DataError, OperationalError, ProgrammingError
from prometheus_client import REGISTRY
from structlog.testing import capture_logs

from streams import clock, dependency
from streams.dependency import Dependency
from streams.kafka_admin import kafka_down
from streams.settings import Settings
from streams.troubles import ShortWriteError, Trouble, clickhouse_trouble, kafka_trouble

SETTINGS = Settings(_env_file=None)


def refused(code: int | None, text: str = "") -> DatabaseError:
    """Give an answer of ClickHouse's, or of a proxy's before it."""
    return DatabaseError(text or f"code: {code}", code=code)


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (refused(159), "overloaded"),
        (refused(201), "overloaded"),
        (refused(209), "overloaded"),
        (refused(241), "overloaded"),
        (refused(252), "too_many_parts"),
        (refused(242), "read_only"),
        (refused(164), "read_only"),
        (refused(243), "disk_full"),
        (refused(497), "no_permission"),
        (refused(516), "no_permission"),
        (refused(75, "Cannot write to file: No space left on device"), "disk_full"),
        (refused(1001, "filesystem error: Read-only file system"), "read_only"),
        (refused(None, "HTTP driver received HTTP status 429"), "unreachable"),
        (OperationalError("HTTP status 503", code=None), "unreachable"),
        (ShortWriteError("events: 1 of 2 rows confirmed"), "short_write"),
        (urllib3.exceptions.ProtocolError("reset"), "unreachable"),
        (ConnectionRefusedError(), "unreachable"),
        (TimeoutError(), "unreachable"),
    ],
)
def test_what_passes_or_can_be_mended_is_waited_for(error: Exception, kind: str) -> None:
    """The network, overload, a full disk: each has a name and words."""
    trouble = clickhouse_trouble(error)

    assert trouble is not None
    assert kind == trouble.kind
    assert trouble.words.startswith("ClickHouse ")


@pytest.mark.parametrize(
    "error",
    [
        refused(60),
        refused(47),
        refused(6),
        DataError("x"),
        ProgrammingError("x"),
        KeyError("x"),
    ],
)
def test_a_bug_is_not_waited_for(error: Exception) -> None:
    """A missing table, a wrong query, a wrong value: trying again does not help."""
    assert clickhouse_trouble(error) is None


def test_a_text_that_may_hold_rows_is_not_repeated() -> None:
    """Only the code and its name are told on."""
    error = DatabaseError("Code 252: row 79A-123.45", code=252, name="TOO_MANY_PARTS")

    assert clickhouse_trouble(error) == Trouble(
        "too_many_parts",
        "ClickHouse takes no writes for now: its merges do not keep up with the inserts",
        "252 TOO_MANY_PARTS",
    )
    assert (kafka_trouble(KafkaConnectionError("x")) or Trouble("", "")).error == "KafkaConnectionError"


@pytest.mark.parametrize(
    ("error", "kind", "remedy"),
    [
        (errors.TopicAuthorizationFailedError(), "no_permission", "ACLs"),
        (errors.GroupAuthorizationFailedError(), "no_permission", "READ on the event topics"),
        (errors.SaslAuthenticationFailed(), "no_login", "set KPI_KAFKA_USER"),
        (errors.UnknownTopicOrPartitionError(), "no_topic", "kpi topics"),
        (errors.MessageSizeTooLargeError(), "too_large", "max.message.bytes=8388608"),
        (errors.NotEnoughReplicasError(), "few_replicas", "start its other brokers"),
        (errors.KafkaStorageError(), "broken_disk", "make room"),
        (errors.UnsupportedVersionError(), "too_old", "update it"),
        (errors.NotLeaderForPartitionError(), "electing", "passes by itself"),
        (errors.UnknownError(), "refused", "its log says more"),
        (errors.RequestTimedOutError(), "unreachable", "does not answer"),
        (errors.KafkaTimeoutError(), "unreachable", "start it"),
        (errors.KafkaConnectionError(), "unreachable", "look at the network"),
        (ConnectionRefusedError(), "unreachable", "does not answer"),
    ],
)
def test_an_answer_of_kafka_is_told_from_silence(error: Exception, kind: str, remedy: str) -> None:
    """Each kind says what to do; only silence says that nothing answers."""
    trouble = kafka_trouble(error)

    assert trouble is not None
    assert kind == trouble.kind
    assert remedy in trouble.words
    assert (kind == "unreachable") is ("does not answer" in trouble.words)
    assert trouble.words.removeprefix("Kafka") in str(kafka_down(SETTINGS, error)) or kind == "unreachable"


def test_what_is_not_of_kafka_is_not_waited_for() -> None:
    """A bug of ours ends the worker."""
    assert kafka_trouble(KeyError("x")) is None


class Clock:
    """Time that passes only where the retry waits."""

    def __init__(self) -> None:
        self.now = 1000.0

    async def sleep(self, seconds: float) -> None:
        self.now += seconds

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Let an outage of minutes take no time."""
    made = Clock()
    monkeypatch.setattr(clock, "monotonic", made.monotonic)
    monkeypatch.setattr("stamina._core._smart_sleep", made.sleep)
    return made


def failing_until(time: Clock, end: float, error: Exception) -> Callable[[], Any]:
    """Fail until a moment, then answer."""

    async def work() -> str:
        if time.now < end:
            raise error
        return "answer"

    return work


def test_a_long_outage_is_told_at_growing_distance(time: Clock) -> None:
    """An hour makes a dozen lines: what is wrong, for how long; then that it is over."""
    server = Dependency("ClickHouse", clickhouse_trouble)
    with capture_logs() as logs:
        answer = asyncio.run(server.call(failing_until(time, 4600.0, refused(243))))

    assert "answer" == answer
    waits = [line for line in logs if line["event"] == "waiting_for_dependency"]
    assert 0 == waits[0]["seconds"]
    assert "its disk is full" in waits[0]["words"]
    assert 9 <= len(waits) <= 14
    assert logs[-1]["event"] == "dependency_answers_again"
    assert 3600 <= logs[-1]["seconds"] < 3610


def test_what_comes_back_at_once_is_not_told_as_new(time: Clock) -> None:
    """A server that fails every other call fills no log."""
    server = Dependency("ClickHouse", clickhouse_trouble)
    with capture_logs() as logs:
        for _ in range(20):
            asyncio.run(server.call(failing_until(time, time.now + 0.05, refused(252))))

    assert len([line for line in logs if line["event"] == "waiting_for_dependency"]) <= 3


def test_another_trouble_is_told_at_once(time: Clock) -> None:
    """A full disk right after too many parts is news."""
    server = Dependency("ClickHouse", clickhouse_trouble)
    with capture_logs() as logs:
        for code in (252, 252, 243):
            asyncio.run(server.call(failing_until(time, time.now + 0.05, refused(code))))

    said = [line["error"] for line in logs if line["event"] == "waiting_for_dependency"]
    assert ["252", "243"] == said


async def test_what_is_wrong_shows_while_it_lasts(time: Clock) -> None:
    """Another thread sees the trouble, the metric shows it, and a bug ends the waiting."""
    server = Dependency("Store of a test", clickhouse_trouble)
    seen: list[Any] = []

    async def work() -> None:
        labels = {"dependency": "Store of a test", "kind": "disk_full"}
        seen.append(
            (
                server.trouble and server.trouble.kind,
                REGISTRY.get_sample_value("kpi_dependency_trouble", labels),
            )
        )
        raise [refused(243), refused(243), KeyError("a bug")][len(seen) - 1]

    with pytest.raises(KeyError):
        await server.call(work)

    assert [(None, None), ("disk_full", 1), ("disk_full", 1)] == seen
    assert server.trouble is None
    assert server.is_waited_for()
    time.now += 3 * dependency.LONGEST_WAIT_S
    assert not server.is_waited_for()
    assert not server.answered_within(60)
