"""A message that names a field twice is dead: our parser takes the last, ClickHouse's functions the first."""

import json
from typing import Any

import pytest

from streams.core.decode import Accepted, DeadLetter, decode
from streams.registry import load_registry
from tests.events import correction, crossing, goods, output, record_of
from tests.hostile.samples import valid_events

REGISTRY = load_registry()
CROSSED = crossing(1, "V-1", "crossed", 0, goods=[goods(700), goods(300)])
REPORT = output(1, 0)


def _text(event: dict[str, Any]) -> bytes:
    return json.dumps(event, separators=(",", ":")).encode()


def _decode(event: dict[str, Any], value: bytes) -> Accepted | DeadLetter:
    return decode(record_of(event)._replace(value=value), REGISTRY)


DOUBLED = {
    "in the envelope": (CROSSED, b'"specversion":"1.0"', b'"specversion":"1.0","specversion":"1.0"'),
    "in the body": (CROSSED, b'"direction":"outbound"', b'"direction":"inbound","direction":"outbound"'),
    "in a line of goods": (CROSSED, b'"value_usd_minor":300', b'"value_usd_minor":9,"value_usd_minor":300'),
    "the whole body": (CROSSED, b'"data":{', b'"data":{},"data":{'),
    "the name escaped": (
        CROSSED,
        b'"direction":"outbound"',
        rb'"direction":"outbound","\u0064irection":"outbound"',
    ),
    "before a gap": (CROSSED, b'"direction":"outbound"', b'"direction" :"inbound","direction" :"outbound"'),
    "in a field that is ignored": (CROSSED, b'"data":', b'"x":[{"a":1,"a":2}],"data":'),
    "in an ignored field of that name": (CROSSED, b'"data":', b'"x":1,"x":2,"data":'),
    "a time that hides its colons": (
        CROSSED,
        b'"time":"2026-01-01T00:00:00.000Z"',
        rb'"time":"2026-01-01T00\u003a00\u003a00.000Z","loaded":true,"loaded":true',
    ),
    "of a report": (REPORT, b'"value_minor":500', b'"value_minor":9,"value_minor":500'),
}


@pytest.mark.parametrize(("event", "once", "twice"), DOUBLED.values(), ids=DOUBLED.keys())
def test_a_field_named_twice_is_invalid(event: dict[str, Any], once: bytes, twice: bytes) -> None:
    """Where the name stands and how it is written does not matter."""
    assert isinstance(_decode(event, _text(event)), Accepted)

    letter = _decode(event, _text(event).replace(once, twice))

    assert isinstance(letter, DeadLetter)
    assert letter.reason == "invalid"
    assert "twice" in letter.detail


EQUAL = {
    "as names of several objects": CROSSED,
    "as a value": {**CROSSED, "correlationid": "time: direction"},
    "escaped in a text": {**CROSSED, "correlationid": '"time":1,"time":2'},
    "in nested fields that are ignored": {**CROSSED, "x": {"time": {"time": "10:00"}}},
    "in a correction": crossing(2, "V-1", "crossed", 0, **correction("amend", 1, 0)),
    "in a visit of colons": crossing(1, "KT:2026:1", "arrived", 0),
}


@pytest.mark.parametrize("event", [*EQUAL.values(), *valid_events(1)])
@pytest.mark.parametrize("gaps", [(",", ":"), (", ", ": "), (" ,\n", "\t:\n")])
def test_names_that_only_look_doubled_pass(event: dict[str, Any], gaps: tuple[str, str]) -> None:
    """Each object has its own names, and what is in a text is no name."""
    assert isinstance(_decode(event, json.dumps(event, separators=gaps).encode()), Accepted)
