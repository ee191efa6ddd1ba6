"""What happened and when, as boards mark it on their charts: the kinds of it, each by a query of its own."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from streams.core.definitions.agencies import AGENCIES
from streams.core.definitions.arrivals import ARRIVALS
from streams.core.definitions.clearing import CLEARING
from streams.core.definitions.gates import GATES
from streams.core.definitions.goods import GOODS
from streams.core.definitions.lanes import LANES
from streams.core.definitions.latency import LATENCY
from streams.core.definitions.output import OUTPUT
from streams.core.definitions.places import PLACES
from streams.core.definitions.plants import PLANTS
from streams.core.definitions.progress import PROGRESS
from streams.core.definitions.reliability import RELIABILITY
from streams.core.definitions.revenue import REVENUE
from streams.core.definitions.trade import TRADE
from streams.core.definitions.yards import YARDS
from streams.registry import Registry
from streams.resources import resource
from streams.vocabulary import STOP_REASONS

GATE_CLOSURE: Final = "gate_closure"
PLANT_STOP: Final = "plant_stop"
ALERT: Final = "alert"
REPLAY: Final = "replay"
#: What each kind is called on a board, and its colour there.
KINDS: Final = {
    GATE_CLOSURE: ("Đóng cửa khẩu", "orange"),
    PLANT_STOP: ("Dừng máy", "red"),
    ALERT: ("Cảnh báo", "yellow"),
    REPLAY: ("Đổi sang phát lại", "purple"),
}
_TAG: Final = "kpi"
#: What an alert may be about.
ABOUT_GATES: Final = "gates"
ABOUT_PLANTS: Final = "plants"
ABOUT_TRADE: Final = "trade"
ABOUT_TARGETS: Final = "targets"
ABOUT_DATA: Final = "data"
# The parts of the catalogue that have the KPIs of each; all others are about the data.
_PARTS: Final = {
    ABOUT_TARGETS: (PROGRESS,),
    ABOUT_TRADE: (TRADE, GOODS, REVENUE),
    ABOUT_PLANTS: (OUTPUT, PLANTS),
    ABOUT_GATES: (LATENCY, RELIABILITY, AGENCIES, CLEARING, PLACES, GATES, LANES, YARDS, ARRIVALS),
}
_ABOUT: Final = {
    definition.name: about for about, parts in _PARTS.items() for part in parts for definition in part
}


@dataclass(frozen=True)
class Mark:
    """Something that happened: `key` tells it from all others of its kind; what goes on has no end."""

    key: str
    begins: datetime
    ends: datetime | None
    text: str
    about: str = ""


def tags_of(kind: str, about: str = "") -> list[str]:
    """Give the tags that all annotations of a kind bear, or those of them that are about something."""
    return [_TAG, kind, about] if about else [_TAG, kind]


def meant_by(tags: Sequence[str]) -> tuple[str, str] | None:
    """Give the kind whose annotations bear these tags, and what they are about ("": anything)."""
    match tags:
        case [tag, kind, *rest] if tag == _TAG and kind in KINDS and len(rest) <= 1:
            return kind, "".join(rest)
    return None


def marks_sql(kind: str) -> str:
    """Give the query of a kind: subject, begins, ends, why; of alerts the KPI. Its macros take the span."""
    return resource(f"sql/annotations/{kind}.sql").read_text(encoding="utf-8")


def mark_of(kind: str, row: Mapping[str, Any], registry: Registry) -> Mark:
    """Give the mark of a row of that query."""
    key = f"{row['subject']}@{int(row['begins'].timestamp() * 1000)}"
    about = _ABOUT.get(row["kpi"], ABOUT_DATA) if "kpi" in row else ""
    return Mark(key, row["begins"], row["ends"], _TEXTS[kind](row, registry), about)


def _closure(row: Mapping[str, Any], registry: Registry) -> str:
    gate = registry.gate_by_slug.get(row["subject"])
    return f"Đóng cửa khẩu {gate.vi if gate else row['subject']}" + (f": {row['why']}" if row["why"] else "")


def _stop(row: Mapping[str, Any], registry: Registry) -> str:
    slug, _, line = row["subject"].partition("/")
    plant = registry.plant_by_slug.get(slug)
    name = plant.vi if plant else slug
    return f"Dừng máy {name} · {line}: {STOP_REASONS.get(row['why'], row['why'])}"


def _alert(row: Mapping[str, Any], _: Registry) -> str:
    return f"Cảnh báo: {row['why']}"


def _replay(row: Mapping[str, Any], _: Registry) -> str:
    words = {
        "promote": "Bảng chuyển sang số liệu phát lại",
        "undo": "Bảng trở lại số liệu trước khi phát lại",
    }
    return f"{words.get(row['why'], row['why'])} {row['subject']}"


_TEXTS: Final[Mapping[str, Callable[[Mapping[str, Any], Registry], str]]] = {
    GATE_CLOSURE: _closure,
    PLANT_STOP: _stop,
    ALERT: _alert,
    REPLAY: _replay,
}
