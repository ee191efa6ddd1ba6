"""The HTTP ingest, in-process: who may post what, what is answered, and what reaches Kafka."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from producers.ingest.app import Limits
from streams.commands.ingest import document
from streams.resources import checkout
from tests.events import uuid
from tests.ingest.doubles import BATCH, STRUCTURED, AbsentKafka, encoded, future, ingest, passing
from tests.producers.doubles import MemorySender


class Site:
    """An ingest, its sender, and a client with the token of Kim Thành."""

    def __init__(self, folder: Path, sender: Any = None, **given: Any) -> None:
        self.sender = sender or MemorySender()
        app, self.headers = ingest(folder, self.sender, **given)
        self.client = TestClient(app)

    def post(self, body: bytes | dict[str, Any], kind: str = STRUCTURED, **headers: str) -> Any:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        return self.client.post(
            "/v1/events", content=content, headers={**self.headers, "Content-Type": kind, **headers}
        )


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """Give a running ingest."""
    site = Site(tmp_path)
    with site.client:
        yield site


def test_an_event_goes_on_byte_for_byte_under_its_subject(site: Site) -> None:
    """202 says how many, and Kafka's record is what the sender wrote, blanks and unknown fields too."""
    body = json.dumps(passing(1, weighed_by="scale 2"), indent=2).encode()

    answer = site.post(body)

    assert (202, {"accepted": 1}) == (answer.status_code, answer.json())
    assert [("gate.crossing", b"V-1", body)] == [tuple(message) for message in site.sender.sent]


def test_a_batch_says_which_events_are_refused_and_why(site: Site) -> None:
    """The good ones are with Kafka; each bad one has its place, id, reason and the field in words."""
    events = [
        passing(1),
        passing(2, gate_id="nowhere"),
        passing(3, time=future()),
        passing(4) | {"type": "vn.laocai.kpi.unknown.v1"},
        passing(5, point="flew"),
        passing(6) | {"id": "not-a-uuid"},
        {"id": uuid(7)},
        passing(8),
    ]

    answer = site.post(encoded(*events), BATCH)
    body = answer.json()

    assert (422, 2) == (answer.status_code, body["accepted"])
    assert "application/problem+json" == answer.headers["content-type"]
    assert [(1, "unknown_entity"), (2, "future_time"), (3, "unknown_type"), (4, "invalid"), (5, "invalid"),
            (6, "not_cloudevent")] == [(e["index"], e["reason"]) for e in body["errors"]]  # fmt: skip
    assert [uuid(2), uuid(3), uuid(4), uuid(5), None, uuid(7)] == [e["id"] for e in body["errors"]]
    assert "gate_id: is not in the registry" == body["errors"][0]["detail"]
    assert [b"V-1", b"V-8"] == [message.key for message in site.sender.sent]


def test_an_event_in_binary_mode_becomes_one_in_structured_mode(site: Site) -> None:
    """Attributes come from headers, true and numbers as the contract has them, the data is the body."""
    event = passing(1) | {"simulated": True}
    headers = {f"ce-{name}": str(value).lower() if value is True else str(value)
               for name, value in event.items() if name not in ("data", "datacontenttype")}  # fmt: skip

    answer = site.post(json.dumps(event["data"]).encode(), "application/json", **headers)

    assert 202 == answer.status_code, answer.text
    assert event == json.loads(site.sender.sent[0].value)


def test_the_data_of_a_binary_event_cannot_change_its_attributes(site: Site) -> None:
    """What would close the object early is no JSON of its own."""
    headers = {f"ce-{name}": str(value) for name, value in passing(1).items() if name != "data"}
    del headers["ce-datacontenttype"]

    answer = site.post(b'{},"source":"/vn/laocai/ho-kieu/x","data":{}', "application/json", **headers)

    assert (400, "not_json") == (answer.status_code, answer.json()["reason"])
    assert [] == site.sender.sent


@pytest.mark.parametrize("authorization", ["", "Bearer wrong", "Basic a2V5OmtleQ==", "Bearer "])
def test_without_a_known_token_nothing_is_looked_at(site: Site, authorization: str) -> None:
    """401 says how to send one, and repeats nothing."""
    answer = site.post(b"{", Authorization=authorization)

    assert (401, "unauthorized") == (answer.status_code, answer.json()["reason"])
    assert answer.headers["www-authenticate"].startswith("Bearer")
    assert "wrong" not in answer.text


@pytest.mark.parametrize(
    ("event", "words"),
    [
        pytest.param(
            passing(1, source="/vn/laocai/ho-kieu/booth-1", gate_id="ho-kieu"), "source", id="source"
        ),
        pytest.param(passing(1, gate_id="ho-kieu"), "gate_id: the source speaks for kim-thanh", id="gate"),
    ],
)
def test_a_token_speaks_for_its_own_source_and_place_alone(
    site: Site, event: dict[str, Any], words: str
) -> None:
    """Another place's events are refused, whether the source says so or the body."""
    answer = site.post(event)

    assert (403, "not_permitted") == (answer.status_code, answer.json()["reason"])
    assert answer.json()["errors"][0]["detail"].startswith(words)
    assert [] == site.sender.sent


def test_a_token_sends_the_topics_that_it_is_for(tmp_path: Path) -> None:
    """A plant's token brings no vehicles."""
    site = Site(tmp_path, topics=["factory.output"])
    with site.client:
        answer = site.post(passing(1))

    assert (403, []) == (answer.status_code, site.sender.sent)


