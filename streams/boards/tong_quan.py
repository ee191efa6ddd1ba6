"""Board *Tổng quan*: both targets of the year, and what moves them today."""

from collections.abc import Iterable
from typing import Final

from streams.annotations import ABOUT_TARGETS, REPLAY
from streams.boards.annotations import annotations
from streams.boards.limits import limits
from streams.boards.links import KIOSK, to_boards
from streams.boards.looks import OUTPUT, TRADE, fixed, names, paint, steps
from streams.boards.panels import About, Json, board, config, override, panel, rows
from streams.boards.queries import table, timeseries
from streams.boards.shapes import (
    Size,
    bars,
    cells,
    dashed,
    dotted,
    freshness,
    goal_line,
    line_style,
    lines,
    numbers,
)
from streams.core.intervals import BOOTH_GOAL_MS
from streams.registry import Gate, Registry, Zone

UID: Final = "tong-quan"

# The id of the panel of the year's lines.
_YEAR_LINES: Final = 4
_BOOTH_GOAL_MINUTES: Final = BOOTH_GOAL_MS // 60_000
_MANY, _VERY_MANY = limits("waiting-vehicles")[:2]
_VERDICTS: Final = [
    paint("^▲ .*", "green", 0),
    paint("^▼ Hơi chậm.*", "orange", 1),
    paint("^▼ Chậm.*", "red", 2),
]


def tong_quan(registry: Registry) -> Json:
    """Give the board; names of gates and zones are those of the registry."""
    panels = [
        _progress(),
        _year_to_date(),
        _pace(),
        _year_lines(),
        freshness((12, 8, 12, 3)),
        _gates(registry.gates),
        _booth(),
        _waiting(registry.gates),
        _zones(registry.zones),
    ]
    described = "Hai mục tiêu của năm, và những gì đang làm chúng thay đổi hôm nay."
    # The day of the booths is nothing that a target's alert is about.
    shown = annotations([REPLAY], ABOUT_TARGETS, charts=[_YEAR_LINES])
    return board(
        UID,
        "Tổng quan",
        described,
        panels,
        tags=[*KIOSK, "home"],
        links=to_boards("chi-tiet-tien-do"),
        annotations=shown,
    )


def _progress() -> Json:
    about = About(
        "Tiến độ năm",
        (0, 0, 6, 16),
        "Phần trăm mục tiêu năm đã đạt; năm dương lịch giờ Hà Nội, mọi cửa khẩu, mọi loại hình.",
        ("year_to_date", "percent_of_target", "target"),
    )
    look = {"unit": "percent", "decimals": 2, "min": 0, "max": 100, "color": fixed("blue")}
    return panel(
        "gauge",
        about,
        table(UID, "tien-do"),
        fieldConfig=config({**look, "thresholds": steps(("blue", None))}),
        options={
            "reduceOptions": rows(),
            "orientation": "auto",
            "showThresholdLabels": False,
            "showThresholdMarkers": False,
            "sparkline": False,
            "text": {"titleSize": 20, "valueSize": 60},
        },
    )


def _year_to_date() -> Json:
    about = About(
        "Từ đầu năm",
        (6, 0, 6, 11),
        "Từ 1/1 đến giờ này, so với kế hoạch theo mùa (giả định). Chậm dưới 95 % kế hoạch là đỏ.",
        ("year_to_date", "planned", "pace"),
    )
    look = config(
        {"color": fixed("text"), "thresholds": steps(("text", None)), "mappings": _VERDICTS},
        [
            override("Xuất nhập khẩu từ đầu năm", unit="suffix:tỷ USD", decimals=5),
            override("Công nghiệp từ đầu năm", unit="suffix:tỷ đồng", decimals=1),
        ],
    )
    query = table(UID, "tu-dau-nam")
    return numbers(about, query, look, Size(60, 20, "horizontal"))


