"""Dead letters on their way to Kafka: complete, and waited for however long it takes."""

from hashlib import sha256

from aiokafka.errors import KafkaTimeoutError, MessageSizeTooLargeError, UnknownTopicOrPartitionError
from structlog.testing import capture_logs

from streams.core.decode import DeadLetter
from streams.core.revision import FOLD_REVISION
from streams.dead_letters.publish import MAX_VALUE_BYTES, Finder, KafkaDeadLetters, outgoing_of
from tests.dead_letters.doubles import MemorySender
from tests.events import record_of

RECORD = record_of(b"\xff not json", offset=17, partition=3, key=b"\x00key", received_ms=5)
FINDER = Finder("host/1", "run-1", "cluster-1")


def test_a_letter_is_the_record_with_its_origin_and_reason() -> None:
    """Key and bytes are untouched; the headers say where it was and why it is dead."""
    theirs = [("trace", b"\xff"), ("dlq.attempt", b"2"), ("empty", None)]
    record = RECORD._replace(headers=theirs, timestamp_type=1)
    out = outgoing_of(DeadLetter(record, "not_json", "expected value"), 1000, FINDER)
    headers = dict(out.headers)

    assert ("dead.letters", b"\x00key", b"\xff not json") == (out.topic, out.key, out.value)
    assert headers.pop("app_version")
    assert {
        "dlq.version": b"1",
        "dlq.id": b"gate.crossing/3/17",
        "src.topic": b"gate.crossing",
        "src.partition": b"3",
        "src.offset": b"17",
        "src.cluster": b"cluster-1",
        "src.timestamp": b"5",
        "src.timestamp_type": b"LogAppendTime",
        "src.length": b"10",
        "stage": b"decode",
        "reason_code": b"not_json",
        "error_class": b"ValidationError",
        "error_message": b"expected value",
        "attempt": b"2",
        "first_failed_at": b"5",
        "failed_at": b"1000",
        "schema_ver": b"vn.laocai.kpi.gate.crossing.v1",
        "fold_revision": str(FOLD_REVISION).encode(),
        "run_id": b"run-1",
        "worker_id": b"host/1",
        "src.headers.trace": b"\xff",
        "src.headers.dlq.attempt": b"2",
        "src.headers.empty": None,
    } == headers


def test_a_letter_says_only_what_is_known_of_it() -> None:
    """What the store refused kept the contract; who stamped an old record nobody knows any more."""
    refused = DeadLetter(RECORD._replace(timestamp_type=0), "invalid", "", refused=True)
    known = dict(outgoing_of(refused, 1000, FINDER).headers)
    unknown = dict(outgoing_of(DeadLetter(RECORD, "invalid", ""), 1000, FINDER).headers)

    assert (b"sink", b"CreateTime") == (known["stage"], known["src.timestamp_type"])
    assert b"validate" == unknown["stage"]
    assert "src.timestamp_type" not in unknown


def test_of_a_record_too_large_the_head_and_the_hash_are_kept() -> None:
    """What fits out again, and what tells that it is the same record."""
    value = b"x" * (MAX_VALUE_BYTES + 1)
    out = outgoing_of(DeadLetter(RECORD._replace(value=value), "too_large", "too large"), 1000, FINDER)

    assert value[:-1] == out.value
    assert sha256(value).hexdigest().encode() == dict(out.headers)["src.sha256"]


async def test_publishing_waits_until_the_topic_is_there() -> None:
    """A topic that is missing is said in words, and nothing returns before it was acknowledged."""
    sender = MemorySender([UnknownTopicOrPartitionError(), KafkaTimeoutError(), OSError()])
    letters = KafkaDeadLetters(sender, FINDER)
    with capture_logs() as logs:
        await letters.publish([DeadLetter(RECORD, "not_json", "")])

    assert [b"\xff not json"] == [out.value for out in sender.sent]
    assert [] == sender.failures
    assert "no topic for dead letters" in str(logs)
    await letters.on_stop()
    assert sender.closed


async def test_a_topic_that_takes_too_little_is_told_from_a_broker_that_is_away() -> None:
    """Starting the broker would not help: the setting is named."""
    letters = KafkaDeadLetters(MemorySender([MessageSizeTooLargeError()]), FINDER)
    with capture_logs() as logs:
        await letters.publish([DeadLetter(RECORD, "not_json", "")])

    assert "set max.message.bytes=8388608" in str(logs)
    assert "does not answer" not in str(logs)
