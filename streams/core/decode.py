"""From a record's bytes to an accepted fact or a dead letter with its reason. Never raises on bad data."""

import json
import re
from collections.abc import Mapping
from hashlib import sha256
from math import isfinite
from typing import Any, Final, Literal, NamedTuple

from pydantic import ValidationError
from pydantic_core import ErrorDetails, from_json

from streams.core.ambiguity import NotFiniteError, check_unambiguous, is_plain
from streams.core.facts import Fact
from streams.core.kinds import KINDS
from streams.core.record import Record, is_redriven
from streams.core.restatement import published_first
from streams.events import (
    EVENT_ADAPTER,
    FUTURE_TOLERANCE,
    LATE_AFTER,
    MAX_MESSAGE_BYTES,
    ClearanceStage,
    Declaration,
    Event,
    FactoryOutput,
    GateCrossing,
    GateStateChange,
    Target,
    epoch_ms,
)
from streams.registry import Registry
from streams.topics import DEFAULT_PARTITIONS, TOPIC_OF_TYPE, partition_of

Reason = Literal[
    "not_json",
    "not_cloudevent",
    "unknown_type",
    "unknown_entity",
    "invalid",
    "too_large",
    "future_time",
    "misrouted",
    "too_many_points",
]
_MAX_DETAIL: Final = 500
_FUTURE_MS: Final = int(FUTURE_TOLERANCE.total_seconds() * 1000)
_LATE_MS: Final = int(LATE_AFTER.total_seconds() * 1000)
# One literal first letter each: a search for either at once takes several times as long.
_HUGE: Final = (re.compile(rb"e\+?[0-9]{3,}[\s,\]}]"), re.compile(rb"E\+?[0-9]{3,}[\s,\]}]"))
# What CloudEvents itself requires of an event.
_REQUIRED: Final = ("specversion", "id", "source", "type")


class DeadLetter(NamedTuple):
    """A record that breaks the contract, and why; its original bytes are the record's value.

    `detail` names the field that is wrong, never what is in it: that can be anybody's. `refused` marks one
    that keeps the contract, but that the store does not take.
    """

    record: Record
    reason: Reason
    detail: str
    refused: bool = False


class Accepted(NamedTuple):
    """A record that keeps the contract: its event, the entity it belongs to, and its fact."""

    record: Record
    event: Event
    entity: str
    fact: Fact

    @property
    def is_late(self) -> bool:
        """Tell whether it came more than 15 minutes after its time and is no history sent after the fact."""
        return not self.event.backfill and self.record.received_ms - self.fact.time > _LATE_MS


class _BadError(Exception):
    def __init__(self, reason: Reason, detail: str) -> None:
        super().__init__(detail)
        self.reason: Reason = reason


def decode(
    record: Record, registry: Registry, partitions: Mapping[str, int] = DEFAULT_PARTITIONS
) -> Accepted | DeadLetter:
    """Decode one record against the contract, the registry and the number of partitions of each topic."""
    try:
        event = _parse(record.value)
        _check_route(record, event, partitions)
        check_names(event, registry)
        time_ms = _check_time(record, event)
    except _BadError as bad:
        return DeadLetter(record, bad.reason, str(bad)[:_MAX_DETAIL])
    kind = KINDS[record.partition.topic]
    corrects = str(event.correctsid) if event.correctsid else None
    number = event.correctionno if corrects else 0
    body = kind.body(event.data)
    known = 0 if event.backfill else published_first(record.received_ms)
    kept = corrects, event.correctionkind, number, body, known, is_redriven(record)
    fact = Fact(record.position, str(event.id), time_ms, *kept)
    return Accepted(record, event, kind.entity(event), fact)


def _parse(value: bytes | None) -> Event:
    if value is None:
        raise _BadError("not_json", "the record has no value")
    if len(value) > MAX_MESSAGE_BYTES:
        digest = sha256(value).hexdigest()
        raise _BadError(
            "too_large", f"{len(value)} bytes (sha256 {digest}); at most {MAX_MESSAGE_BYTES} are taken"
        )
    try:
        event = EVENT_ADAPTER.validate_json(value)
    except ValidationError as error:
        raise _explain(value, error) from None
    if not is_plain(value, event):
        _check_closely(value)
    return event


