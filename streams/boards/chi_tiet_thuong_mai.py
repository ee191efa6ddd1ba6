"""The desk's board behind *Thương mại*: trade by day, goods and gate, of what is chosen."""

from collections.abc import Iterable
from typing import Final

from streams.annotations import ABOUT_TRADE, REPLAY
from streams.boards import thuong_mai
from streams.boards.annotations import annotations
from streams.boards.links import within_desk
from streams.boards.looks import SHADES, TRADE, fixed, names, words
from streams.boards.panels import About, Json, desk, override
from streams.boards.queries import table, timeseries
from streams.boards.shapes import bars, cells, freshness, stacks
from streams.boards.variables import direction, gate, regime
from streams.registry import Gate, Registry
from streams.vocabulary import DIRECTIONS, REGIMES

UID: Final = "chi-tiet-thuong-mai"


def chi_tiet_thuong_mai(registry: Registry) -> Json:
    """Give the board; gates are those of the registry."""
    panels = [_days(), _regimes(), _goods(), _gates(registry.gates), freshness((0, 28, 24, 3))]
    wall = thuong_mai.UID, "Thương mại"
    chosen = [gate(registry), direction(), regime()]
    span = {"from": "now-30d", "to": "now"}
    shown = annotations([REPLAY], ABOUT_TRADE)
    return desk(
        UID, "Chi tiết thương mại", wall, panels, templating={"list": chosen}, time=span, annotations=shown
    )


def _days() -> Json:
    about = About(
        "Giá trị từng ngày theo loại hình (triệu USD)",
        (0, 0, 14, 12),
        "Các cửa khẩu, chiều và loại hình đã chọn, chồng lên nhau.",
        ("trade_value",),
    )
    named = zip(REGIMES.items(), SHADES, strict=False)
    return stacks(about, timeseries(UID, "tung-ngay"), named, decimals=1, interval="24h")


def _regimes() -> Json:
    about = About(
        "Theo loại hình",
        (14, 0, 10, 12),
        "Cả thời gian đã chọn.",
        ("trade_value", "regime_share"),
    )
    look = {"unit": "suffix:triệu USD", "decimals": 1, "color": fixed(TRADE), "mappings": [words(REGIMES)]}
    return bars(about, table(UID, "loai-hinh"), look)


def _goods() -> Json:
    about = About(
        "Mặt hàng có giá trị nhất",
        (0, 12, 14, 16),
        "Theo mã HS đã khai, cả thời gian đã chọn.",
        ("trade_value", "trade_mass"),
    )
    overrides = [
        override("Triệu USD", unit="locale", decimals=1),
        override("Tỷ trọng", unit="percent", decimals=1),
        override("Nghìn tấn", unit="locale", decimals=1),
        override("USD/tấn", unit="locale", decimals=0),
    ]
    return cells(about, table(UID, "mat-hang"), overrides, height="sm")


def _gates(gates: Iterable[Gate]) -> Json:
    about = About(
        "Theo cửa khẩu và chiều",
        (14, 12, 10, 16),
        "Cả thời gian đã chọn.",
        ("trade_value", "trade_mass"),
    )
    overrides = [
        override("Cửa khẩu", mappings=[names(gates)], links=within_desk(UID, "gate", "direction", "regime")),
        override("Chiều", mappings=[words(DIRECTIONS)]),
        override("Triệu USD", unit="locale", decimals=1),
        override("Tỷ trọng", unit="percent", decimals=1),
        override("Nghìn tấn", unit="locale", decimals=1),
    ]
    return cells(about, table(UID, "cua-khau"), overrides, height="sm")
