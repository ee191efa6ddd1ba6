"""Board *Cửa khẩu*: how the gates stand, who waits, and how long vehicles take."""

from collections.abc import Iterable
from typing import Final

from streams.annotations import ABOUT_GATES, GATE_CLOSURE
from streams.boards.annotations import annotations
from streams.boards.limits import limits
from streams.boards.links import KIOSK, to_boards, to_desk
from streams.boards.looks import TRADE, fixed, gate_states, lanes, names, signs, steps, verdicts
from streams.boards.panels import About, Json, board, config, override, series
from streams.boards.queries import table, timeseries
from streams.boards.shapes import bars, cells, freshness, marked, numbers, strips
from streams.registry import Gate, Registry

UID: Final = "cua-khau"

_DESK: Final = "chi-tiet-cua-khau"
_HOURS: Final = 12
_MANY, _VERY_MANY = limits("waiting-vehicles")[:2]
_LONG, _, _TOO_LONG = limits("waiting-oldest")
_NEARLY_FULL, _FULL = limits("yard-full")


def cua_khau(registry: Registry) -> Json:
    """Give the board; gates and lanes are those of the registry."""
    panels = [
        _headline(),
        _crossings(),
        _states(registry.gates),
        _yards(registry.gates),
        _clearing(registry.gates),
        _lanes(registry.gates),
        freshness((14, 24, 10, 3)),
    ]
    described = "Cửa khẩu nào đang mở, ai đang chờ, và xe qua nhanh hay chậm."
    span = {"from": f"now-{_HOURS}h", "to": "now"}
    shown = annotations([GATE_CLOSURE], ABOUT_GATES)
    return board(
        UID, "Cửa khẩu", described, panels, time=span, tags=KIOSK, links=to_boards(_DESK), annotations=shown
    )


def _headline() -> Json:
    about = About(
        "Lúc này",
        (0, 0, 18, 5),
        f"Dấu theo cửa khẩu xấu nhất: ● tốt, ◆ cần chú ý (từ {_MANY:g} xe, quá {_LONG / 60:g} giờ mở cửa), ■"
        f" xấu (từ {_VERY_MANY:g} xe, quá {_TOO_LONG / 60:g} giờ mở cửa, bàn quá 2 phút), ○ chưa đủ 20 xe để"
        " đánh giá. Xe chờ trên 2 giờ tính cả giờ đóng cửa. Tại bàn: mọi cửa khẩu, 1 giờ qua.",
        ("waiting_vehicles", "waiting_oldest_open", "waiting_over_2h", "booth_service"),
    )
    look = config({"color": fixed("text"), "mappings": signs()})
    return numbers(about, table(UID, "so-chinh"), look)


def _crossings() -> Json:
    about = About(
        "Lưu lượng, 24 giờ",
        (18, 0, 6, 5),
        "Số xe đã qua mọi cửa khẩu, hai chiều, từng giờ trọn của 24 giờ qua.",
        ("crossings",),
    )
    look = config({"color": fixed(TRADE), "unit": "suffix:xe", "decimals": 0})
    return numbers(about, timeseries(UID, "xe-qua"), look, spark=True)


def _states(gates: Iterable[Gate]) -> Json:
    about = About(
        f"Tình trạng cửa khẩu, {_HOURS} giờ",
        (0, 5, 14, 8),
        "Theo tin cửa khẩu báo; không có số liệu: chưa từng báo, hoặc 90 phút trong giờ làm việc không có tin"
        " nào. Mỗi bước hiện tình trạng xấu nhất trong bước ấy (5 phút).",
        ("gate_status", "gate_period"),
    )
    shown = [series(gate.slug, displayName=gate.vi) for gate in gates]
    return strips(about, timeseries(UID, "trang-thai"), gate_states(), shown)


def _yards(gates: Iterable[Gate]) -> Json:
    about = About(
        "Bãi xe (% sức chứa)",
        (14, 5, 10, 8),
        f"Số xe trong bãi trên sức chứa; gần đầy từ {_NEARLY_FULL:g} %, đầy từ {_FULL:g} %; * sức chứa là giả"
        " định.",
        ("yard_occupancy", "yard_present", "yard_time_to_full"),
    )
    look = {
        "unit": "percent",
        "decimals": 0,
        "max": 100,
        "color": {"mode": "thresholds"},
        "thresholds": steps(("blue", None), ("orange", _NEARLY_FULL), ("red", _FULL)),
        "mappings": [names(gates)],
    }
    return bars(about, table(UID, "bai-xe"), look, title_px=22, value_px=26)


def _clearing(gates: Iterable[Gate]) -> Json:
    about = About(
        "Cửa khẩu có đang thông?",
        (0, 13, 14, 14),
        "Từng chiều, xấu nhất trước. Lưu: từ lúc đến tới lúc qua, tính cả xe đang chờ; ≥ nghĩa là ít nhất lâu"
        " như thế. Hết sau: theo tốc độ của giờ qua, ? nếu không có xe nào qua. g: giờ, ph: phút.",
        ("clearing_verdict", "waiting_vehicles", "drain_time", "dwell_with_waiting"),
    )
    right = {"custom__align": "right"}
    overrides = [
        override("Cửa khẩu", mappings=[names(gates)], links=to_desk(_DESK, "gate")),
        marked("Đang thông?", [verdicts()]),
        *(override(name, unit="locale") for name in ("Xe chờ", "Qua 1 giờ")),
        override("Lâu nhất", **right),
        override("Hết sau", **right),
        override("Lưu p50", **right),
        override("p90", **right),
    ]
    return cells(about, table(UID, "thong-xe"), overrides)


def _lanes(gates: Iterable[Gate]) -> Json:
    about = About(
        "Phục vụ tại bàn theo làn, 4 giờ (p90 ≤ 2 phút)",
        (14, 13, 10, 11),
        "7 làn chậm nhất. ● 9/10 xe trong 2 phút, ■ quá 2 phút, ○ dưới 20 xe: chưa đánh giá. Sai số phân vị"
        " không quá 1 %.",
        ("booth_service", "latency_sample"),
    )
    overrides = [
        override("Làn", mappings=[lanes(gates)], links=to_desk(_DESK, "lane")),
        marked("p90, phút", signs(), custom__align="right"),
        override("p50, phút", custom__align="right"),
        override("Xe", unit="locale"),
    ]
    return cells(about, table(UID, "lan"), overrides)
