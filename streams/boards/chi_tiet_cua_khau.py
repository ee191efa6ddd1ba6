"""The desk's board behind *Cửa khẩu*: the lanes of the chosen gates, step by step."""

from collections.abc import Iterable
from typing import Final

from streams.annotations import ABOUT_GATES, GATE_CLOSURE
from streams.boards import cua_khau
from streams.boards.annotations import annotations
from streams.boards.links import within_desk
from streams.boards.looks import SHADES, fixed, gate_states, lanes, names, steps, words
from streams.boards.panels import About, Json, desk, override, series
from streams.boards.queries import table, timeseries
from streams.boards.shapes import cells, freshness, goal_line, lines, squares, stacks, strips
from streams.boards.variables import direction, gate, lane
from streams.core.intervals import BOOTH_GOAL_MS
from streams.registry import Gate, Registry
from streams.vocabulary import DIRECTIONS, INTERVALS

UID: Final = "chi-tiet-cua-khau"

_GOAL_MINUTES: Final = BOOTH_GOAL_MS // 60_000
#: Of 100 vehicles of a lane, so many within the goal are well, and fewer than so many are bad.
_WELL, _BAD = 90, 50


def chi_tiet_cua_khau(registry: Registry) -> Json:
    """Give the board; gates and lanes are those of the registry."""
    gates = registry.gates
    panels = [
        _booth(),
        _crossings(gates),
        _hours(gates),
        _lanes(gates),
        _states(gates),
        _stays(gates),
        freshness((0, 38, 24, 3)),
    ]
    wall = cua_khau.UID, "Cửa khẩu"
    chosen = [gate(registry), direction(), lane(registry)]
    span = {"from": "now-24h", "to": "now"}
    shown = annotations([GATE_CLOSURE], ABOUT_GATES)
    return desk(
        UID, "Chi tiết cửa khẩu", wall, panels, templating={"list": chosen}, time=span, annotations=shown
    )


def _booth() -> Json:
    about = About(
        f"Phục vụ tại bàn (mục tiêu ≤ {_GOAL_MINUTES} phút)",
        (0, 0, 12, 10),
        "Các làn đã chọn; sai số phân vị không quá 1 %.",
        ("booth_service", "latency_sample"),
    )
    look = goal_line(_GOAL_MINUTES)
    return lines(about, timeseries(UID, "phuc-vu"), look, calcs=["lastNotNull"], interval="15m")


def _crossings(gates: Iterable[Gate]) -> Json:
    about = About(
        "Xe qua cửa khẩu",
        (12, 0, 12, 10),
        "Theo cửa khẩu, các chiều đã chọn.",
        ("crossings",),
    )
    named = zip(((one.slug, one.vi) for one in gates), SHADES, strict=False)
    return stacks(about, timeseries(UID, "xe-qua"), named, decimals=0, interval="1h")


def _hours(gates: Iterable[Gate]) -> Json:
    about = About(
        f"Xe xong trong {_GOAL_MINUTES} phút, từng làn (%)",
        (0, 10, 12, 16),
        f"Đỏ dưới {_BAD} %, cam dưới {_WELL} %; số trong ô là phần trăm.",
        ("within_goal", "latency_sample"),
    )
    look = {"unit": "locale", "decimals": 0, "color": {"mode": "thresholds"}, "thresholds": _shares()}
    shown = [series(lane, displayName=name) for lane, name in _lane_names(gates)]
    return squares(about, timeseries(UID, "lan-gio"), look, shown, "1h")


def _lane_names(gates: Iterable[Gate]) -> Iterable[tuple[str, str]]:
    options = lanes(gates)["options"]
    return ((lane, shown["text"]) for lane, shown in options.items())


def _lanes(gates: Iterable[Gate]) -> Json:
    about = About(
        "Các làn, chậm nhất trước",
        (12, 10, 12, 15),
        f"Cả thời gian đã chọn. Ô màu: phần trăm xe xong trong {_GOAL_MINUTES} phút.",
        ("booth_service", "within_goal", "latency_sample"),
    )
    minutes = {"unit": "locale", "decimals": 1}
    overrides = [
        override("Làn", mappings=[lanes(gates)], links=within_desk(UID, "lane", "gate", "direction")),
        override("Xe", unit="locale"),
        override("p50, phút", **minutes),
        override("p90, phút", **minutes),
        override(
            f"≤ {_GOAL_MINUTES} phút",
            unit="percent",
            decimals=0,
            color={"mode": "thresholds"},
            thresholds=_shares(),
            custom__cellOptions={"type": "color-background", "mode": "basic"},
        ),
    ]
    return cells(about, table(UID, "lan"), overrides, height="sm")


def _shares() -> Json:
    return steps(("dark-red", None), ("orange", _BAD), ("green", _WELL))


def _states(gates: Iterable[Gate]) -> Json:
    about = About(
        "Tình trạng cửa khẩu",
        (0, 26, 12, 12),
        "Theo tin cửa khẩu báo. Mỗi bước hiện tình trạng xấu nhất trong bước ấy: 5 phút trong 24 giờ,"
        " 15 phút trong 7 ngày, 1 giờ trong 30 ngày, nửa ngày trong năm.",
        ("gate_status", "gate_period"),
    )
    shown = [series(one.slug, displayName=one.vi) for one in gates]
    return strips(about, timeseries(UID, "trang-thai"), gate_states(), shown)


def _stays(gates: Iterable[Gate]) -> Json:
    about = About(
        "Trong khu cửa khẩu và thông quan, chậm nhất trước",
        (12, 25, 12, 13),
        "Chỉ tính xe đã xong: phải đọc cùng số xe còn chờ trên bảng Cửa khẩu.",
        ("gate_dwell", "latency_sample"),
    )
    minutes = {"unit": "locale", "decimals": 0}
    overrides = [
        override("Cửa khẩu", mappings=[names(gates)], links=within_desk(UID, "gate", "direction", "lane")),
        override("Chiều", mappings=[words(DIRECTIONS)]),
        override("Khoảng", mappings=[words(INTERVALS)], color=fixed("text")),
        override("Xe", unit="locale"),
        override("p50, phút", **minutes),
        override("p90, phút", **minutes),
    ]
    return cells(about, table(UID, "luu"), overrides, height="sm")
