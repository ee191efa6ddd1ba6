"""Seeded traffic: visits, clearances, output; out of order, sent again, corrected, and some of it bad."""

import json
from collections.abc import Callable, Iterator, Sequence
from random import Random
from typing import Any, Final, NamedTuple

from streams.topics import TOPIC_OF_TYPE
from tests.events import at, correction, crossing, envelope, goods, output, stage, uuid

DAY_MS: Final = 86_400_000
_DAYS: Final = 20
_LANES: Final = (None, "kim-thanh-out-1", "kim-thanh-out-2")
_REGIMES: Final = ("export", "import", "transit")
_CODES: Final = ("081060", "310530", "854231")
_GATES: Final = ("kim-thanh", "lao-cai-rail")
# With the years enough of them that half an hour brings none over the 64 facts that an entity may have.
_SCOPES: Final = ("lao-cai", *_GATES, "ho-kieu", "muong-khuong", "tang-loong")
_STAGES: Final = (
    ("lodged", None),
    ("channel_assigned", "red"),
    ("docs_start", None),
    ("docs_end", None),
    ("duty_paid", None),
    ("released", None),
)
# So many events wait to be sent in a random order: those of one visit lie apart, corrections overtake.
_POOL: Final = 150
_AGAIN, _BAD = 0.06, 0.03
_CORRECTED: Final = 0.12
_MOVED: Final = 0.4
_SAME: Final = 0.7
_KEPT: Final = 500


class Message(NamedTuple):
    """A record to send; `identity` names what it says, `dead` the reason why it must become a dead letter."""

    topic: str
    key: bytes | None
    value: bytes | None
    identity: str
    dead: str = ""
    partition: int | None = None


def message_of(event: dict[str, Any], dead: str = "") -> Message:
    """Put an event where it belongs."""
    return Message(
        TOPIC_OF_TYPE[event["type"]],
        event["subject"].encode(),
        json.dumps(event).encode(),
        event["id"],
        dead,
    )


