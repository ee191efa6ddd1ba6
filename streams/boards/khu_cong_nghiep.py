"""Board *Khu công nghiệp*: which plants run, what they make, and what their stops cost."""

from collections.abc import Iterable
from typing import Final

from streams.annotations import ABOUT_PLANTS, PLANT_STOP
from streams.boards.annotations import annotations
from streams.boards.links import KIOSK, to_boards, to_desk
from streams.boards.looks import SHADES, empty, fixed, names, plant_states, signs, words
from streams.boards.panels import About, Json, board, config, override, series
from streams.boards.queries import table, timeseries
from streams.boards.shapes import cells, freshness, marked, numbers, stacks, strips
from streams.registry import Plant, Registry, Zone
from streams.vocabulary import STOP_REASONS

UID: Final = "khu-cong-nghiep"

_DESK: Final = "chi-tiet-nha-may"
_HOURS: Final = 24


def khu_cong_nghiep(registry: Registry) -> Json:
    """Give the board; zones and plants are those of the registry."""
    panels = [
        _headline(),
        _plants(registry.plants),
        _hours(registry.zones),
        _zones(registry.zones),
        _stops(registry.plants),
        freshness((13, 24, 11, 3)),
    ]
    described = "Nhà máy nào đang chạy, làm ra bao nhiêu, và dừng máy mất bao nhiêu."
    span = {"from": f"now-{_HOURS}h", "to": "now"}
    shown = annotations([PLANT_STOP], ABOUT_PLANTS)
    return board(
        UID,
        "Khu công nghiệp",
        described,
        panels,
        time=span,
        tags=KIOSK,
        links=to_boards(_DESK),
        annotations=shown,
    )


def _headline() -> Json:
    about = About(
        "Lúc này",
        (0, 0, 24, 5),
        "● tốt, ◆ cần chú ý, ■ xấu. 24 giờ trọn gần nhất so với 24 giờ trước đó: giảm quá 2 % là cần chú ý,"
        " quá 10 % là xấu.",
        ("plant_status", "output_value"),
    )
    look = config({"color": fixed("text"), "mappings": signs()})
    return numbers(about, table(UID, "so-chinh"), look)


def _plants(plants: Iterable[Plant]) -> Json:
    about = About(
        f"Tình trạng nhà máy, {_HOURS} giờ",
        (0, 5, 13, 16),
        "Chạy: có dây chuyền làm ra hàng. Dừng: nhà máy báo dừng. Im lặng: ba chu kỳ liền không báo gì, hoặc"
        " chưa từng báo. Mỗi bước hiện tình trạng xấu nhất trong bước ấy (10 phút).",
        ("plant_status", "state_duration"),
    )
    shown = [series(plant.slug, displayName=plant.vi) for plant in plants]
    return strips(about, timeseries(UID, "nha-may"), plant_states(), shown, "10m")


def _hours(zones: Iterable[Zone]) -> Json:
    about = About(
        f"Sản xuất từng giờ, {_HOURS} giờ (tỷ đồng)",
        (0, 21, 13, 6),
        "Giá trị sản xuất của từng khu trong từng giờ trọn, chồng lên nhau.",
        ("output_value",),
    )
    named = zip(((zone.slug, zone.vi) for zone in zones), SHADES, strict=False)
    return stacks(about, timeseries(UID, "san-luong"), named, decimals=1, interval="1h")


def _zones(zones: Iterable[Zone]) -> Json:
    about = About(
        "Sản xuất theo khu (tỷ đồng)",
        (13, 5, 11, 8),
        "Giá trị sản xuất của từng khu, và phần của nó trong cả tỉnh từ đầu năm.",
        ("output_value", "output_share"),
    )
    amount = {"unit": "locale", "decimals": 1}
    overrides = [
        override("Khu", mappings=[names(zones)], links=to_desk(_DESK, "zone")),
        *(override(name, **amount) for name in ("24 giờ", "Tháng này", "Từ đầu năm")),
        override("% toàn tỉnh", unit="percent", decimals=1),
    ]
    return cells(about, table(UID, "khu"), overrides)


def _stops(plants: Iterable[Plant]) -> Json:
    about = About(
        "Dừng máy năm nay, giá tỷ đồng (giả định)",
        (13, 13, 11, 11),
        "Dòng đầu: mọi lần dừng ngoài kế hoạch của năm. Rồi đang dừng (■), dừng rồi im lặng (◆), rồi lần"
        " đắt nhất (○ đã xong). Giá: giờ thường của dây chuyền trong 28 ngày trước khi dừng, hoặc công suất"
        " thiết kế. Điểm: phần trăm của mục tiêu năm.",
        ("stop_loss", "stop_points", "stop_duration"),
    )
    overrides = [
        override("Nhà máy", mappings=[names(plants), empty("Cả tỉnh, ngoài kế hoạch")]),
        marked("Dừng", signs(), custom__align="right"),
        override("Lý do", mappings=[words(STOP_REASONS)]),
        override("Mất, tỷ", unit="locale", decimals=1),
        override("Điểm", unit="locale", decimals=2),
    ]
    return cells(about, table(UID, "dung-may"), overrides, height="md")
