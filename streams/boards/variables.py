"""The template variables of desks' boards: what is chosen, and what its values are called."""

from collections.abc import Mapping
from typing import Any, Final

from streams.boards.looks import lane_names
from streams.boards.panels import DATASOURCE, Json
from streams.boards.queries import table
from streams.registry import Registry
from streams.vocabulary import DIRECTIONS, INDICATORS, REASONS, REGIMES, TOPICS

_FOLDER: Final = "bien"
_FIRST: Final = {"text": INDICATORS["trade_value"], "value": "trade_value"}


def gate(registry: Registry) -> Json:
    """Choose gates."""
    return _several("gate", "Cửa khẩu", "cua-khau", {one.slug: one.vi for one in registry.gates})


def direction() -> Json:
    """Choose a way."""
    words = {word: text.capitalize() for word, text in DIRECTIONS.items()}
    return _variable("direction", "Chiều", "chieu", words, includeAll=True, current=_all())


def lane(registry: Registry) -> Json:
    """Choose lanes of the chosen gates and ways."""
    return _several("lane", "Làn", "lan", lane_names(registry.gates))


def zone(registry: Registry) -> Json:
    """Choose zones."""
    return _several("zone", "Khu", "khu", {one.slug: one.vi for one in registry.zones})


def plant(registry: Registry) -> Json:
    """Choose plants of the chosen zones."""
    return _several("plant", "Nhà máy", "nha-may", {one.slug: one.vi for one in registry.plants})


def regime() -> Json:
    """Choose regimes."""
    return _several("regime", "Loại hình", "loai-hinh", REGIMES)


def topic() -> Json:
    """Choose topics."""
    return _several("topic", "Chủ đề", "chu-de", TOPICS)


def reason() -> Json:
    """Choose reasons of dead letters."""
    return _several("reason", "Lý do bị loại", "ly-do", REASONS)


def indicator() -> Json:
    """Choose one indicator that has a target."""
    return _variable("indicator", "Chỉ tiêu", "chi-tieu", INDICATORS, includeAll=False, current=_FIRST)


def _several(name: str, label: str, query: str, texts: Mapping[str, str]) -> Json:
    current = {key: [value] for key, value in _all().items()}
    return _variable(name, label, query, texts, multi=True, includeAll=True, current=current)


def _all() -> Json:
    return {"text": "All", "value": "$__all"}


def _variable(name: str, label: str, query: str, texts: Mapping[str, str], **rest: Any) -> Json:  # noqa: ANN401
    sql = _named(table(_FOLDER, query).sql, texts)
    return {
        "name": name,
        "label": label,
        "type": "query",
        "datasource": DATASOURCE,
        "query": sql,
        "refresh": 2,
        "sort": 0,
        "regex": "",
        "hide": 0,
        "skipUrlSync": False,
        "multi": False,
        "allowCustomValue": False,
        "options": [],
        **rest,
    }


def _named(sql: str, texts: Mapping[str, str]) -> str:
    """Put its name behind each value that a query gives; one without a name keeps its own."""
    values, names = (", ".join(map(_literal, words)) for words in (texts.keys(), texts.values()))
    shown = f"transform(value, [{values}], [{names}], value) AS text"
    return f"SELECT value, {shown}\nFROM\n(\n{sql}\n)\nORDER BY text"


def _literal(word: str) -> str:
    escaped = word.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"