class Traffic:
    """An endless stream of messages, a function of the seed alone."""

    def __init__(self, seed: int) -> None:
        self._random = Random(seed)  # noqa: S311 - a repeatable world
        self._numbers = iter(range(1, 1 << 62))
        self._pool: list[Message] = []
        self._sent: list[Message] = []

    def take(self, count: int) -> list[Message]:
        """Give the next messages."""
        return [self._next() for _ in range(count)]

    def good(self, count: int) -> list[Message]:
        """Give the next messages that are neither bad nor sent again."""
        return [self._fresh() for _ in range(count)]

    def _next(self) -> Message:
        chance = self._random.random()
        if chance < _BAD:
            return self._bad()
        if chance < _BAD + _AGAIN and self._sent:
            return self._again(self._random.choice(self._sent))
        message = self._fresh()
        self._sent.append(message)
        del self._sent[:-_KEPT]
        return message

    def _again(self, message: Message) -> Message:
        """Send an id again, sometimes with other content, which must not count."""
        if message.value is None or self._random.random() < _SAME:
            return message
        return message._replace(value=message.value.replace(b"/booth-1", b"/booth-2"))

    def _fresh(self) -> Message:
        while len(self._pool) < _POOL:
            for event in self._entity():
                self._pool.append(message_of(event))
        return self._pool.pop(self._random.randrange(len(self._pool)))

    def _entity(self) -> Iterator[dict[str, Any]]:
        make = self._random.choices(self._kinds(), (5, 2, 3, 0.2, 0.2, 0.05))
        for event in make[0]():
            yield event
            if self._random.random() < _CORRECTED:
                yield from self._corrections(event)

    def _visit(self) -> Iterator[dict[str, Any]]:
        visit = f"V-{next(self._numbers)}"
        when = self._random.randrange(_DAYS * DAY_MS)
        place: dict[str, Any] = {"gate_id": self._random.choice(_GATES)}
        place |= {"lane_id": self._random.choice(_LANES)} if place["gate_id"] == "kim-thanh" else {}
        for point in ("arrived", "booth_start", "booth_end", "crossed"):
            if self._random.random() < 0.9:
                yield crossing(next(self._numbers), visit, point, when, **place, **self._load(point))
            when += self._random.randrange(900_000)

    def _load(self, point: str) -> dict[str, Any]:
        if point != "crossed":
            return {}
        lines = range(self._random.randrange(1, 4))
        return {
            "goods": [
                goods(
                    self._random.randrange(1, 10**9),
                    self._random.choice(_CODES),
                    self._random.choice(_REGIMES),
                )
                for _ in lines
            ]
        }

    def _clearance(self) -> Iterator[dict[str, Any]]:
        visit, when = f"V-{next(self._numbers)}", self._random.randrange(_DAYS * DAY_MS)
        for name, channel in _STAGES:
            paid = {"duty_minor": self._random.randrange(10**9)} if name == "duty_paid" else {}
            yield stage(next(self._numbers), visit, name, when, channel, **paid)
            when += self._random.randrange(7_200_000)

    def _output(self) -> Iterator[dict[str, Any]]:
        window, line = self._random.randrange(4000), f"furnace-{self._random.randrange(1, 4)}"
        yield output(next(self._numbers), window, self._random.randrange(10**12), line)

    def _state(self) -> Iterator[dict[str, Any]]:
        gate, when = self._random.choice(_GATES), self._random.randrange(_DAYS * DAY_MS)
        body = {"gate_id": gate, "state": self._random.choice(("open", "closed"))}
        yield envelope("gate.state", next(self._numbers), gate, when, body)

    def _kinds(self) -> Sequence[Callable[[], Iterator[dict[str, Any]]]]:
        return self._visit, self._clearance, self._output, self._state, self._declaration, self._target

    def _declaration(self) -> Iterator[dict[str, Any]]:
        number, when = f"{next(self._numbers):012d}", self._random.randrange(_DAYS * DAY_MS)
        body = {
            "declaration_no": number, "version_no": 1, "status": "registered", "regime": "export",
            "gate_id": self._random.choice(_GATES), "value_usd_minor": self._random.randrange(1, 10**9),
            "net_mass_kg": self._random.randrange(10**6), "lines": 2, "duty_minor": 0,
        }  # fmt: skip
        for system in ("digital_gate", "vnaccs_vcis"):
            yield envelope("declaration", next(self._numbers), number, when, {**body, "system": system})

    def _target(self) -> Iterator[dict[str, Any]]:
        year, when = self._random.randrange(2023, 2030), self._random.randrange(_DAYS * DAY_MS)
        scope = self._random.choice(_SCOPES)
        body = {
            "indicator": "trade_value", "scope": scope, "year": year, "currency": "USD",
            "value_minor": self._random.randrange(1, 10**12), "qualifier": "gte",
            "effective_from": f"{year}-01-01", "source": "a test",
        }  # fmt: skip
        yield envelope("target", next(self._numbers), f"trade_value/{scope}/{year}", when, body)

    def _corrections(self, event: dict[str, Any]) -> Iterator[dict[str, Any]]:
        """Amend or cancel an event, now and then twice; the body is the original's with other figures."""
        for number in range(1, self._random.randrange(2, 4)):
            again = json.loads(json.dumps(event))
            for line in again["data"].get("goods", ()):
                line["value_usd_minor"] = self._random.randrange(1, 10**9)
            if "value_minor" in again["data"]:
                again["data"]["value_minor"] = self._random.randrange(1, 10**12)
            # What plants say of a window keeps its time; everything else may be moved.
            if "window_end" not in again["data"] and self._random.random() < _MOVED:
                again["time"] = at(self._random.randrange(_DAYS * DAY_MS))
            kind = self._random.choice(("amend", "amend", "cancel"))
            attributes = {**correction(kind, 0, 0, number), "correctsid": event["id"]}
            yield {**again, **attributes, "correctstime": event["time"], "id": uuid(next(self._numbers))}

    def _bad(self) -> Message:
        number, visit = next(self._numbers), f"V-{next(self._numbers)}"
        event = crossing(number, visit, "arrived", self._random.randrange(_DAYS * DAY_MS))
        good = message_of(event)
        reason = self._random.choice(
            ("not_json", "not_cloudevent", "unknown_type", "unknown_entity", "invalid", "misrouted")
        )
        value = {
            "not_json": self._random.choice((b"\xff\xfe" + visit.encode(), b"not json", None)),
            "not_cloudevent": b"{}",
            "unknown_type": json.dumps({**event, "type": "vn.laocai.kpi.unknown.v1"}).encode(),
            "unknown_entity": json.dumps({**event, "data": {**event["data"], "gate_id": "nowhere"}}).encode(),
            "invalid": json.dumps({**event, "data": {**event["data"], "point": "flown"}}).encode(),
            "misrouted": good.value,
        }[reason]
        key = b"another" if reason == "misrouted" else good.key
        return good._replace(key=key, value=value, dead=reason)
