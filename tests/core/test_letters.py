"""Dead letters, pure: what is kept of a record, what its headers say of its past, where it belongs."""

import json
from collections.abc import Iterator
from typing import Any, get_args

import pytest

from streams.core.decode import DeadLetter, Reason, decode
from streams.core.letters import (
    MAX_HEADERS_BYTES,
    MAX_KEY_BYTES,
    STAGES,
    attempt_of,
    due_ms,
    error_class_of,
    first_failed_ms,
    home_of,
    kept,
    replay_headers,
)
from streams.core.record import Headers
from streams.registry import load_registry
from streams.store_columns import dead_letter_columns
from tests.events import START_MS, crossing, output, record_of, stage

REGISTRY = load_registry()
PARTITIONS = {"gate.crossing": 4, "clearance.stage": 4, "factory.output": 4}


def letter_of(event: dict[str, Any] | bytes, **place: Any) -> DeadLetter:
    """Decode what must be bad."""
    verdict = decode(record_of(event, **place), REGISTRY, PARTITIONS)
    assert isinstance(verdict, DeadLetter)
    return verdict


def test_every_reason_has_its_stage() -> None:
    """A new reason names the step that finds it."""
    assert set(get_args(Reason)) == set(STAGES)


@pytest.mark.parametrize(
    ("value", "error_class"),
    [
        pytest.param(b"{", "ValidationError", id="no JSON"),
        pytest.param(crossing(1, "V-1", "parked", 0), "ValidationError", id="not of the models"),
        pytest.param(crossing(1, "V-1", "arrived", 0, note=float("nan")), "ValueError", id="not a number"),
        pytest.param(crossing(1, "V-1", "arrived", 0, gate_id="x"), None, id="not in the registry"),
    ],
)
def test_a_letter_names_the_exception_that_found_it(
    value: dict[str, Any] | bytes, error_class: str | None
) -> None:
    """What was found by comparing needs none; what the store refused has the class of its own error."""
    letter = letter_of(value)
    assert error_class == error_class_of(letter)
    assert "UnfitError" == error_class_of(letter._replace(refused=True))


@pytest.mark.parametrize(
    ("key", "value", "headers", "cut"),
    [
        pytest.param(b"\xff", b"\x00\xff", [("a", b"1"), ("a", None)], False, id="whole, whatever it is"),
        pytest.param(None, None, (), False, id="nothing at all"),
        pytest.param(b"k" * (MAX_KEY_BYTES + 1), b"", (), True, id="a key too large"),
        pytest.param(b"", b"x" * 101, (), True, id="a value too large"),
        pytest.param(b"", b"", [("h", b"x" * MAX_HEADERS_BYTES)], True, id="headers too large"),
        pytest.param(b"", b"", [("", b"")] * MAX_HEADERS_BYTES, True, id="too many headers"),
    ],
)
def test_what_is_kept_says_whether_it_is_all(
    key: bytes | None, value: bytes | None, headers: Headers, *, cut: bool
) -> None:
    """A record is kept as it came, or cut and marked."""
    record = record_of(b"")._replace(key=key, value=value, headers=headers)
    parts = kept(record, 100)

    assert cut is parts.cut
    assert (parts.key or b"") == (key or b"")[:MAX_KEY_BYTES]
    assert (parts.value or b"") == (value or b"")[:100]
    assert ((key is None), (value is None)) == ((parts.key is None), (parts.value is None))
    assert list(parts.headers) == list(headers)[: len(parts.headers)]


@pytest.mark.parametrize(
    ("header", "attempt"),
    [
        pytest.param(b"3", 3, id="a number"),
        pytest.param(b"999999", 255, id="a large one"),
        pytest.param(b"-1", 0, id="no number of ours"),
        pytest.param("٣".encode(), 0, id="other digits"),
        pytest.param(b"9" * 5000, 0, id="hostile"),
        pytest.param(None, 0, id="no value"),
    ],
)
def test_attempts_are_read_from_any_header(header: bytes | None, attempt: int) -> None:
    """Whatever somebody sends under that name, it is a number that the column takes."""
    assert attempt == attempt_of(record_of(b"")._replace(headers=[("dlq.attempt", header)]))


