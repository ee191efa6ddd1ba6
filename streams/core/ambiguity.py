"""A message that names a field twice means one thing to one JSON reader and another to the next.

RFC 8259 leaves open which of equal names counts: our parser takes the last, ClickHouse's functions the first.
So it is with a number beyond all floats in a field that we ignore: ClickHouse's functions then read nothing.
"""

import json
from collections import Counter
from collections.abc import Sequence
from math import isfinite
from typing import Any, Final

from streams.events import Event, FactoryOutput, GateCrossing

_BACKSLASH: Final = ord("\\")


class NotFiniteError(ValueError):
    """A number is beyond all floats, and so no number to most JSON readers."""


def is_plain(value: bytes, event: Event) -> bool:
    """Tell whether a message holds nothing but the fields, each once, that `event` was parsed from."""
    # A colon follows every name. If there are no more than the names that were parsed and the times (2 each)
    # account for, there is no other name; a backslash could hide one.
    return value.count(b":") == _colons_known(event) and _BACKSLASH not in value


def check_unambiguous(value: bytes) -> None:
    """Refuse a message that names a field twice, in whatever object, or holds a number that is not finite.

    Raises:
        NotFiniteError: it holds such a number.
        ValueError: it names one twice, or readers differ on whether it is JSON at all.
    """
    json.loads(value, object_pairs_hook=_check_names, parse_int=str, parse_float=_check_finite)


def _colons_known(event: Event) -> int:
    known = len(event.model_fields_set) + len(event.data.model_fields_set) + 2
    if event.correctstime is not None:
        known += 2
    if isinstance(event, GateCrossing):
        return known + sum(len(line.model_fields_set) for line in event.data.goods or ())
    return known + 4 if isinstance(event, FactoryOutput) else known


def _check_names(pairs: Sequence[tuple[str, Any]]) -> None:
    if len(dict(pairs)) < len(pairs):
        [(name, _)] = Counter(name for name, _ in pairs).most_common(1)
        raise ValueError(f"{name[:50]!r} is there twice: readers differ on which one counts")


def _check_finite(text: str) -> str:
    if not isfinite(float(text)):
        raise NotFiniteError("a number is too large to be finite")
    return text
