"""The page behind a tile: what its figures mean; each number with its sources, sample and events."""

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final

from streams.clickhouse_client import reader
from streams.clock import HANOI
from streams.core.definitions import CATALOGUE, defining
from streams.core.definitions.vietnamese import MEANINGS
from streams.errors import KpiError
from streams.explain.events import BehindEvent
from streams.explain.explanation import Explanation, explain
from streams.explain.request import Request
from streams.migrate import live_generation
from streams.settings import Settings
from streams.wall.board import Board, Panel
from streams.wall.markup import template
from streams.wall.tiles import TILES
from streams.wall.units import vietnamese

_PAGE: Final = template("opened.html.j2")
# unit of the catalogue -> what a value is divided by, its decimals, and what stands behind it
_UNITS: Final[Mapping[str, tuple[float, int, str]]] = {
    "USD cents": (100, 2, " USD"),
    "VND": (1, 0, " đồng"),
    "vehicles": (1, 0, " xe"),
    "percent": (1, 2, " %"),
    "percentage points": (1, 2, " điểm"),
    "ms": (60_000, 2, " phút"),
    "s": (60, 1, " phút"),
    "ratio": (1, 3, ""),
}
_MONEY: Final = "minor units of the currency"
_STATES: Final = (
    (r"\bdoes not count here\b", "không tính ở đây"),
    (r"\bbelongs to what counts\b", "thuộc về sự kiện được tính"),
    (r"\bcounts\b", "được tính"),
    (r"\bstands\b", "còn hiệu lực"),
    (r"\bamends\b", "sửa"),
    (r"\bcancels\b", "hủy"),
    (r"\bamended by\b", "được sửa bởi"),
    (r"\bcancelled by\b", "bị hủy bởi"),
    (r"\bsuperseded by\b", "thay bằng"),
)
_SUMS: Final = {
    True: "Các sự kiện cộng lại đúng bằng con số.",
    False: "Các sự kiện KHÔNG cộng lại bằng con số: nếu vẫn thế, chạy kpi verify.",
    None: "",
}


def page(settings: Settings, board: Board, panel: Panel) -> str:
    """Make the page of a panel, as HTML; asks the store, and what it refuses stands on the page."""
    requests = TILES.get(board.uid, {}).get(panel.title, ())
    return _PAGE.render(
        board=board,
        panel=panel,
        figures=[(CATALOGUE[name], MEANINGS[name]) for name in panel.figures if name in MEANINGS],
        numbers=[_number(settings, request) for request in requests],
    )


def _number(settings: Settings, request: Request) -> Mapping[str, Any]:
    title = " ".join((request.view, *(f"{name}={value}" for name, value in request.where.items())))
    try:
        with reader(settings) as client:
            client.database = live_generation(client, settings)
            found = explain(client, settings.database, request)
    except KpiError as error:
        return {"title": title, "problem": str(error)}
    return {"title": title, **told(found)}


def told(found: Explanation) -> Mapping[str, Any]:
    """Say an explanation in Vietnamese."""
    money = _money(found)
    return {
        "values": list(_values(found, money)),
        "as_of": _time(found.newest_event),
        "read_at": _time(found.read_at),
        "sources": found.sources,
        "simulated": found.simulated,
        "sample": vietnamese(found.sample, 0) if found.complete else "",
        "sum": _SUMS[found.adds_up],
        "events": [_event(event, found.request.view, money) for event in found.listed],
    }


def _money(found: Explanation) -> str:
    """Name the unit of a target's money."""
    currencies = {row.get("currency") for row in found.number.rows}
    return "USD cents" if "USD" in currencies else "VND"


def _values(found: Explanation, money: str) -> Iterable[tuple[str, str, str]]:
    for name, value in found.number.measures.items():
        definitions = defining(found.request.view, name)
        if definitions and value is not None and not isinstance(value, dict):
            yield definitions[0].title_vi, name, _text(value, definitions[0].unit, money)


def _text(value: object, unit: str, money: str) -> str:
    if isinstance(value, datetime):
        return _time(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value)
    if unit not in _UNITS and not unit.startswith(_MONEY):
        return vietnamese(value, 0 if isinstance(value, int) else 2)
    divisor, decimals, suffix = _UNITS[money if unit.startswith(_MONEY) else unit]
    return vietnamese(value / divisor, decimals) + suffix


def _event(event: BehindEvent, view: str, money: str) -> Mapping[str, str]:
    adds = ((defining(view, name), float(value)) for name, value in event.adds.items())
    return {
        "time": _time(event.time),
        "type": event.type,
        "id": event.id,
        "subject": event.subject,
        "place": event.place,
        "adds": "; ".join(f"{d[0].title_vi} {_text(value, d[0].unit, money)}" for d, value in adds if d),
        "state": _state(event.state) + (", đến muộn" if event.late else ""),
    }


def _state(words: str) -> str:
    for english, ours in _STATES:
        words = re.sub(english, ours, words)
    return words


def _time(moment: datetime | None) -> str:
    return "chưa có" if moment is None else f"{moment.astimezone(HANOI):%H:%M:%S %d/%m/%Y}"
