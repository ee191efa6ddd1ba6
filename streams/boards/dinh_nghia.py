"""Board *Định nghĩa*: what each number means, under its name; panels of other boards link here."""

import re
from typing import Final

from streams.boards.links import DEFINITIONS_UID
from streams.boards.panels import About, Json, board, text
from streams.core.definitions import CATALOGUE, Definition
from streams.core.definitions.vietnamese import MEANINGS
from streams.registry import Registry

UID: Final = DEFINITIONS_UID
_CODE_OR_MARK: Final = re.compile(r"(`[^`]*`)|([\\*_<>\[\]|])")


def dinh_nghia(_: Registry) -> Json:
    """Give the board: the whole catalogue in one panel."""
    about = About("Các số liệu và cách tính", (0, 0, 24, 27), "Như `kpi definitions` nói.", ())
    words = "\n\n".join(map(_entry, CATALOGUE.values()))
    panels = [text(about, words)]
    return board(UID, "Định nghĩa", about.description, panels, tags=["kpi"], refresh="")


def _entry(one: Definition) -> str:
    lines = [
        *([("Nghĩa là", MEANINGS[one.name].words)] if one.name in MEANINGS else []),
        ("Đơn vị", one.unit),
        ("Cách tính", one.formula),
        ("Phạm vi", one.grain),
        ("Đọc ở", ", ".join(one.columns)),
        *(("Lưu ý", caveat) for caveat in one.caveats),
        ("Nguồn", one.source),
        *([("Giả định", one.assumption)] if one.assumption else []),
    ]
    points = "\n".join(f"- {label}: {_plain(value)}" for label, value in lines)
    return f"### {one.name}\n\n**{_plain(one.title_vi)}** ({_plain(one.title_en)})\n\n{points}"


def _plain(words: str) -> str:
    """Keep markdown from reading signs as marks, as in a_b or <; what stands between backticks is code."""
    return _CODE_OR_MARK.sub(lambda found: found[1] or f"\\{found[2]}", words)
