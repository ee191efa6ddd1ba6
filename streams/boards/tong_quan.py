"""Board *Tổng quan*: both targets of the year, and what moves them today."""

from collections.abc import Iterable
from typing import Final

from streams.boards.panels import (
    Json,
    config,
    fields,
    fixed,
    names,
    nothing,
    override,
    paint,
    panel,
    rows,
    steps,
)
from streams.boards.queries import table, timeseries
from streams.registry import Gate, Registry, Zone

UID: Final = "tong-quan"

_TRADE: Final = "light-blue"
_OUTPUT: Final = "light-purple"
_PLAN: Final = "#8E95A3"
# The goal published for the booth: under two minutes a vehicle.
_BOOTH_GOAL_MINUTES: Final = 2
# Plants report every five minutes, so silence beyond that is a fault, by day and by night.
_LATE_S, _SILENT_S = 60, 360
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
        _freshness(),
        _gates(registry.gates),
        _booth(),
        _waiting(registry.gates),
        _zones(registry.zones),
    ]
    return {
        "uid": UID,
        "title": "Tổng quan",
        "description": "Hai mục tiêu của năm, và những gì đang làm chúng thay đổi hôm nay.",
        "tags": ["kpi", "wall"],
        "schemaVersion": 42,
        "editable": False,
        "graphTooltip": 1,
        "timezone": "Asia/Ho_Chi_Minh",
        "refresh": "10s",
        "time": {"from": "now/y", "to": "now/y"},
        "timepicker": {"hidden": True, "refresh_intervals": ["10s", "30s", "1m"]},
        "fiscalYearStartMonth": 0,
        "templating": {"list": []},
        "annotations": {"list": []},
        "links": [],
        "panels": [{"id": number, **body} for number, body in enumerate(panels, 1)],
    }


def _progress() -> Json:
    return panel(
        "gauge",
        "Tiến độ năm",
        (0, 0, 6, 16),
        table(UID, "tien-do"),
        description="Phần trăm mục tiêu năm đã đạt; năm dương lịch giờ Hà Nội, mọi cửa khẩu, mọi loại hình.",
        fieldConfig=config(
            {
                "unit": "percent",
                "decimals": 2,
                "min": 0,
                "max": 100,
                "color": fixed("blue"),
                "thresholds": steps(("blue", None)),
            }
        ),
        options={
            "reduceOptions": rows(),
            "orientation": "auto",
            "showThresholdLabels": False,
            "showThresholdMarkers": False,
            "sparkline": False,
            "text": {"titleSize": 20, "valueSize": 56},
        },
    )


def _year_to_date() -> Json:
    return panel(
        "stat",
        "Từ đầu năm",
        (6, 0, 6, 11),
        table(UID, "tu-dau-nam"),
        description="Từ 1/1 đến giờ này, so với kế hoạch theo mùa (giả định). Chậm dưới 95 % kế hoạch là đỏ.",
        fieldConfig=config(
            {"color": fixed("text"), "thresholds": steps(("text", None)), "mappings": _VERDICTS},
            [
                override("Xuất nhập khẩu từ đầu năm", unit="suffix:tỷ USD", decimals=5),
                override("Công nghiệp từ đầu năm", unit="suffix:tỷ đồng", decimals=1),
            ],
        ),
        options={
            "reduceOptions": fields("/.*/"),
            "orientation": "horizontal",
            "colorMode": "value",
            "graphMode": "none",
            "justifyMode": "auto",
            "textMode": "value_and_name",
            "wideLayout": False,
            "text": {"titleSize": 20, "valueSize": 48},
        },
    )


def _pace() -> Json:
    return panel(
        "table",
        "Nhịp độ và dự báo (* dựa trên giả định)",
        (6, 11, 18, 5),
        table(UID, "nhip-do"),
        description="Mùa: các tháng của năm 2023, Tết đúng ngày của năm nay. Dự báo: phần còn lại của năm"
        " theo nhịp đến nay, trong ngoặc theo tháng chậm nhất và nhanh nhất của 12 tháng qua. Ngày mở: trừ 5"
        " ngày Tết.",
        fieldConfig=config({"color": fixed("text"), "custom": {"align": "auto"}}),
        options={"showHeader": True, "cellHeight": "sm"},
    )


def _year_lines() -> Json:
    line = {"drawStyle": "line", "lineWidth": 4, "fillOpacity": 0, "showPoints": "never", "spanNulls": False}
    return panel(
        "timeseries",
        "Đường năm so với kế hoạch (% mục tiêu năm)",
        (12, 0, 12, 8),
        timeseries(UID, "duong-nam"),
        description="Lũy kế từng ngày, mỗi đường theo mục tiêu của chính nó; kế hoạch theo mùa là giả định.",
        fieldConfig=config(
            {"unit": "percent", "decimals": 1, "min": 0, "max": 100, "custom": line},
            [
                override("Xuất nhập khẩu", color=fixed(_TRADE)),
                override("Công nghiệp", color=fixed(_OUTPUT)),
                _plan("Kế hoạch XNK*", _TRADE),
                _plan("Kế hoạch CN*", _OUTPUT),
                _plan("Đường thẳng", _PLAN),
            ],
        ),
        options={
            "legend": {"displayMode": "list", "placement": "top", "showLegend": True, "calcs": []},
            "tooltip": {"mode": "multi", "sort": "none"},
        },
    )


