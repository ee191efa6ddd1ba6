"""Links: from each panel to what defines its numbers, and between the boards."""

from collections.abc import Sequence
from typing import Any, Final

from streams.core.definitions import CATALOGUE

#: The board that holds every definition under its name; Grafana and the wall serve it at the same path.
DEFINITIONS_UID: Final = "dinh-nghia"
#: What a wall's board is tagged with, and thereby linked by.
WALL: Final = "wall"
#: What a desk's board is tagged with: it lies behind a wall's and has selectors.
DESK: Final = "desk"
#: The tags of a wall that kiosks show in turn with others.
KIOSK: Final = ["kpi", WALL, "kiosk"]


def to_definitions(names: Sequence[str]) -> list[dict[str, Any]]:
    """Link a panel to the definitions of its numbers.

    Raises:
        KeyError: the catalogue has no such definition.
    """
    return [_link(CATALOGUE[name].title_vi, f"/d/{DEFINITIONS_UID}#{name}") for name in names]


def to_boards(desk: str = "") -> list[dict[str, Any]]:
    """Link a board to all walls, to the definitions, and to the desk's board behind it where there is one."""
    behind = [_link("Chi tiết →", f"/d/{desk}")] if desk else []
    return [_tagged("Các bảng", WALL), _link("Định nghĩa", f"/d/{DEFINITIONS_UID}"), *behind]


def to_desks(wall: str, title: str) -> list[dict[str, Any]]:
    """Link a desk's board back to its wall, to the others with what is chosen, and to the definitions."""
    back = _link(f"← {title}", f"/d/{wall}")
    return [
        back,
        {**_tagged("Chi tiết", DESK), "includeVars": True, "keepTime": True},
        _link("Định nghĩa", f"/d/{DEFINITIONS_UID}"),
    ]


def to_desk(uid: str, variable: str) -> list[dict[str, str]]:
    """Link a cell to the desk's board that shows what the cell names."""
    return [{"title": "Chi tiết", "url": f"/d/{uid}?var-{variable}=${{__value.raw}}"}]


def within_desk(uid: str, variable: str, *others: str) -> list[dict[str, str]]:
    """Link a cell of a desk's board to the same board with what it names, and what else is chosen there."""
    [link] = to_desk(uid, variable)
    kept = "&".join([*(f"${{{other}:queryparam}}" for other in others), "${__url_time_range}"])
    return [{**link, "url": f"{link['url']}&{kept}"}]


_REST: Final = {
    "icon": "external link",
    "tooltip": "",
    "targetBlank": False,
    "includeVars": False,
    "keepTime": False,
    "asDropdown": False,
}


def _tagged(title: str, tag: str) -> dict[str, Any]:
    return {"type": "dashboards", "title": title, "tags": [tag], "url": "", **_REST}


def _link(title: str, url: str) -> dict[str, Any]:
    return {"type": "link", "title": title, "url": url, "tags": [], **_REST}
