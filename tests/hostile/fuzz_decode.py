"""Fuzzing target: a record's bytes. The first line says topic, partition and key; the rest is the value."""

import re
from typing import Final, get_args

from streams.core.decode import DeadLetter, Reason, decode
from streams.core.processor import same_content
from streams.core.record import PartitionId, Record
from streams.registry import load_registry
from streams.topics import EVENT_TOPICS, partition_of
from tests.events import START_MS
from tests.hostile.meaning import says_the_same

CORPUS: Final = "decode"
TOKENS: Final = (
    b'"', b":", b",", b"{", b"}", b"[", b"]", b"null", b"true", b"-0", b"1e999", b"1.0", b"NaN",
    b"-Infinity", b"\\u0000", b"\\ud800", b"\\u0074ype", b"\xef\xbb\xbf", b"\xc0\xaf", b"\xed\xa0\x80",
    b"9223372036854775808", b'"data"', b'"time"', b'"goods"', b'"type"', b'"id"', b'"correctsid"',
    b"vn.laocai.kpi.", b".v1", b"crossed", b"VND", b"2026-02-30", b"key",
)  # fmt: skip
_REASONS: Final = frozenset(get_args(Reason)) - {"too_many_points"}
_REGISTRY: Final = load_registry()
_TOPICS: Final = tuple(EVENT_TOPICS)
_SUBJECT: Final = re.compile(rb'"subject" ?: ?"([^"\\]*)"')
_RECEIVED_MS: Final = START_MS + 40 * 86_400_000


def run(data: bytes) -> bool:
    """Decode one record, and hold the answer to what is promised; tell whether it was accepted."""
    record = _record(data)
    verdict = decode(record, _REGISTRY)
    if isinstance(verdict, DeadLetter):
        assert verdict.reason in _REASONS, verdict.reason
        assert verdict.detail.encode(), verdict
        return False
    assert says_the_same(verdict), verdict
    # What is sent again is compared with what is stored.
    assert same_content(record.value or b"", (record.value or b"") + b" "), verdict
    return True


def _record(data: bytes) -> Record:
    """Read an input: `0 key` is topic 0 under the key `key`; without a key the subject is taken."""
    line, _, value = data.partition(b"\n")
    number, _, key = line.partition(b" ")
    topic = _TOPICS[(number[0] if number else 0) % len(_TOPICS)]
    subject = _SUBJECT.search(value)
    key = key or (subject[1] if subject else b"")
    partition = partition_of(key, EVENT_TOPICS[topic].partitions)
    return Record(PartitionId(topic, partition), 0, 0, _RECEIVED_MS, key, value)