def _plan(name: str, colour: str) -> Json:
    dashes = {"fill": "dash", "dash": [10, 10]}
    return override(name, color=fixed(colour), custom__lineWidth=2, custom__lineStyle=dashes)


def _freshness() -> Json:
    return panel(
        "stat",
        "Độ tươi của dữ liệu",
        (12, 8, 12, 3),
        table(UID, "do-tuoi"),
        description="Thời điểm của sự kiện mới nhất và tuổi của nó; nhà máy báo cáo mỗi 5 phút.",
        fieldConfig=config(
            {"color": fixed("text"), "mappings": [paint("MÔ PHỎNG", "orange", 0)]},
            [
                override(
                    "Trễ",
                    unit="s",
                    color={"mode": "thresholds"},
                    thresholds=steps(("green", None), ("orange", _LATE_S), ("red", _SILENT_S)),
                    mappings=[nothing("text")],
                )
            ],
        ),
        options={
            "reduceOptions": fields("/.*/"),
            "orientation": "vertical",
            "colorMode": "value",
            "graphMode": "none",
            "justifyMode": "auto",
            "textMode": "value_and_name",
            "wideLayout": False,
            "text": {"titleSize": 16, "valueSize": 30},
        },
    )


def _bars(title: str, place: tuple[int, int, int, int], query: str, look: Json, description: str) -> Json:
    return panel(
        "bargauge",
        title,
        place,
        table(UID, query),
        description=description,
        fieldConfig=config({"min": 0, **look}),
        options={
            "reduceOptions": rows(),
            "orientation": "horizontal",
            "displayMode": "basic",
            "valueMode": "color",
            "namePlacement": "top",
            "showUnfilled": True,
            "sizing": "auto",
            "minVizHeight": 16,
            "maxVizHeight": 300,
            "text": {"titleSize": 20, "valueSize": 28},
        },
    )


def _gates(gates: Iterable[Gate]) -> Json:
    look = {
        "unit": "suffix:triệu USD",
        "decimals": 2,
        "color": fixed(_TRADE),
        "mappings": [names(gates)],
    }
    described = "Giá trị hàng hóa qua từng cửa khẩu trong 24 giờ qua, mọi loại hình."
    return _bars("Giá trị qua cửa khẩu, 24 giờ", (0, 16, 6, 11), "cua-khau-24h", look, described)


def _booth() -> Json:
    line = {
        "drawStyle": "line",
        "lineWidth": 3,
        "fillOpacity": 0,
        "showPoints": "never",
        "spanNulls": False,
        "thresholdsStyle": {"mode": "dashed"},
        "axisSoftMax": _BOOTH_GOAL_MINUTES * 1.25,
    }
    return panel(
        "timeseries",
        f"Phục vụ tại bàn, 24 giờ (mục tiêu ≤ {_BOOTH_GOAL_MINUTES} phút)",
        (6, 16, 6, 11),
        timeseries(UID, "phuc-vu"),
        description="Từ booth_start đến booth_end, mọi cửa khẩu, từng 15 phút; sai số phân vị không quá 1 %.",
        timeFrom="24h",
        interval="15m",
        fieldConfig=config(
            {
                "unit": "suffix:phút",
                "decimals": 1,
                "min": 0,
                "custom": line,
                "thresholds": steps(("transparent", None), ("red", _BOOTH_GOAL_MINUTES)),
            },
            [
                override("Một nửa số xe (p50)", color=fixed("blue")),
                override("9 trên 10 xe (p90)", color=fixed("super-light-blue")),
            ],
        ),
        options={
            "legend": {
                "displayMode": "list",
                "placement": "top",
                "showLegend": True,
                "calcs": ["lastNotNull"],
            },
            "tooltip": {"mode": "multi", "sort": "none"},
        },
    )


def _waiting(gates: Iterable[Gate]) -> Json:
    look = {
        "unit": "suffix:xe",
        "decimals": 0,
        "color": {"mode": "thresholds"},
        "thresholds": steps(("blue", None), ("orange", 300), ("red", 500)),
        "mappings": [names(gates)],
    }
    described = "Xe đã đến, chưa qua và chưa quay đầu, trong 72 giờ; cam từ 300 xe, đỏ từ 500 xe."
    return _bars("Xe đang chờ · chờ lâu nhất", (12, 16, 6, 11), "xe-cho", look, described)


def _zones(zones: Iterable[Zone]) -> Json:
    look = {
        "unit": "suffix:tỷ đồng",
        "decimals": 1,
        "color": fixed(_OUTPUT),
        "mappings": [names(zones)],
    }
    described = "Giá trị sản xuất của từng khu trong 24 giờ qua."
    return _bars("Sản xuất theo khu, 24 giờ", (18, 16, 6, 11), "khu-24h", look, described)
