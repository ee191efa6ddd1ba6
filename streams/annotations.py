"""What happened and when, as boards mark it on their charts: the kinds of it, each by a query of its own."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

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


@dataclass(frozen=True)
class Mark:
    """Something that happened: `key` tells it from all others of its kind; what goes on has no end."""

    key: str
    begins: datetime
    ends: datetime | None
    text: str


def tags_of(kind: str) -> list[str]:
    """Give the tags that all annotations of a kind bear."""
    return [_TAG, kind]


def kind_of(tags: list[str]) -> str | None:
    """Give the kind whose annotations bear these tags."""
    return next((kind for kind in KINDS if tags == tags_of(kind)), None)


def marks_sql(kind: str) -> str:
    """Give the query of a kind: subject, begins, ends, why; its macros take the span of time."""
    return resource(f"sql/annotations/{kind}.sql").read_text(encoding="utf-8")


def mark_of(kind: str, row: Mapping[str, Any], registry: Registry) -> Mark:
    """Give the mark of a row of that query."""
    key = f"{row['subject']}@{int(row['begins'].timestamp() * 1000)}"
    return Mark(key, row["begins"], row["ends"], _TEXTS[kind](row, registry))


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
