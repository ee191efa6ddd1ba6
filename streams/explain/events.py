"""The events behind a number, each with what it adds or why it adds nothing."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final, NamedTuple

from clickhouse_connect.driver.client import Client

from streams.core.definitions.behind import Behind
from streams.core.restatement import PUBLISHED_AFTER_MS
from streams.explain.request import Request
from streams.explain.window import Window, utc
from streams.recompute import (
    LAST_DAY,
    PARTS,
    Part,
    consumed_of,
    midnight,
    statement,
    text_of,
    window_parameters,
)
from streams.resources import resource

_WHOLE_VALUE: Final = 255
# What a goods line calls the column, and how much of it the column has.
_LINE_FIELDS: Final = {"hs_chapter": ("hs_code", 2)}
# How many parts of what an event adds are one of a column.
_PARTS_OF_ONE: Final = {"quantity": 1_000_000} | dict.fromkeys(
    ("busy_seconds", "busy_seconds_1h", "busy_seconds_today"), 1000
)
_DAY: Final = timedelta(days=1)
_CAUSES: Final = ("late", "amended", "cancelled", "redriven")


@dataclass(frozen=True)
class BehindEvent:
    """An event, where it came from, what it adds to the number, and how it stands."""

    time: datetime
    type: str
    id: str
    subject: str
    place: str
    received_at: datetime
    source: str
    late: bool
    simulated: bool
    adds: Mapping[str, int | Decimal]
    state: str
    root: str
    stands: bool


@dataclass(frozen=True)
class Found:
    """Events in any order, some perhaps twice; `complete`: these are all of them."""

    events: Sequence[BehindEvent]
    complete: bool


class _Count(NamedTuple):
    """How many events there are of the types that are read, and of the subjects that are asked for."""

    of_types: int
    of_subjects: int


Values = Mapping[str, Sequence[str]]


def find_events(client: Client, behind: Behind, window: Window, values: Values, request: Request) -> Found:
    """Give the events behind the rows with these values; of a long window at least the newest `limit`.

    The client is connected to the generation's database.
    """
    if not behind.part:
        return _newest(client, window, values, request.limit)
    search = _Search(client, behind, values)
    if search.count(window.start, window.end).of_types <= request.most_events:
        return Found(search.rows(window.start, window.end), complete=True)
    return _newest_days(search, window, request)


def _newest_days(search: "_Search", window: Window, request: Request) -> Found:
    """Go back from the newest event, by longer and longer stretches that are short enough to be read."""
    end, step, rows = min(window.end, search.last()), _DAY, list[BehindEvent]()
    while end > window.start and len(rows) < request.limit:
        start = max(window.start, end - step)
        found = search.count(start, end)
        if found.of_types > request.most_events and step > _DAY:
            step = _DAY
            continue
        if found.of_subjects:
            rows += search.rows(start, end)
        end, step = start, step * 2
    return Found(rows, complete=end <= window.start)


def newest_event(client: Client, kinds: Iterable[Behind]) -> datetime | None:
    """Give the time of the newest event of these kinds: the number is as of then."""
    types = [name for kind in kinds if kind.part for name in _types(kind)]
    row = client.query(
        "SELECT max(time), count() FROM events"
        " WHERE empty({types:Array(String)}) OR type IN {types:Array(String)}",
        parameters={"types": types},
    ).result_rows[0]
    return utc(row[0]) if row[1] else None


def _part(behind: Behind) -> Part:
    return next(part for part in PARTS if part.name == behind.part)


def _types(behind: Behind) -> list[str]:
    return [behind.event_type] if behind.event_type else list(_part(behind).types)


class _Search:
    def __init__(self, client: Client, behind: Behind, values: Values) -> None:
        self._client = client
        self._behind = behind
        self._part = _part(behind)
        self._types = _types(behind)
        self._statement = statement(self._part, "explain/events")
        self._parameters = _filters(behind, values)
        self._causes = values.get("cause", _CAUSES)
        # A plant's reports bear its name: where there are none, nothing needs to be worked out.
        self._subjects = list(values.get("plant_id", ()) if behind.part == "outputs" else ())

    def count(self, start: datetime, end: datetime) -> _Count:
        """Count the events in a stretch of time."""
        return _Count(*self._ask("count", start, end)[0])

    def last(self) -> datetime:
        """Give a moment after the newest event."""
        newest = newest_event(self._client, [self._behind])
        return (newest or midnight(LAST_DAY)) + timedelta(milliseconds=1)

    def rows(self, start: datetime, end: datetime) -> list[BehindEvent]:
        """Recompute a stretch of time and give its events."""
        parameters = window_parameters(self._part, start, end, consumed_of(self._client))
        if self._part.reach is None:
            first, last = self._ask("reach", start, end)[0]
            parameters |= {"scan_from": text_of(utc(first)), "scan_to": text_of(utc(last))}
        parameters |= self._parameters | {"types": self._types}
        result = self._client.query(self._statement, parameters=parameters)
        rows = (dict(zip(result.column_names, row, strict=True)) for row in result.result_rows)
        return [_event(row, self._behind) for row in rows if self._is_meant(row, end)]

    def _is_meant(self, row: Mapping[str, Any], end: datetime) -> bool:
        """Leave out, where only what restated a day is asked for, what was known when it was published."""
        if not self._behind.restating:
            return True
        published = end + timedelta(milliseconds=PUBLISHED_AFTER_MS)
        return row["cause"] in self._causes and utc(row["received_at"]) >= published

    def _ask(self, name: str, start: datetime, end: datetime) -> Sequence[Sequence[Any]]:
        parameters = {
            "types": self._types,
            "subjects": self._subjects,
            "window_from": text_of(start),
            "window_to": text_of(end + (self._part.reach or timedelta())),
        }
        return self._client.query(_sql(name), parameters=parameters).result_rows


def _sql(name: str) -> str:
    return resource(f"sql/explain/{name}.sql").read_text(encoding="utf-8")


def _filters(behind: Behind, values: Values) -> dict[str, Any]:
    places = [(n, values[name]) for n, name in enumerate(behind.dimensions, 1) if name in values]
    fields = [
        (*_LINE_FIELDS.get(name, (name, _WHOLE_VALUE)), values[name])
        for name in behind.fields
        if name in values
    ]
    return {
        "stem": behind.stem,
        "measures": [number for numbers in behind.measures.values() for number in numbers.split("+")],
        "points": list(behind.points),
        "places": [place for place, _ in places],
        "place_values": [list(allowed) for _, allowed in places],
        "fields": [name for name, _, _ in fields],
        "field_lengths": [length for _, length, _ in fields],
        "field_values": [list(allowed) for _, _, allowed in fields],
    }


def _event(row: Mapping[str, Any], behind: Behind) -> BehindEvent:
    return BehindEvent(
        time=utc(row["time"]),
        type=" ".join(filter(None, (_short(row["type"]), row["what"]))),
        id=row["fact_id"],
        subject=row["subject"],
        place=f"{row['topic']}/{row['partition']}@{row['offset']}",
        received_at=utc(row["received_at"]),
        source=row["source"],
        late=bool(row["late"]),
        simulated=bool(row["simulated"]),
        adds=_adds(row["adds"], behind),
        state=_state(row, behind),
        root=row["root"],
        stands=bool(row["stands"]),
    )


def _short(event_type: str) -> str:
    return event_type.removeprefix("vn.laocai.kpi.").removesuffix(".v1")


def _adds(numbers: Iterable[tuple[str, int]], behind: Behind) -> dict[str, int | Decimal]:
    columns = {number: column for column, numbers in behind.measures.items() for number in numbers.split("+")}
    sums: defaultdict[str, int | Decimal] = defaultdict(int)
    for number, amount in numbers:
        if column := columns.get(number):
            parts = _PARTS_OF_ONE.get(column)
            sums[column] += Decimal(amount) / parts if parts else amount
    return dict(sums)


def _state(row: Mapping[str, Any], behind: Behind) -> str:
    """Say in words how an event stands."""
    if not row["stands"]:
        return _replaced(row)
    amends = f"amends {row['root']}; " if row["kind"] else ""
    if not behind.measures:
        return f"{amends}stands"
    if row["adds"]:
        return f"{amends}counts"
    return f"{amends}belongs to what counts" if row["belongs"] else f"{amends}does not count here"


def _replaced(row: Mapping[str, Any]) -> str:
    if row["fact_id"] == row["head"]:
        return f"cancels {row['root']}"
    if row["kind"]:
        return f"superseded by {row['head']}"
    done = "amended" if row["head_kind"] == "amend" else "cancelled"
    return f"{done} by {row['head']}"


def in_order(rows: Iterable[BehindEvent]) -> list[BehindEvent]:
    """Put the newest first, each once, and corrections beside what they correct."""
    families: defaultdict[tuple[str, str], dict[str, BehindEvent]] = defaultdict(dict)
    for row in rows:
        family = families[row.subject, row.root]
        family[row.id] = _joined(family[row.id], row) if row.id in family else row
    whole = [sorted(family.values(), key=_rank, reverse=True) for family in families.values()]
    whole.sort(key=lambda family: (family[0].time, family[0].id), reverse=True)
    return [event for family in whole for event in family]


def _joined(one: BehindEvent, other: BehindEvent) -> BehindEvent:
    """Join what an event is to two windows, or to two kinds of rows."""
    more, less = (one, other) if one.adds or not other.adds else (other, one)
    names = more.adds.keys() | less.adds.keys()
    return replace(more, adds={name: more.adds.get(name, 0) + less.adds.get(name, 0) for name in names})


def _rank(event: BehindEvent) -> tuple[bool, datetime, str]:
    return event.stands, event.received_at, event.id


def _newest(client: Client, window: Window, values: Values, limit: int) -> Found:
    """Give the newest events of a source or a topic."""
    names = list(values.get("source", ()))
    parameters = {"names": names, "since": text_of(window.start), "limit": limit}
    result = client.query(_sql("newest"), parameters=parameters)
    rows = (dict(zip(result.column_names, row, strict=True)) for row in result.result_rows)
    behind = Behind(view="freshness", window="newest")
    return Found([_event(row, behind) for row in rows], complete=False)
