"""Board *Công bố*: what anybody may know of the gates; nothing about traders."""

from typing import Final

from streams.boards.looks import gate_states, words
from streams.boards.panels import About, Json, board, override
from streams.boards.queries import table
from streams.boards.shapes import cells, freshness, marked
from streams.registry import Registry

UID: Final = "cong-bo"


def cong_bo(registry: Registry) -> Json:
    """Give the board; gates are those of the registry, by their full names."""
    panels = [_gates(registry), freshness((0, 12, 24, 4))]
    described = "Cửa khẩu nào mở, bao nhiêu xe đang chờ, chờ bao lâu."
    return board(
        UID, "Tình hình cửa khẩu Lào Cai", described, panels, tags=["kpi", "public"], links=[], refresh="30s"
    )


def _gates(registry: Registry) -> Json:
    about = About(
        "Các cửa khẩu",
        (0, 0, 24, 12),
        "Thời gian tính từ lúc xe đến tới lúc qua cửa khẩu, 4 giờ gần đây, kể cả xe đang chờ; ≥ nghĩa là ít"
        " nhất lâu như thế; dưới 5 xe thì không nêu. * giờ làm việc là giả định.",
        ("gate_status", "gate_hours", "waiting_vehicles", "dwell_with_waiting"),
    )
    overrides = [
        override("Cửa khẩu", mappings=[words({gate.slug: gate.vi_full for gate in registry.gates})]),
        *(override(name, unit="locale") for name in ("Xe chờ ra", "Xe chờ vào")),
        marked("Trạng thái", [gate_states()], custom__align="left"),
    ]
    return cells(about, table(UID, "cua-khau"), overrides)