def _check_closely(value: bytes) -> None:
    """Refuse what the validator lets pass in fields that it ignores, or reads as others may not."""
    # These are no finite numbers of JSON.
    if b"NaN" in value or b"Infinity" in value or _HUGE[0].search(value) or _HUGE[1].search(value):
        _strict_json(value)
        _check_finite(value)
    try:
        check_unambiguous(value)
    except NotFiniteError as error:
        raise _BadError("not_json", str(error)) from None
    except ValueError as error:
        raise _BadError("invalid", str(error)) from None


def _strict_json(value: bytes) -> Any:  # noqa: ANN401 - any JSON
    try:
        return from_json(value, allow_inf_nan=False)
    except ValueError as error:
        raise _BadError("not_json", str(error)) from None


def _check_finite(value: bytes) -> None:
    try:
        numbers: list[float] = []
        json.loads(value, parse_float=lambda text: numbers.append(float(text)))
    except RecursionError:
        raise _BadError("not_json", "nested too deeply") from None
    if not all(map(isfinite, numbers)):
        raise _BadError("not_json", "a number is too large to be finite")


def _explain(value: bytes, error: ValidationError) -> _BadError:
    """Sort a failed validation by what CloudEvents requires, then by our types, then by the contract."""
    content = _strict_json(value)
    if not isinstance(content, dict):
        return _BadError("not_cloudevent", "the message is no JSON object")
    for name in _REQUIRED:
        if not isinstance(content.get(name), str) or not content[name]:
            return _BadError("not_cloudevent", f"{name}: CloudEvents requires a string that is not empty")
    if content["specversion"] != "1.0":
        return _BadError("not_cloudevent", "specversion: must be 1.0")
    if content["type"] not in TOPIC_OF_TYPE:
        return _BadError("unknown_type", "type: is none of the contract's")
    return _BadError("invalid", describe(error))


def describe(error: ValidationError) -> str:
    """Say in words what is wrong, field by field, without repeating the values."""
    return "; ".join(_describe_one(item) for item in error.errors(include_input=False, include_url=False)[:5])


def _describe_one(item: ErrorDetails) -> str:
    # The first part of the place is the type that the union chose.
    place = ".".join(str(part) for part in item["loc"][1:])
    message = item["msg"].removeprefix("Value error, ")
    return f"{place}: {message}" if place else message


def _check_route(record: Record, event: Event, partitions: Mapping[str, int]) -> None:
    topic, partition = record.partition
    if TOPIC_OF_TYPE[event.type] != topic:
        raise _BadError("misrouted", f"{event.type} travels on {TOPIC_OF_TYPE[event.type]}, not on {topic}")
    if record.key != event.subject.encode():
        raise _BadError("misrouted", "the record key is not the subject")
    home = partition_of(record.key, partitions[topic])
    if home != partition:
        raise _BadError("misrouted", f"the key belongs to partition {home}, not to {partition}")


def _check_time(record: Record, event: Event) -> int:
    time_ms = epoch_ms(event.time)
    if time_ms > record.received_ms + _FUTURE_MS:
        raise _BadError("future_time", "time is more than 5 minutes after its arrival")
    return time_ms


def check_names(event: Event, registry: Registry) -> None:
    """Refuse names that the registry does not know."""
    if isinstance(event, FactoryOutput):
        _check_plant(event, registry)
    elif isinstance(event, Target):
        if event.data.scope not in registry.scopes:
            raise _BadError("unknown_entity", "scope: is no gate, zone, parks or province")
    elif isinstance(event, GateCrossing | ClearanceStage | Declaration | GateStateChange):
        gate = registry.gate_by_slug.get(event.data.gate_id)
        if gate is None:
            raise _BadError("unknown_entity", "gate_id: is not in the registry")
        if isinstance(event, GateCrossing) and event.data.lane_id not in (None, *gate.lanes):
            raise _BadError("unknown_entity", f"lane_id: is no lane of {gate.slug}")


def _check_plant(event: FactoryOutput, registry: Registry) -> None:
    body = event.data
    # Nearly every report is known; only one that is not needs the reason.
    if (body.plant_id, body.zone_id, body.line_id, body.product) in registry.makers:
        return
    plant = registry.plant_by_slug.get(body.plant_id)
    if plant is None:
        raise _BadError("unknown_entity", "plant_id: is not in the registry")
    if body.zone_id != plant.zone:
        raise _BadError("unknown_entity", f"zone_id: {plant.slug} lies in {plant.zone}")
    if body.line_id not in plant.lines:
        raise _BadError("unknown_entity", f"line_id: is no line of {plant.slug}")
    raise _BadError("unknown_entity", f"product: {plant.slug} does not make it")
