"""The desk's board behind *Khu công nghiệp*: lines, what they made, their stops."""

from collections.abc import Iterable
from typing import Final

from streams.annotations import ABOUT_PLANTS, PLANT_STOP
from streams.boards import khu_cong_nghiep
from streams.boards.annotations import annotations
from streams.boards.links import within_desk
from streams.boards.looks import SHADES, names, plant_states, signs, words
from streams.boards.panels import About, Json, desk, override, series
from streams.boards.queries import table, timeseries
from streams.boards.shapes import cells, freshness, marked, stacks, strips
from streams.boards.variables import plant, zone
from streams.registry import Plant, Registry, Zone
from streams.vocabulary import STOP_REASONS, UNITS

UID: Final = "chi-tiet-nha-may"


def chi_tiet_nha_may(registry: Registry) -> Json:
    """Give the board; plants and their lines are those of the registry."""
    plants = registry.plants
    panels = [
        _lines(plants),
        _output(registry.zones),
        _goods(plants),
        _stops(plants),
        freshness((0, 36, 24, 3)),
    ]
    wall = khu_cong_nghiep.UID, "Khu công nghiệp"
    chosen = [zone(registry), plant(registry)]
    span = {"from": "now-7d", "to": "now"}
    shown = annotations([PLANT_STOP], ABOUT_PLANTS)
    return desk(
        UID, "Chi tiết nhà máy", wall, panels, templating={"list": chosen}, time=span, annotations=shown
    )


def _lines(plants: Iterable[Plant]) -> Json:
    about = About(
        "Tình trạng dây chuyền",
        (0, 0, 12, 24),
        "Chạy: làm ra hàng. Dừng: nhà máy báo dừng. Im lặng: ba chu kỳ liền không báo gì. Mỗi bước hiện"
        " tình trạng xấu nhất trong bước ấy: 30 phút đến 7 ngày, 1 giờ trong 30 ngày, nửa ngày trong năm.",
        ("line_state", "state_duration"),
    )
    shown = [
        series(f"{one.slug}/{line}", displayName=f"{one.vi} · {line}" if len(one.lines) > 1 else one.vi)
        for one in plants
        for line in one.lines
    ]
    return strips(about, timeseries(UID, "day-chuyen"), plant_states(), shown, "30m")


def _output(zones: Iterable[Zone]) -> Json:
    about = About(
        "Sản xuất (tỷ đồng)",
        (12, 0, 12, 9),
        "Giá trị sản xuất của các nhà máy đã chọn, theo khu, chồng lên nhau; các giờ trọn.",
        ("output_value",),
    )
    named = zip(((one.slug, one.vi) for one in zones), SHADES, strict=False)
    return stacks(about, timeseries(UID, "san-luong"), named, decimals=1, interval="1h")


def _goods(plants: Iterable[Plant]) -> Json:
    about = About(
        "Làm ra trong thời gian đã chọn",
        (12, 9, 12, 15),
        "Lượng, giá trị, và phần của giá trị.",
        ("output_value", "output_share"),
    )
    overrides = [
        override("Nhà máy", mappings=[names(plants)], links=within_desk(UID, "plant", "zone")),
        override("Lượng", unit="locale", decimals=0),
        override("Đơn vị", mappings=[words(UNITS)]),
        override("Tỷ đồng", unit="locale", decimals=1),
        override("Tỷ trọng", unit="percent", decimals=1),
    ]
    return cells(about, table(UID, "san-pham"), overrides, height="sm")


def _stops(plants: Iterable[Plant]) -> Json:
    about = About(
        "Dừng máy trong thời gian đã chọn, giá tỷ đồng (giả định)",
        (0, 24, 24, 12),
        "■ đang dừng, ◆ dừng rồi im lặng, ○ đã xong; giá của cả lần dừng.",
        ("stop_loss", "stop_duration"),
    )
    overrides = [
        override("Nhà máy", mappings=[names(plants)], links=within_desk(UID, "plant", "zone")),
        marked("Dừng", signs(), custom__align="right"),
        override("Lý do", mappings=[words(STOP_REASONS)]),
        override("Mất, tỷ", unit="locale", decimals=1),
    ]
    return cells(about, table(UID, "dung-may"), overrides, height="sm")
