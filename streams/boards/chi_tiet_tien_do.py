"""The desk's board behind *Tổng quan*: one indicator of the year, and every target."""

from typing import Any, Final

from streams.annotations import ABOUT_TARGETS, REPLAY
from streams.boards import tong_quan
from streams.boards.annotations import annotations
from streams.boards.looks import QUIET, TRADE, fixed, signs, words
from streams.boards.panels import About, Json, config, desk, override
from streams.boards.queries import table, timeseries
from streams.boards.shapes import cells, dashed, freshness, line_style, lines, marked
from streams.boards.variables import indicator
from streams.registry import Registry
from streams.vocabulary import INDICATORS

UID: Final = "chi-tiet-tien-do"
# The year so far, whatever time is chosen.
_YEAR: Final[dict[str, Any]] = {"timeFrom": "now/y", "hideTimeOverride": True}
_AMOUNT: Final = "triệu USD; công nghiệp và thu ngân sách: tỷ đồng"


def chi_tiet_tien_do(_: Registry) -> Json:
    """Give the board."""
    panels = [_targets(), _reached(), _days(), _months(), freshness((0, 31, 24, 3))]
    wall = tong_quan.UID, "Tổng quan"
    chosen = [indicator()]
    span = {"from": "now-30d", "to": "now"}
    shown = annotations([REPLAY], ABOUT_TARGETS)
    return desk(
        UID, "Chi tiết tiến độ", wall, panels, templating={"list": chosen}, time=span, annotations=shown
    )


def _targets() -> Json:
    about = About(
        "Mọi mục tiêu của năm (* dựa trên giả định)",
        (0, 0, 24, 6),
        "● đúng kế hoạch theo mùa, ◆ dưới kế hoạch, ■ dưới 95 %.",
        ("target", "year_to_date", "pace", "projection", "reached_on"),
    )
    right = {"custom__align": "right"}
    overrides = [
        override("Chỉ tiêu", mappings=[words(INDICATORS)]),
        override("Phạm vi", mappings=[words({"lao-cai": "Toàn tỉnh", "parks": "Các khu công nghiệp"})]),
        *(override(name, **right) for name in ("Mục tiêu", "Đã đạt", "Dự báo*", "Đạt vào*")),
        override("% mục tiêu", unit="percent", decimals=2),
        marked("Nhịp độ*", signs(), custom__align="right"),
    ]
    return cells(about, table(UID, "muc-tieu"), overrides, height="md")


def _reached() -> Json:
    about = About(
        "Lũy kế so với kế hoạch (% mục tiêu năm)",
        (0, 6, 12, 25),
        "Đến hết từng ngày; kế hoạch theo mùa là giả định.",
        ("percent_of_target", "plan_curve", "planned_straight"),
    )
    look = config(
        {"unit": "percent", "decimals": 1, "min": 0, "custom": line_style(4)},
        [
            override("Đã đạt", color=fixed(TRADE)),
            override("Kế hoạch theo mùa*", color=fixed("orange"), **dashed(3)),
            override("Đường thẳng", color=fixed(QUIET), **dashed(2)),
        ],
    )
    return lines(about, timeseries(UID, "luy-ke"), look, calcs=["lastNotNull"], **_YEAR)


def _days() -> Json:
    about = About(
        "Từng ngày (triệu USD hoặc tỷ đồng)",
        (12, 6, 12, 10),
        f"Trong thời gian đã chọn: {_AMOUNT}.",
        ("year_to_date",),
    )
    bars = line_style(1, drawStyle="bars", fillOpacity=90)
    look = config(
        {"unit": "locale", "decimals": 1, "min": 0, "custom": bars},
        [override("Mỗi ngày", color=fixed(TRADE))],
    )
    return lines(about, timeseries(UID, "tung-ngay"), look, interval="24h")


def _months() -> Json:
    about = About(
        "Từng tháng so với năm trước (triệu USD hoặc tỷ đồng)",
        (12, 16, 12, 15),
        f"Đến hết hôm qua ở cả hai năm: {_AMOUNT}.",
        ("year_to_date", "last_year_percent"),
    )
    amount = {"unit": "locale", "decimals": 1}
    overrides = [
        override("Tháng", decimals=0, custom__align="left"),
        override("Năm nay", **amount),
        override("Năm trước", **amount),
        override("Cùng kỳ", unit="percent", decimals=0),
    ]
    return cells(about, table(UID, "tung-thang"), overrides, height="sm")
