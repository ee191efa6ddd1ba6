"""Poison between good events: a dead letter each, as it came and with its reason; no neighbour feels it."""

import asyncio
import json
from typing import Any, Final

import pytest

from streams.health import lag
from tests.events import crossing, goods, output
from tests.hostile.conftest import HostileSite
from tests.hostile.header_names import send_with_header_name
from tests.hostile.mutations import Hostile
from tests.hostile.sending import read_letters, send
from tests.site import rows_of

pytestmark = pytest.mark.integration
_MIB: Final = 1 << 20
_EVENT: Final = crossing(1, "P-1", "crossed", 0)


def _with(event: dict[str, Any] = _EVENT, **fields: Any) -> bytes:
    """Give a crossing with other fields in its body."""
    return json.dumps({**event, "data": {**event["data"], **fields}}).encode()


def _without(field: str) -> bytes:
    """Give a crossing whose body lacks a field."""
    body = {name: value for name, value in _EVENT["data"].items() if name != field}
    return json.dumps({**_EVENT, "data": body}).encode()


def _ignoring(text: bytes) -> bytes:
    """Give a crossing with a value in a field that is ignored."""
    return json.dumps(_EVENT).encode().replace(b'{"spec', b'{"x": ' + text + b', "spec', 1)


POISON: Final[dict[str, tuple[bytes | None, str]]] = {
    "a tombstone": (None, "not_json"),
    "nothing": (b"", "not_json"),
    "bad JSON": (json.dumps(_EVENT).encode()[:-3], "not_json"),
    "bad UTF-8": (_ignoring(b'"\xff\xfe"'), "not_json"),
    "overlong UTF-8": (_ignoring(b'"\xc0\xaf"'), "not_json"),
    "half a surrogate": (_ignoring(rb'"\ud800"'), "not_json"),
    "a byte order mark": (b"\xef\xbb\xbf" + json.dumps(_EVENT).encode(), "not_json"),
    "UTF-16": (json.dumps(_EVENT).encode("utf-16"), "not_json"),
    "NaN": (_ignoring(b"NaN"), "not_json"),
    "Infinity": (_ignoring(b"[-Infinity]"), "not_json"),
    "a huge exponent": (_ignoring(b"1e999"), "not_json"),
    "nested 10,000 deep": (_ignoring(b"[" * 10_000 + b"]" * 10_000), "not_json"),
    "an int that is too long": (_ignoring(b"9" * 5_000), "not_json"),
    "a missing field": (_without("point"), "invalid"),
    "null where none may be": (_with(point=None), "invalid"),
    "a field named twice": (_ignoring(b'1, "x": 2'), "invalid"),
    "an int that overflows": (_with(goods=[goods(2**63)]), "invalid"),
    "a wrong currency": (_with(goods=[{**goods(), "currency": "XXZ"}]), "invalid"),
    "a wrong check digit": (_with(container_no="CSQU3054384"), "invalid"),
    "an unknown type": (json.dumps({**_EVENT, "type": "vn.laocai.kpi.gate.v1"}).encode(), "unknown_type"),
    "no CloudEvent": (b"{}", "not_cloudevent"),
    "an unknown gate": (_with(gate_id="huu-nghi"), "unknown_entity"),
    "257 KiB": (_ignoring(b'"' + b"x" * (257 << 10) + b'"'), "too_large"),
    "5 MB": (_ignoring(b'"' + b"x" * 5 * _MIB + b'"'), "too_large"),
    "the year 2099": (json.dumps({**_EVENT, "time": "2099-01-01T00:00:00.000Z"}).encode(), "future_time"),
}
_ODD_HEADERS: Final = [
    ("", b""), ("x" * 1000, b"y" * 5000), ("dlq.attempt", b"-1"), ("dlq.first_failed_at", b"\xff"),
    ("a", None),
    ("dlq.id", b"gate.crossing/0/0"), ("src.topic", b"target"), ("a", b"\x00"), ("content-type", b"text/xml"),
]  # fmt: skip


def _good(count: int) -> list[dict[str, Any]]:
    """Give good events of a visit each, beside those that plants report."""
    visits = [
        crossing(1000 + n, f"N-{n}", "crossed", n * 60_000, goods=[goods(100 + n)]) for n in range(count)
    ]
    return visits + [output(5000 + n, n, 10 + n) for n in range(count)]


def _message(event: dict[str, Any]) -> Hostile:
    topic = "factory.output" if ".factory." in event["type"] else "gate.crossing"
    return Hostile(topic, event["subject"].encode(), json.dumps(event).encode())


def test_each_poison_is_one_dead_letter_between_untouched_neighbours(site: HostileSite) -> None:
    """Bytes and reason are kept on Kafka and in ClickHouse; every number is that of the good events."""
    events = _good(len(POISON))
    poison = [Hostile("gate.crossing", b"P-1", value) for value, _ in POISON.values()]
    mixed = [message for pair in zip(poison, map(_message, events), strict=False) for message in pair]

    asyncio.run(send(site.settings, [*mixed, *map(_message, events[len(POISON) :])], _ODD_HEADERS))
    site.work()

    wanted = sorted((value or b"", reason) for value, reason in POISON.values())
    rows = site.query("SELECT reason, hex(payload) FROM dead_letters")
    letters = asyncio.run(read_letters(site.settings))
    assert wanted == sorted((bytes.fromhex(payload), reason) for reason, payload in rows)
    assert wanted == sorted((found.value or b"", found.headers["reason_code"].decode()) for found in letters)
    assert {b"P-1"} == {found.key for found in letters}
    assert len(events) == site.query("SELECT count() FROM events")[0][0]
    assert rows_of(events) == site.rows()


def test_records_without_keys_or_in_wrong_places_are_misrouted(site: HostileSite) -> None:
    """A good event under no key, another's or on another topic is dead, and beside it all goes on."""
    event = _message(_good(1)[0])
    strays = [event._replace(key=None), event._replace(key=b"N-9"), event._replace(topic="target")]
    strays += [Hostile("target", None, None), event._replace(key=b"\xff" * 70_000)]

    asyncio.run(send(site.settings, [*strays, event]))
    site.work()

    reasons = [reason for (reason,) in site.query("SELECT reason FROM dead_letters ORDER BY reason")]
    assert ["misrouted"] * 4 + ["not_json"] == reasons
    assert rows_of(_good(1)[:1]) == site.rows()


def test_a_header_name_that_is_no_utf8_stops_nothing(site: HostileSite) -> None:
    """Any client can name a header so; the event counts, the bad one keeps the name, what follows goes on."""
    name = b"\xff\xed\xa0\x80"
    events = _good(3)
    first, second, third = map(_message, events[:3])
    bad = Hostile("gate.crossing", first.key, b"bad")

    asyncio.run(send(site.settings, map(_message, events[3:])))
    asyncio.run(send_with_header_name(site.settings, [first, bad, second], name))
    site.work()
    asyncio.run(send_with_header_name(site.settings, [third], name))
    behind = sum(at.behind for at in asyncio.run(lag(site.settings)).values())
    site.work()

    assert 1 == behind
    assert rows_of(events) == site.rows()
    [letter] = asyncio.run(read_letters(site.settings))
    assert (b"bad", b"v") == (
        letter.value,
        letter.headers["src.headers." + name.decode("utf-8", "backslashreplace")],
    )
