"""Panels and boards as Grafana's classic JSON writes them; a panel gets its id from its board."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from streams.boards.links import DESK, WALL, to_boards, to_definitions, to_desks
from streams.boards.queries import Query

Json = dict[str, Any]
Place = tuple[int, int, int, int]

DATASOURCE: Final = {"type": "grafana-clickhouse-datasource", "uid": "kpi-clickhouse"}
_PLUGIN: Final = "4.20.0"
_FORMATS: Final = {"timeseries": 0, "table": 1}


@dataclass(frozen=True)
class About:
    """A panel's name, its place as (x, y, w, h), what it says of itself, and what defines its numbers."""

    title: str
    place: Place
    description: str
    definitions: tuple[str, ...]


def board(uid: str, title: str, description: str, panels: Iterable[Json], **rest: Any) -> Json:  # noqa: ANN401
    """Give a wall's board of these panels; `rest` are keys that differ from a wall's usual ones."""
    return {
        "uid": uid,
        "title": title,
        "description": description,
        "tags": ["kpi", WALL],
        "schemaVersion": 42,
        "editable": False,
        "graphTooltip": 1,
        "timezone": "Asia/Ho_Chi_Minh",
        "refresh": "10s",
        "time": {"from": "now/y", "to": "now/y"},
        "timepicker": {"hidden": True, "refresh_intervals": ["10s", "30s", "1m"]},
        "fiscalYearStartMonth": 0,
        "templating": {"list": []},
        "annotations": {"list": []},
        "links": to_boards(),
        "panels": [{"id": number, **body} for number, body in enumerate(panels, 1)],
        **rest,
    }


def desk(uid: str, title: str, wall: tuple[str, str], panels: Iterable[Json], **rest: Any) -> Json:  # noqa: ANN401
    """Give a desk's board, behind the wall's of this uid and title; `rest` has its variables and its time."""
    return board(
        uid,
        title,
        f"Chi tiết của bảng {wall[1]}, theo lựa chọn.",
        panels,
        tags=["kpi", DESK],
        refresh="30s",
        timepicker={"hidden": False, "refresh_intervals": ["30s", "1m", "5m"]},
        links=to_desks(*wall),
        **rest,
    )


def panel(kind: str, about: About, query: Query, **rest: Any) -> Json:  # noqa: ANN401
    """Give a panel that draws one query; `rest` are further keys of the panel."""
    return {
        **_described(kind, about),
        "datasource": DATASOURCE,
        "interval": "10s",
        "maxDataPoints": 300,
        "targets": [target(query)],
        "transformations": [],
        **rest,
    }


def text(about: About, markdown: str) -> Json:
    """Give a panel of words."""
    return {**_described("text", about), "options": {"mode": "markdown", "content": markdown}}


def _described(kind: str, about: About) -> Json:
    x, y, w, h = about.place
    return {
        "type": kind,
        "title": about.title,
        "description": about.description,
        "links": to_definitions(about.definitions),
        "gridPos": {"x": x, "y": y, "w": w, "h": h},
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


def config(defaults: Json, overrides: Sequence[Json] = ()) -> Json:
    """Give the field configuration; what has no value shows a dash, never a silent zero."""
    return {"defaults": {"noValue": "—", **defaults}, "overrides": list(overrides)}


def series(word: str, **properties: Any) -> Json:  # noqa: ANN401
    """Give other properties to the series that bears a word, with its field's name before it or not."""
    return {**override(word, **properties), "matcher": {"id": "byRegexp", "options": f"/(^| ){word}$/"}}


def override(name: str, **properties: Any) -> Json:  # noqa: ANN401
    """Give other properties to the field of a name; `custom__x` is the path `custom.x`."""
    values = [{"id": key.replace("__", "."), "value": value} for key, value in properties.items()]
    return {"matcher": {"id": "byName", "options": name}, "properties": values}
