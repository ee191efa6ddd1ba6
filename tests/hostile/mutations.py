"""Makes hostile messages of valid events: a function of the chances that a `Random` gives.

Hypothesis gives one that it can shrink, the flood one with a printed seed.
"""

import copy
import json
import re
from collections.abc import Callable
from random import Random
from typing import Any, Final, NamedTuple

from streams.core.record import PartitionId, Record
from streams.events import MAX_MESSAGE_BYTES
from streams.topics import EVENT_TOPICS, TOPIC_OF_TYPE, partition_of
from tests.events import START_MS
from tests.hostile.samples import Event, valid_events

NESTED: Final = json.loads("[" * 60 + "]" * 60)
# What replaces a value: wrong types, edges of ranges, numbers that are none, strings that readers trip over.
VALUES: Final[tuple[Any, ...]] = (
    None, True, False, 0, -0.0, -1, 1, 1.0, 1e3, 5.5, 1e308, float("nan"), float("inf"), float("-inf"),
    2**31, 2**32, 2**53 + 1, 2**63 - 1, 2**63, -(2**63) - 1, 2**64, 10**30, 10**400, 10**12, 10**15 + 1, "",
    " ", "\x00", "\ud800", "\udfff\ud800", "\ufeff", "\u202e", "\uff11", "é", "😀", "\\", '"', "'; --",
    "{x:Identifier}", "%s", "x" * 40, "x" * 141, "x" * 201, "null", "NaN", "1e999", "-0", "0", "00", "+1",
    "0x10", "VND", "USD", "ZZZ", "usd", "CSQU3054383", "CSQU3054384", "CSQU305438٣", "kim-thanh", "lao-cai",
    "crossed", "2026-02-30T00:00:00Z", "2026-01-01T24:00:00Z", "2026-01-01T23:59:60Z",
    "2026-01-01 00:00:00Z", "9999-12-31", "00000000-0000-0000-0000-000000000000",
    "urn:uuid:00000000-0000-0000-0000-000000000001", [], {}, [None], [[]], {"": None}, {"id": {"id": []}},
    NESTED,
)  # fmt: skip
_BYTES: Final = (
    b"\x00", b"\xff", b"\xc0\xaf", b"\xe0\x80\xaf", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xef\xbb\xbf",
    b"\x7f", b"\n", b" ", b'"', b"\\", b"\\u0000", b"\\ud800", b"{", b"}", b"[", b"]", b",", b":", b"1e999",
    b"NaN", b"-Infinity", b"/**/", b"null", b"01", b"1.", b".5", b"1e", b"-", b"0x1", b"e400 ", b"E+9999]",
)  # fmt: skip


class Hostile(NamedTuple):
    """A message as somebody hostile sends it."""

    topic: str
    key: bytes | None
    value: bytes | None


Change = Callable[[Event, Random], Event]


