"""What the events say against each other, and what is looked up: from the topics alone, and as it is stored.

Like the oracle of the rows it shares no code with the Processor.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final, NamedTuple

from streams.settings import Settings
from tests.faults.oracle import At, Expected
from tests.faults.stored import engine, generation
from tests.faults.topics import Log
from tests.oracle import Event, effective, ms_of

Entry = frozenset[tuple[str, str]]
_REGISTERS: Final = {"gate.state": "gate_states", "target": "targets", "declaration": "declarations"}
_FROM_TO: Final = {"booth_service": ("booth_start", "booth_end"), "gate_dwell": ("arrived", "crossed")}
_STEPS: Final = ("docs", "inspection")


class Contradiction(NamedTuple):
    """Events that do not go together: of what kind, which, and when (ms)."""

    kind: str
    ids: tuple[str, ...]
    at: int


class Facts(NamedTuple):
    """Contradictions, how often each is told, and the entries of the registers by table and id."""

    contradictions: Counter[Contradiction]
    entries: Mapping[tuple[str, str], Entry]


def expect_facts(log: Log, expected: Expected) -> Facts:
    """Compute both from the accepted records, and what differs from those that were sent again."""
    contradictions = Counter(_sent_again(log, expected))
    entries: dict[tuple[str, str], Entry] = {}
    for topic, facts in _entities(log, expected):
        contradictions.update(_contradictions(topic, facts))
        if topic in _REGISTERS:
            entries |= {(_REGISTERS[topic], fact["id"]): _entry(fact) for fact in facts}
    return Facts(contradictions, entries)


def _entities(log: Log, expected: Expected) -> Iterator[tuple[str, list[Event]]]:
    for place, records in log.items():
        members: dict[str, list[Event]] = defaultdict(list)
        for record in records:
            if At(place, record.offset) in expected.accepted:
                event = json.loads(record.value or b"")
                window = event["time"] if place.topic == "factory.output" else ""
                members[event["subject"] + window].append(event)
        yield from ((place.topic, effective(events)) for events in members.values())


def _sent_again(log: Log, expected: Expected) -> Iterator[Contradiction]:
    for place, records in log.items():
        first: dict[str, Event] = {}
        for record in records:
            if At(place, record.offset) in expected.accepted:
                first[record.identity] = json.loads(record.value or b"")
            elif At(place, record.offset) in expected.resent:
                again = json.loads(record.value or b"")
                if again != first[record.identity]:
                    yield Contradiction("resent_differs", (again["id"],), ms_of(again["time"]))


def _contradictions(topic: str, facts: Sequence[Event]) -> Iterator[Contradiction]:
    if topic == "gate.crossing":
        yield from _negative(
            [(_of(facts, "point", one), _of(facts, "point", two)) for one, two in _FROM_TO.values()]
        )
        yield from _rivals(sorted(_of(facts, "point", "crossed"), key=_order))
    elif topic == "clearance.stage":
        yield from _negative(
            [(_of(facts, "stage", "lodged"), _of(facts, "stage", "released")), *_steps(facts)]
        )
    elif topic == "factory.output":
        said: dict[tuple[str, ...], list[Event]] = defaultdict(list)
        for fact in facts:
            said[tuple(fact["data"][name] for name in ("line_id", "product", "window_start"))].append(fact)
        for reports in said.values():
            yield from _rivals(sorted(reports, key=lambda fact: str(fact["id"])))


def _of(facts: Iterable[Event], field: str, kind: str) -> list[Event]:
    return [fact for fact in facts if fact["data"][field] == kind]


def _order(fact: Event) -> tuple[str, str]:
    return fact["time"], fact["id"]


def _steps(facts: Sequence[Event]) -> Iterator[tuple[list[Event], list[Event]]]:
    for agency in sorted({fact["data"]["agency"] for fact in facts}):
        own = _of(facts, "agency", agency)
        for step in _STEPS:
            yield _of(own, "stage", f"{step}_start"), _of(own, "stage", f"{step}_end")


def _negative(intervals: Iterable[tuple[list[Event], list[Event]]]) -> Iterator[Contradiction]:
    """Give the intervals that end before they start; a dwell ends with the earliest crossing."""
    for starts, ends in intervals:
        if starts and ends:
            crossed = ends[0]["data"].get("point") == "crossed"
            start, end = min(starts, key=_order), (min if crossed else max)(ends, key=_order)
            if ms_of(end["time"]) < ms_of(start["time"]):
                yield Contradiction("negative_interval", (start["id"], end["id"]), ms_of(end["time"]))


def _rivals(facts: Sequence[Event]) -> Iterator[Contradiction]:
    """Give what several say of one thing; the first counts."""
    if len(facts) > 1:
        yield Contradiction("conflict", tuple(fact["id"] for fact in facts), ms_of(facts[0]["time"]))


def _entry(fact: Event) -> Entry:
    return _said({**fact["data"], "time": ms_of(fact["time"])})


def _said(values: Mapping[str, Any]) -> Entry:
    return frozenset((name, str(value)) for name, value in values.items() if value not in (None, ""))


def read_facts(settings: Settings) -> Facts:
    """Read both past all product code but the address."""
    with engine(settings) as client:
        live = generation(settings)
        findings = client.query(
            "SELECT kind, arrayMap(x -> toString(x), ids), toUnixTimestamp64Milli(at)"
            f" FROM {live}.findings FINAL WHERE NOT removed"
        ).result_rows
        entries: dict[tuple[str, str], Entry] = {}
        for table in _REGISTERS.values():
            found = client.query(
                "SELECT * EXCEPT (removed, topic, partition, version)"
                " REPLACE (toString(id) AS id, toUnixTimestamp64Milli(time) AS time)"
                f" FROM {live}.{table} FINAL WHERE NOT removed"
            )
            for row in found.result_rows:
                values = dict(zip(found.column_names, row, strict=True))
                name = table, values.pop("id")
                entries[name] = _said({column: _plain(value) for column, value in values.items()})
        told = Counter(Contradiction(kind, tuple(ids), at) for kind, ids, at in findings)
        return Facts(told, entries)


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, date | datetime) else value


def differences(expected: Facts, stored: Facts) -> list[str]:
    """Compare; each difference is one readable line of invariant (f)."""
    lost, more = (
        expected.contradictions - stored.contradictions,
        stored.contradictions - expected.contradictions,
    )
    names = sorted(expected.entries.keys() | stored.entries.keys())
    wrong = [name for name in names if expected.entries.get(name) != stored.entries.get(name)]
    return [
        *(f"(f) not told: {tuple(what)}" for what in sorted(lost.elements())),
        *(f"(f) told, but not so: {tuple(what)}" for what in sorted(more.elements())),
        *(
            f"(f) entry {name}: {stored.entries.get(name)}, not {expected.entries.get(name)}"
            for name in wrong
        ),
    ]
