"""How boards ask a Grafana for annotations."""

from collections.abc import Iterable
from typing import Any

from streams.annotations import KINDS, tags_of


def annotations(kinds: Iterable[str]) -> dict[str, Any]:
    """Show these kinds on a board, as Grafana keeps them."""
    return {"list": [_shown(kind) for kind in kinds]}


def _shown(kind: str) -> dict[str, Any]:
    name, colour = KINDS[kind]
    return {
        "name": name,
        "enable": True,
        "hide": False,
        "iconColor": colour,
        "datasource": {"type": "grafana", "uid": "-- Grafana --"},
        "target": {"type": "tags", "tags": tags_of(kind), "limit": 200, "matchAny": False},
    }