@pytest.mark.parametrize(
    ("kind", "body", "status", "reason"),
    [
        pytest.param("text/plain", b"{}", 415, "not_cloudevent", id="another content type"),
        pytest.param("application/json", b"{}", 415, "not_cloudevent", id="JSON without ce- headers"),
        pytest.param(STRUCTURED + "; charset=latin-1", b"{}", 415, "not_json", id="another charset"),
        pytest.param(STRUCTURED, b"{", 422, "not_json", id="no JSON"),
        pytest.param(BATCH, b"{}", 400, "not_cloudevent", id="a batch that is no array"),
        pytest.param(BATCH, b"[]", 400, "not_cloudevent", id="an empty batch"),
        pytest.param(BATCH, b"[{},]", 400, "not_json", id="a comma too many"),
        pytest.param(BATCH, b"[{}] []", 400, "not_json", id="something after the batch"),
        pytest.param(BATCH, b"[" * 100_000, 400, "not_json", id="nested without end"),
        pytest.param(BATCH, b"[" + b"1," * 1_000 + b"1]", 413, "too_large", id="too many"),
        pytest.param(STRUCTURED, b" " * 300_000, 413, "too_large", id="an event too large"),
        pytest.param(STRUCTURED, b" " * 5_000_000, 413, "too_large", id="a body too large"),
    ],
)
def test_what_cannot_be_taken_is_answered_in_words(
    site: Site, kind: str, body: bytes, status: int, reason: str
) -> None:
    """Never a stack trace, never a 500, and nothing goes to Kafka."""
    answer = site.post(body, kind)

    assert (status, reason) == (answer.status_code, answer.json()["reason"])
    assert [] == site.sender.sent


def test_a_body_of_unknown_length_is_not_read_beyond_the_limit(tmp_path: Path) -> None:
    """A sender that says no length is cut off at it."""
    site = Site(tmp_path, limits=Limits(body_bytes=1_000))
    read: list[int] = []

    def pieces() -> Iterator[bytes]:
        for number in range(100):
            read.append(number)
            yield b" " * 100

    with site.client:
        kind = {"Content-Type": STRUCTURED}
        answer = site.client.post("/v1/events", content=pieces(), headers=site.headers | kind)

    assert 413 == answer.status_code


def test_compressed_bodies_are_refused(site: Site) -> None:
    """A small one can be a large one."""
    assert 415 == site.post(b"x", **{"Content-Encoding": "gzip"}).status_code


def test_without_kafka_nobody_is_told_that_it_was_taken(tmp_path: Path) -> None:
    """503 says when to come again, and what would be refused then too."""
    site = Site(tmp_path, AbsentKafka())
    with site.client:
        answer = site.post(encoded(passing(1), passing(2, gate_id="nowhere")), BATCH)

    assert (503, 0) == (answer.status_code, answer.json()["accepted"])
    assert 1 <= int(answer.headers["retry-after"])
    assert [1] == [error["index"] for error in answer.json()["errors"]]


def test_who_sends_too_fast_is_told_how_long_to_wait(tmp_path: Path) -> None:
    """Each event of a batch counts; another batch is taken once the bucket has filled."""
    site = Site(tmp_path, limits=Limits(rate=1))
    with site.client:
        first = site.post(encoded(*(passing(n) for n in range(1, 601))), BATCH)
        second = site.post(encoded(*(passing(n) for n in range(601, 1201))), BATCH)

    assert (202, 429) == (first.status_code, second.status_code)
    assert 195 <= int(second.headers["retry-after"]) <= 205
    assert 600 == len(site.sender.sent)


def test_what_would_not_fit_beside_what_is_under_way_is_sent_again(tmp_path: Path) -> None:
    """No sender fills the memory; what was answered takes no room, so that a smaller request always goes."""
    one, many = encoded(passing(1)), encoded(*map(passing, range(2, 9)))
    site = Site(tmp_path, limits=Limits(held_bytes=4 * 2 * len(one)))
    with site.client:
        refused = site.post(many, BATCH)
        taken = [site.post(one, BATCH).status_code for _ in range(9)]

    assert (503, "busy", "5") == (
        refused.status_code,
        refused.json()["reason"],
        refused.headers["retry-after"],
    )
    assert [202] * 9 == taken


def test_every_answer_bears_security_headers(tmp_path: Path) -> None:
    """Also those that refuse; with TLS, the address is never to be called without."""
    plain, secure = Site(tmp_path), Site(tmp_path / "tls", tls=True)
    with plain.client, secure.client:
        answers = [plain.post(b""), plain.client.get("/healthz"), plain.client.get("/nowhere")]
        with_tls = secure.post(b"")

    for answer in answers:
        assert "nosniff" == answer.headers["x-content-type-options"]
        assert "no-store" == answer.headers["cache-control"]
        assert "default-src 'none'; frame-ancestors 'none'" == answer.headers["content-security-policy"]
        assert "strict-transport-security" not in answer.headers
    assert "strict-transport-security" in with_tls.headers


def test_health_is_for_everybody_and_says_nothing_else(site: Site) -> None:
    """It needs no token."""
    answer = site.client.get("/healthz")

    assert (200, "ok") == (answer.status_code, answer.text)


def test_the_committed_document_is_the_served_one(site: Site) -> None:
    """`kpi produce http --openapi > deploy/openapi.json` renews it."""
    committed = (checkout() / "deploy/openapi.json").read_text(encoding="utf-8")

    assert json.loads(committed) == site.client.get("/openapi.json").json()
    assert committed == document() + "\n"