def _pace() -> Json:
    about = About(
        "Nhịp độ và dự báo (* dựa trên giả định)",
        (6, 11, 18, 5),
        "Mùa: các tháng của năm 2023, Tết đúng ngày của năm nay. Dự báo: phần còn lại của năm"
        " theo nhịp đến nay, trong ngoặc theo tháng chậm nhất và nhanh nhất của 12 tháng qua. Ngày mở: trừ 5"
        " ngày Tết.",
        (
            *("pace", "pace_straight", "projection", "needed_per_open_day"),
            *("reached_on", "last_year_percent", "last_year_season_percent"),
        ),
    )
    return cells(about, table(UID, "nhip-do"), height="sm")


def _year_lines() -> Json:
    about = About(
        "Đường năm so với kế hoạch (% mục tiêu năm)",
        (12, 0, 12, 8),
        "Lũy kế từng ngày, mỗi đường theo mục tiêu của chính nó; kế hoạch theo mùa là giả định. Dự báo: phần"
        " còn lại của năm theo nhịp đến nay.",
        ("percent_of_target", "plan_curve", "planned", "projection"),
    )
    look = config(
        {"unit": "percent", "decimals": 1, "min": 0, "custom": line_style(4, axisSoftMax=100)},
        [
            override("Xuất nhập khẩu", color=fixed(TRADE)),
            override("Công nghiệp", color=fixed(OUTPUT)),
            _plan("Kế hoạch XNK*", TRADE),
            _plan("Kế hoạch CN*", OUTPUT),
            _forecast("Dự báo XNK*", TRADE),
            _forecast("Dự báo CN*", OUTPUT),
        ],
    )
    return lines(about, timeseries(UID, "duong-nam"), look)


def _plan(name: str, colour: str) -> Json:
    return override(name, color=fixed(colour), **dashed(2))


def _forecast(name: str, colour: str) -> Json:
    return override(name, color=fixed(colour), **dotted(3))


def _gates(gates: Iterable[Gate]) -> Json:
    about = About(
        "Giá trị qua cửa khẩu, 24 giờ",
        (0, 16, 6, 11),
        "Giá trị hàng hóa qua từng cửa khẩu trong 24 giờ qua, mọi loại hình.",
        ("trade_value",),
    )
    look = {"unit": "suffix:triệu USD", "decimals": 2, "color": fixed(TRADE), "mappings": [names(gates)]}
    return bars(about, table(UID, "cua-khau-24h"), look)


def _booth() -> Json:
    about = About(
        f"Phục vụ tại bàn, 24 giờ (mục tiêu ≤ {_BOOTH_GOAL_MINUTES} phút)",
        (6, 16, 6, 11),
        "Từ booth_start đến booth_end, mọi cửa khẩu, từng 15 phút; sai số phân vị không quá 1 %.",
        ("booth_service", "within_goal", "latency_sample"),
    )
    look = goal_line(_BOOTH_GOAL_MINUTES)
    query = timeseries(UID, "phuc-vu")
    return lines(about, query, look, calcs=["lastNotNull"], timeFrom="24h", interval="15m")


def _waiting(gates: Iterable[Gate]) -> Json:
    about = About(
        "Xe đang chờ · chờ lâu nhất",
        (12, 16, 6, 11),
        f"Xe đã đến, chưa qua và chưa quay đầu, trong 72 giờ; ◆ từ {_MANY:g} xe, ■ từ {_VERY_MANY:g} xe.",
        ("waiting_vehicles", "waiting_oldest", "waiting_over_2h", "waiting_stale"),
    )
    look = {
        "unit": "suffix:xe",
        "decimals": 0,
        "color": {"mode": "thresholds"},
        "thresholds": steps(("blue", None), ("orange", _MANY), ("red", _VERY_MANY)),
        "mappings": [names(gates)],
    }
    return bars(about, table(UID, "xe-cho"), look, title_px=18)


def _zones(zones: Iterable[Zone]) -> Json:
    about = About(
        "Sản xuất theo khu, 24 giờ",
        (18, 16, 6, 11),
        "Giá trị sản xuất của từng khu trong 24 giờ qua.",
        ("output_value",),
    )
    look = {"unit": "suffix:tỷ đồng", "decimals": 1, "color": fixed(OUTPUT), "mappings": [names(zones)]}
    return bars(about, table(UID, "khu-24h"), look)
