"""Board *Thương mại*: what trade is made of, and how it stands against last year."""

from typing import Final

from streams.annotations import ABOUT_TRADE, REPLAY
from streams.boards.annotations import annotations
from streams.boards.links import to_boards
from streams.boards.looks import QUIET, TRADE, fixed, paint, words
from streams.boards.panels import About, Json, board, config, override
from streams.boards.queries import table, timeseries
from streams.boards.shapes import bars, cells, dashed, freshness, line_style, lines, numbers
from streams.registry import Registry
from streams.vocabulary import REGIMES

UID: Final = "thuong-mai"

_COMPARED: Final = [paint("^▲ ", "green", 0), paint("^▼ hơi", "orange", 1), paint("^▼ ", "red", 2)]
_LIKE_LAST_YEAR: Final = override("Cùng kỳ", unit="percent", decimals=0)


def thuong_mai(_: Registry) -> Json:
    """Give the board; names of gates and goods come with the data."""
    panels = [
        _headline(),
        _last_year(),
        _regimes(),
        _goods(),
        _gates(),
        freshness((12, 24, 12, 3)),
    ]
    described = "Giá trị qua cửa khẩu gồm những gì, và so với năm trước."
    shown = annotations([REPLAY], ABOUT_TRADE)
    return board(
        UID,
        "Thương mại",
        described,
        panels,
        refresh="1m",
        links=to_boards("chi-tiet-thuong-mai"),
        annotations=shown,
    )


def _headline() -> Json:
    about = About(
        "Giá trị hàng hóa qua cửa khẩu (* lịch mở cửa là giả định)",
        (0, 0, 24, 5),
        "So cùng kỳ: cùng số ngày mở cửa, hoặc cùng vị trí trong mùa so với Tết. ▲ bằng hoặc hơn năm trước,"
        " ▼ hơi thấp dưới 100 %, ▼ dưới 95 %.",
        ("trade_value", "last_year_percent", "last_year_season_percent"),
    )
    look = config(
        {"color": fixed("text"), "mappings": _COMPARED},
        [
            override("Hôm nay", unit="suffix:triệu USD", decimals=2),
            override("Tháng này", unit="suffix:triệu USD", decimals=1),
            override("Từ đầu năm", unit="suffix:triệu USD", decimals=0),
        ],
    )
    return numbers(about, table(UID, "so-chinh"), look)


def _last_year() -> Json:
    about = About(
        "Lũy kế so với năm trước (triệu USD)",
        (0, 5, 12, 11),
        "Từ 1/1 đến hết từng ngày; năm trước trên cùng ngày dương lịch. Điểm cuối của năm nay là lúc này.",
        ("trade_value", "last_year"),
    )
    look = config(
        {"unit": "locale", "decimals": 0, "min": 0, "custom": line_style(4)},
        [
            override("Năm nay", color=fixed(TRADE)),
            override("Năm trước", color=fixed(QUIET), **dashed(3)),
        ],
    )
    return lines(about, timeseries(UID, "cung-ky"), look)


def _regimes() -> Json:
    about = About(
        "Theo loại hình, từ đầu năm",
        (12, 5, 12, 11),
        "Các phần cộng lại bằng tổng; sau đó là phần của tổng, và phần trăm của cùng kỳ năm trước đến hết hôm"
        " qua.",
        ("regime_share", "trade_value"),
    )
    look = {"unit": "suffix:triệu USD", "decimals": 1, "color": fixed(TRADE), "mappings": [words(REGIMES)]}
    return bars(about, table(UID, "loai-hinh"), look, title_px=22, value_px=26)


def _goods() -> Json:
    about = About(
        "Mặt hàng có giá trị nhất, từ đầu năm",
        (0, 16, 12, 11),
        "Theo mã HS đã khai. Cùng kỳ: phần trăm của năm trước, cùng ngày dương lịch, đến hết hôm qua.",
        ("trade_value", "trade_mass"),
    )
    overrides = [
        override("Triệu USD", unit="locale", decimals=1),
        override("Tỷ trọng", unit="percent", decimals=1),
        override("Nghìn tấn", unit="locale", decimals=1),
        _LIKE_LAST_YEAR,
    ]
    return cells(about, table(UID, "mat-hang"), overrides, height="md")


def _gates() -> Json:
    about = About(
        "Theo cặp cửa khẩu, từ đầu năm",
        (12, 16, 12, 8),
        "Giá trị mỗi chiều, lượt xe, tỷ lệ xe có hàng. Cùng kỳ: phần trăm của năm trước đến hết hôm qua.",
        ("trade_value", "loaded_and_empty", "loaded_percent"),
    )
    overrides = [
        override("Ra, triệu USD", unit="locale", decimals=1),
        override("Vào, triệu USD", unit="locale", decimals=1),
        override("Lượt xe", unit="locale", decimals=0),
        override("Có hàng", unit="percent", decimals=0),
        _LIKE_LAST_YEAR,
    ]
    return cells(about, table(UID, "cap-cua-khau"), overrides)
