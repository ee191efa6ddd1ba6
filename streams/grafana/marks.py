"""Annotations on the charts of a Grafana: made, changed and taken away by the same function for each kind."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from clickhouse_connect.driver.client import Client

from streams.annotations import Mark, mark_of, marks_sql, tags_of
from streams.grafana.api import Grafana, Json
from streams.registry import Registry
from streams.wall.macros import MacroContext, expand
from streams.wall.timerange import TimeRange

# What an annotation is the mark of: the part of its tags that no two share.
_KEY: Final = "key:"


@dataclass(frozen=True)
class Written:
    """How many annotations were made, changed and taken away."""

    made: int = 0
    changed: int = 0
    removed: int = 0


def annotate(grafana: Grafana, kind: str, marks: Iterable[Mark], span: TimeRange) -> Written:
    """Bring a kind's annotations of a span of time to what they should be; others are not touched.

    The same marks again change nothing. A mark that is gone, as after a correction, loses its annotation.
    """
    wanted = {mark.key: _body(kind, mark) for mark in marks}
    start, end = _ms(span.start), _ms(span.end)
    # What goes on stands in Grafana as a moment, which may lie before the span.
    since = min([start, *(body["time"] for body in wanted.values())])
    there = {_key(one): one for one in grafana.annotations(tags_of(kind), (since, end))}
    made = [body for key, body in wanted.items() if key not in there]
    changed = [
        (there[key], body) for key, body in wanted.items() if key in there and _differs(there[key], body)
    ]
    removed = [one for key, one in there.items() if key not in wanted and one["timeEnd"] >= start]
    for body in made:
        grafana.annotate(body)
    for one, body in changed:
        grafana.annotate(body, one["id"])
    for one in removed:
        grafana.remove_annotation(one["id"])
    return Written(len(made), len(changed), len(removed))


def marks_of(kind: str, client: Client, registry: Registry, span: TimeRange) -> list[Mark]:
    """Read what happened in a span of time from the public views."""
    sql = expand(marks_sql(kind), MacroContext(span, 0, UTC))
    return [mark_of(kind, row, registry) for row in client.query(sql, tz_mode="aware").named_results()]


def _body(kind: str, mark: Mark) -> Json:
    begins = _ms(mark.begins)
    ends = begins if mark.ends is None else _ms(mark.ends)
    tags = [*tags_of(kind, mark.about), _KEY + mark.key]
    return {"time": begins, "timeEnd": ends, "tags": tags, "text": mark.text}


def _differs(there: Json, body: Json) -> bool:
    is_tagged = set(there["tags"]) == set(body["tags"])
    return not is_tagged or any(there.get(name) != body[name] for name in ("time", "timeEnd", "text"))


def _key(annotation: Json) -> str:
    keys: Iterator[str] = (tag for tag in annotation.get("tags", []) if tag.startswith(_KEY))
    return next(keys, f"{_KEY}#{annotation['id']}").removeprefix(_KEY)


def _ms(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)
