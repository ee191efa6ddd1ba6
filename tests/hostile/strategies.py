"""Hypothesis strategies of records that nobody should send."""

import copy
import json

from hypothesis import strategies as st

from streams.core.record import PartitionId, Record
from streams.topics import EVENT_TOPICS, TOPIC_OF_TYPE
from tests.events import START_MS
from tests.hostile.mutations import VALUES, Hostile, any_hostile, record_of, to_text
from tests.hostile.samples import valid_events

_LEAVES = (
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats()
    | st.text(max_size=30)
    | st.sampled_from(VALUES)
)
JSON = st.recursive(
    _LEAVES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=12,
)
_EVENTS = st.sampled_from(valid_events(1))


@st.composite
def replaced(draw: st.DrawFn) -> Record:
    """Give a valid event with any JSON in the place of one or two of its values."""
    event = copy.deepcopy(draw(_EVENTS))
    topic, key = TOPIC_OF_TYPE[event["type"]], event["subject"].encode()
    places = [event, event["data"], *event["data"].get("goods", ())]
    for place in draw(st.lists(st.sampled_from(places), min_size=1, max_size=2)):
        place[draw(st.sampled_from(sorted(place)))] = draw(JSON)
    return record_of(Hostile(topic, key, to_text(event, draw(st.randoms(use_true_random=False)))))


@st.composite
def changed(draw: st.DrawFn) -> Record:
    """Give what the flood is made of, with chances that hypothesis can shrink."""
    return record_of(any_hostile(draw(st.integers(0, 5)), draw(st.randoms(use_true_random=False))))


def _record(value: bytes | None, key: bytes | None, topic: str, partition: int, received: int) -> Record:
    return Record(PartitionId(topic, partition), 0, 0, received, key, value)


_TEXTS = (
    st.none()
    | st.binary(max_size=200)
    | JSON.map(lambda value: json.dumps(value).encode())
    | st.builds(
        lambda head, depth: head * depth,
        st.sampled_from([b"[", b'{"a":', b'{"data":[']),
        st.integers(0, 5000),
    )
    | st.builds(
        lambda event, coding: json.dumps(event).encode(coding),
        _EVENTS,
        st.sampled_from(["utf-16", "utf-8-sig"]),
    )
)
ARBITRARY = st.builds(
    _record,
    _TEXTS,
    st.none() | st.binary(max_size=50),
    st.sampled_from(list(EVENT_TOPICS)),
    st.integers(0, 3),
    st.sampled_from([-1, 0, START_MS, 2**62]),
)
RECORDS = replaced() | changed() | ARBITRARY
