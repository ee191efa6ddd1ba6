"""How boards ask a Grafana for annotations."""

from collections.abc import Iterable, Sequence
from typing import Any

from streams.annotations import ALERT, KINDS, tags_of


def annotations(kinds: Iterable[str], about: str = "", charts: Sequence[int] = ()) -> dict[str, Any]:
    """Show these kinds on a board, as Grafana keeps them, and alerts about something if it is named.

    These alerts are on the charts of these ids; without any, on all.
    """
    alerts = [{**_shown(ALERT, about), **_only_on(charts)}] if about else []
    return {"list": [*(_shown(kind) for kind in kinds), *alerts]}


def _only_on(charts: Sequence[int]) -> dict[str, Any]:
    return {"filter": {"exclude": False, "ids": list(charts)}} if charts else {}


def _shown(kind: str, about: str = "") -> dict[str, Any]:
    name, colour = KINDS[kind]
    return {
        "name": name,
        "enable": True,
        "hide": False,
        "iconColor": colour,
        "datasource": {"type": "grafana", "uid": "-- Grafana --"},
        "target": {"type": "tags", "tags": tags_of(kind, about), "limit": 200, "matchAny": False},
    }