def test_the_first_failure_is_never_after_the_record() -> None:
    """A redriven record remembers it; nobody can put it into the future."""
    record = record_of(b"", received_ms=5000)
    told = [record._replace(headers=[("dlq.first_failed_at", value)]) for value in (b"1000", b"9000")]

    assert [5000, 1000, 5000] == [first_failed_ms(r) for r in (record, *told)]


def test_an_event_from_the_future_is_due_at_its_own_time() -> None:
    """No other letter is ever due."""
    early = letter_of(crossing(1, "V-1", "arrived", 600_000), received_ms=START_MS)

    assert ("future_time", START_MS + 600_000) == (early.reason, due_ms(early))
    assert due_ms(letter_of(b"not json")) is None


def test_a_misrouted_event_tells_where_it_belongs() -> None:
    """Its type names the topic, its subject is the key; what is no event belongs nowhere."""
    event = stage(1, "V-7", "lodged", 0)

    assert "misrouted" == letter_of(event, topic="gate.crossing").reason
    assert ("clearance.stage", b"V-7") == home_of(json.dumps(event).encode())
    assert home_of(b"not json") is None
    assert home_of(None) is None


def test_a_replay_keeps_the_senders_headers_and_replaces_ours() -> None:
    """The past of the past is left out: one origin, one number."""
    before = [("trace", None), ("dlq.replay_of", b"t/0/1"), ("dlq.attempt", b"1"), ("trace", b"\xff")]

    assert [
        ("trace", None),
        ("trace", b"\xff"),
        ("dlq.replay_of", b"t/0/2"),
        ("dlq.attempt", b"2"),
        ("dlq.first_failed_at", b"77"),
    ] == list(replay_headers(before, "t/0/2", 2, 77))


CANARY = "nguyen-van-a-0912345678"


def with_canary(content: Any) -> Iterator[Any]:
    """Put the canary in every place of a message in turn."""
    if isinstance(content, dict):
        for name in content:
            for changed in with_canary(content[name]):
                yield {**content, name: changed}
    elif isinstance(content, list):
        for n, item in enumerate(content):
            for changed in with_canary(item):
                yield [*content[:n], changed, *content[n + 1 :]]
    else:
        yield CANARY


@pytest.mark.parametrize(
    "event",
    [
        pytest.param(crossing(1, "V-1", "crossed", 0, lane_id="lane-1"), id="crossing"),
        pytest.param(stage(1, "V-1", "lodged", 0, "green"), id="stage"),
        pytest.param(output(1, 3), id="output"),
    ],
)
def test_no_detail_repeats_a_value(event: dict[str, Any]) -> None:
    """What people wrote into a field stays in the payload, wherever they wrote it."""
    key = event["subject"].encode()
    verdicts = [decode(record_of(bad, key=key), REGISTRY, PARTITIONS) for bad in with_canary(event)]
    letters = [verdict for verdict in verdicts if isinstance(verdict, DeadLetter)]

    assert {"invalid", "unknown_entity", "unknown_type"} <= {letter.reason for letter in letters}
    assert [] == [letter.detail for letter in letters if "nguyen" in letter.detail]


def test_what_is_not_kept_whole_is_never_due() -> None:
    """It cannot go back as it came: the worker would find it again at every look, before all others."""
    early = letter_of(crossing(1, "V-1", "arrived", 0), received_ms=START_MS - 400_000)
    cut = early._replace(record=early.record._replace(headers=[("h", b"x" * MAX_HEADERS_BYTES)]))

    assert [START_MS, None] == dead_letter_columns([early, cut])["due_at"]
