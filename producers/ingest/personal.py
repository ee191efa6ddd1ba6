"""What must not leave a gate or a plant as it is: plates, names, tax and identity numbers.

The contract carries a vehicle as a keyed hash, and nobody's name or number at all. Fields that the contract
does not know would be archived, so those whose name says what they hold are refused, and so is text that
looks like a plate or a tax number. This catches mistakes, not intent: who wants to hide a name in a text can.
"""

import re
from collections.abc import Iterator
from typing import Any, Final

from streams.events import json_schemas

_TELLING: Final = re.compile(
    r"plate|registration_?(?:no|num|mark)|licen[cs]e|bien_?so|bien_?kiem_?soat|^bks$|driver|lai_?xe|owner|"
    r"chu_?xe|full_?name|^name$|ho_?(?:va_?)?ten|person|passport|ho_?chieu|cccd|cmnd|identity|id_?card|"
    r"tax_?(?:code|id|no|num|payer)|^mst$|ma_?so_?thue|vat_?n|phone|dien_?thoai|e_?mail|company|cong_?ty|"
    r"consign|declarant|address|dia_?chi"
)
# Of Vietnam (24C-123.45, 24C12345; in small letters only with a sign between) and of China (云G·12345).
_PLATE: Final = re.compile(
    r"(?<![A-Za-z0-9])[1-9][0-9](?:[A-Z]{1,2}[0-9]?[ .-]{0,2}|[A-Za-z]{1,2}[0-9]?[ .-]{1,2})"
    r"[0-9]{3}[.]?[0-9]{1,2}(?![A-Za-z0-9])"
    r"|[\u4e00-\u9fff][A-Z][ .\u00b7\u2022-]?[A-Z0-9]{5,6}(?![A-Za-z0-9])"
)
# Ten digits, with three more for a branch.
_TAX: Final = re.compile(r"(?<![0-9A-Za-z.-])[0-9]{10}(?:-[0-9]{3})?(?![0-9A-Za-z-])")
_UUID: Final = re.compile(r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")
# Numbers of their own are free to look like a tax number there.
_NUMBERED: Final = frozenset({"subject", "visit_id", "source"})
# Fields of the contract that can hold any text; the others have a form of their own.
_FREE: Final = _NUMBERED | {"reason", "correlationid", "replayid"}
_MAX_DEPTH: Final = 16


def _contract_fields() -> frozenset[str]:
    models = [model for schema in json_schemas().values() for model in schema["$defs"].values()]
    return frozenset(name for model in models for name in model.get("properties", {}))


_SAFE: Final = _contract_fields() - _FREE


def personal_field(content: Any) -> str | None:  # noqa: ANN401 - any JSON
    """Name the first field that holds somebody's data as it is, and say why; None: none is found."""
    return next(_found(content, "", known=False), None)


def _found(value: Any, place: str, *, known: bool, depth: int = 0) -> Iterator[str]:  # noqa: ANN401 - any JSON
    """Look at a value whose place is named; where the contract knows the field, only at what lies in it."""
    if depth > _MAX_DEPTH:
        yield f"{place}: nested too deeply"
    elif isinstance(value, dict):
        for name, inner in value.items():
            safe = name in _SAFE
            inside = f"{place}.{name}" if place else name
            if not safe and name not in _FREE and _TELLING.search(_words(name)):
                yield f"{_shown(inside)}: send no plates, names or numbers of people and companies"
            elif not safe or isinstance(inner, dict | list):
                yield from _found(inner, inside, known=safe, depth=depth + 1)
    elif isinstance(value, list):
        for inner in value:
            yield from _found(inner, place, known=known, depth=depth + 1)
    elif not known and isinstance(value, str):
        yield from _in_text(value, place)


def _words(name: str) -> str:
    """Write camelCase and dashes as the pattern has them."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])|[- .]", "_", name).lower()


def _in_text(text: str, place: str) -> Iterator[str]:
    if _PLATE.search(text) and not _UUID.fullmatch(text):
        yield f"{_shown(place)}: looks like a plate; send vehicle_hash, a keyed hash of it"
    elif place.rpartition(".")[2] not in _NUMBERED and _TAX.search(text):
        yield f"{_shown(place)}: looks like a tax number; leave it out"


def _shown(place: str) -> str:
    """Give a place that is safe to print: a field's name can be anything."""
    return re.sub(r"[^A-Za-z0-9_.-]", "?", place)[:80]