def _paths(node: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    items = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    found = [path] if path else []
    for name, value in items:
        found += _paths(value, (*path, name))
    return found


def _parent(event: Event, path: tuple[Any, ...]) -> Any:
    node: Any = event
    for name in path[:-1]:
        node = node[name]
    return node


def remove(event: Event, chance: Random) -> Event:
    """Leave out a field, at any depth."""
    path = chance.choice(_paths(event))
    del _parent(event, path)[path[-1]]
    return event


def replace(event: Event, chance: Random) -> Event:
    """Put a hostile value into the place of another, at any depth."""
    path = chance.choice(_paths(event))
    _parent(event, path)[path[-1]] = copy.deepcopy(chance.choice(VALUES))
    return event


def swap(event: Event, chance: Random) -> Event:
    """Let two fields change places."""
    one, other = chance.choice(_paths(event)), chance.choice(_paths(event))
    if one[: len(other)] != other and other[: len(one)] != one:
        first, second = _parent(event, one), _parent(event, other)
        first[one[-1]], second[other[-1]] = second[other[-1]], first[one[-1]]
    return event


def add(event: Event, chance: Random) -> Event:
    """Add a field that the contract does not know; it is to be ignored, whatever it holds."""
    target = event["data"] if chance.random() < 0.5 and isinstance(event.get("data"), dict) else event
    target[chance.choice(("x", "", "Data", "goods ", "lane_id\x00", "1"))] = chance.choice(VALUES)
    return event


def stretch(event: Event, chance: Random) -> Event:
    """Bring a message to one byte around the limit."""
    length = MAX_MESSAGE_BYTES - len(json.dumps(event)) - len(', "pad": ""')
    return {**event, "pad": "x" * max(0, length + chance.choice((-1, 0, 1)))}


def nest(event: Event, chance: Random) -> Event:
    """Add a value of great depth."""
    value: Any = 1
    for _ in range(chance.choice((10, 190, 198, 205, 900))):
        value = [value] if chance.random() < 0.5 else {"a": value}
    return {**event, "deep": value}


CHANGES: Final[tuple[Change, ...]] = (remove, replace, replace, replace, swap, add, stretch, nest)


def _double_a_key(text: bytes, chance: Random) -> bytes:
    """Say a field twice within one object, perhaps in another spelling."""
    members = list(re.finditer(rb'"(\w+)"(: ?)("[^"]*"|\d+|true|false|null)', text))
    if not members:
        return text
    member = chance.choice(members)
    name = member[1]
    if chance.random() < 0.3:
        name = b"\\u%04x" % name[0] + name[1:]
    value = chance.choice((member[3], b"null", b"1", b'"x"', b'"export"', b"99"))
    twin = b'"' + name + b'"' + chance.choice((b":", b" :", b"\t: ")) + value
    if chance.random() < 0.5:
        return text[: member.start()] + twin + b"," + text[member.start() :]
    return text[: member.end()] + b"," + twin + text[member.end() :]


def _insert(text: bytes, chance: Random) -> bytes:
    at = chance.randrange(len(text) + 1)
    return text[:at] + chance.choice(_BYTES) + text[at:]


def _overwrite(text: bytes, chance: Random) -> bytes:
    at = chance.randrange(len(text) + 1)
    return text[:at] + bytes([chance.randrange(256)]) + text[at + 1 :]


def _cut(text: bytes, chance: Random) -> bytes:
    one, other = sorted((chance.randrange(len(text) + 1), chance.randrange(len(text) + 1)))
    return text[:one] if chance.random() < 0.5 else text[:one] + text[other:]


def _recode(text: bytes, chance: Random) -> bytes:
    coding = chance.choice(("utf-16", "utf-32", "utf-8-sig", "utf-7"))
    return text.decode("utf-8", "replace").encode(coding)


def _wrap(text: bytes, chance: Random) -> bytes:
    before, after = chance.choice(
        ((b"[", b"]"), (b"", b" {}"), (b" \n", b"\r\n"), (b"//", b""), (b'"', b'"'))
    )
    return before + text + after


_TEXT_CHANGES: Final = (_double_a_key, _double_a_key, _insert, _overwrite, _cut, _recode, _wrap)


def to_text(event: Event, chance: Random) -> bytes:
    """Write an event in one of the ways that producers write JSON."""
    separators = (",", ":") if chance.random() < 0.5 else (", ", ": ")
    ascii_only = chance.random() < 0.5
    text = json.dumps(event, separators=separators, ensure_ascii=ascii_only)
    return text.encode("utf-8", "surrogatepass")


def hostile(event: Event, chance: Random) -> Hostile:
    """Change an event, its text, its key or its topic; now and then it stays a valid one."""
    topic, key = TOPIC_OF_TYPE[event["type"]], event["subject"].encode()
    event = copy.deepcopy(event)
    for _ in range(chance.choice((0, 1, 1, 1, 2, 3))):
        if event:
            event = chance.choice(CHANGES)(event, chance)
    text = to_text(event, chance)
    for _ in range(chance.choice((0, 0, 0, 1, 1, 2))):
        text = chance.choice(_TEXT_CHANGES)(text, chance)
    return _misaddressed(Hostile(topic, key, text), chance)


def _misaddressed(message: Hostile, chance: Random) -> Hostile:
    fate = chance.random()
    if fate < 0.02:
        return message._replace(key=None)
    if fate < 0.04:
        return message._replace(key=chance.choice((b"", b"\xff\xfe", b"k" * 70_000)))
    if fate < 0.06:
        return message._replace(topic=chance.choice(list(EVENT_TOPICS)))
    return message._replace(value=None) if fate < 0.08 else message


def any_hostile(number: int, chance: Random) -> Hostile:
    """Make a hostile message of any valid event."""
    return hostile(chance.choice(valid_events(number)), chance)


def record_of(message: Hostile, offset: int = 0) -> Record:
    """Put a message where Kafka would; one without a key into partition 0."""
    count = EVENT_TOPICS[message.topic].partitions
    partition = partition_of(message.key, count) if message.key is not None else 0
    received = START_MS + 40 * 86_400_000
    return Record(PartitionId(message.topic, partition), offset, offset, received, message.key, message.value)
