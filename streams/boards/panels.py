"""Panels as Grafana's classic JSON writes them; each function gives one panel without its id."""

from collections.abc import Iterable, Sequence
from typing import Any, Final

from streams.boards.queries import Query
from streams.registry import Gate, Zone

Json = dict[str, Any]

DATASOURCE: Final = {"type": "grafana-clickhouse-datasource", "uid": "kpi-clickhouse"}
_PLUGIN: Final = "4.20.0"
_FORMATS: Final = {"timeseries": 0, "table": 1}


def panel(kind: str, title: str, place: tuple[int, int, int, int], query: Query, **rest: Any) -> Json:  # noqa: ANN401
    """Give a panel at (x, y, w, h) that draws one query; `rest` are further keys of the panel."""
    x, y, w, h = place
    return {
        "type": kind,
        "title": title,
        "gridPos": {"x": x, "y": y, "w": w, "h": h},
        "datasource": DATASOURCE,
        "interval": "10s",
        "maxDataPoints": 300,
        "targets": [target(query)],
        "transformations": [],
        **rest,
    }


def target(query: Query) -> Json:
    """Give the target that runs a query; queryType and format always say the same."""
    return {
        "refId": "A",
        "datasource": DATASOURCE,
        "pluginVersion": _PLUGIN,
        "editorType": "sql",
        "queryType": query.kind,
        "format": _FORMATS[query.kind],
        "rawSql": query.sql,
        "meta": {},
    }


def rows(calc: str = "lastNotNull") -> Json:
    """Say that each row of the result is a value of its own."""
    return {"calcs": [calc], "fields": "", "values": True}


def fields(pattern: str = "") -> Json:
    """Say that each field of the result is a value; a pattern takes words too."""
    return {"calcs": ["lastNotNull"], "fields": pattern, "values": False}


def steps(*colours: tuple[str, float | None]) -> Json:
    """Give absolute thresholds; the first has no value."""
    return {"mode": "absolute", "steps": [{"color": colour, "value": value} for colour, value in colours]}


def names(places: Iterable[Gate | Zone]) -> Json:
    """Give the value mapping that shows slugs by their Vietnamese names."""
    options = {place.slug: {"text": place.vi, "index": index} for index, place in enumerate(places)}
    return {"type": "value", "options": options}


def paint(pattern: str, colour: str, index: int) -> Json:
    """Give the value mapping that colours the words that match, and leaves them as they are."""
    return {"type": "regex", "options": {"pattern": pattern, "result": {"color": colour, "index": index}}}


def nothing(colour: str) -> Json:
    """Give the value mapping that shows what is missing as a dash of a colour."""
    return {
        "type": "special",
        "options": {"match": "null", "result": {"text": "—", "color": colour, "index": 0}},
    }


def override(name: str, **properties: Any) -> Json:  # noqa: ANN401
    """Give other properties to the field of a name; `custom__x` is the path `custom.x`."""
    values = [{"id": key.replace("__", "."), "value": value} for key, value in properties.items()]
    return {"matcher": {"id": "byName", "options": name}, "properties": values}


def config(defaults: Json, overrides: Sequence[Json] = ()) -> Json:
    """Give the field configuration; what has no value shows a dash, never a silent zero."""
    return {"defaults": {"noValue": "—", **defaults}, "overrides": list(overrides)}


def fixed(colour: str) -> Json:
    """Give the colour mode of data: one colour that means nothing."""
    return {"mode": "fixed", "fixedColor": colour}
