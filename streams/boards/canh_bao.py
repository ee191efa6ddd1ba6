"""Board *Cảnh báo và dữ liệu*: what is alarming, and whether numbers of other boards can be trusted."""

from typing import Final

from streams.annotations import ABOUT_DATA, REPLAY
from streams.boards.annotations import annotations
from streams.boards.links import to_boards
from streams.boards.looks import fixed, names, signs, words
from streams.boards.panels import About, Json, board, config, override
from streams.boards.queries import table, timeseries
from streams.boards.shapes import Size, cells, delay, freshness, marked, numbers, stacks
from streams.registry import Registry
from streams.vocabulary import CAUSES, FINDINGS, INDICATORS, REASONS, RESTATED, SYSTEMS, TOPICS

UID: Final = "canh-bao"

_HOURS: Final = 3
_SHADES: Final = ("blue", "light-blue", "purple", "super-light-purple", "#8E95A3", "dark-blue")


def canh_bao(registry: Registry) -> Json:
    """Give the board; places are those of the registry."""
    panels = [
        _headline(),
        _alerts(),
        _sources(registry),
        _records(),
        delay(UID, f"Từ sự kiện đến lúc nhận, {_HOURS} giờ (giây)", (19, 13, 5, 7)),
        _declarations(),
        _bad(),
        _restated(),
        freshness((19, 20, 5, 7), Size(34, 18, "horizontal")),
    ]
    described = "Cảnh báo đang mở và vừa hết, và dữ liệu có đủ, đúng và mới không."
    span = {"from": f"now-{_HOURS}h", "to": "now"}
    links = to_boards("chi-tiet-du-lieu")
    shown = annotations([REPLAY], ABOUT_DATA)
    return board(
        UID,
        "Cảnh báo và dữ liệu",
        described,
        panels,
        time=span,
        refresh="30s",
        links=links,
        annotations=shown,
    )


def _headline() -> Json:
    about = About(
        "Dữ liệu lúc này",
        (0, 0, 24, 4),
        "● tốt, ◆ cần chú ý, ■ xấu, ○ chưa đủ để đánh giá. Đến muộn: nhận sau 15 phút; vẫn được tính vào đúng"
        " giờ của nó. Tờ khai: hôm qua và hôm nay, hai hệ thống khớp nhau trong 1 giờ.",
        ("data_age", "late_events", "dead_letters", "findings", "match_rate_60"),
    )
    look = config({"color": fixed("text"), "mappings": signs()})
    return numbers(about, table(UID, "so-chinh"), look, Size(title_px=20))


def _alerts() -> Json:
    about = About(
        "Cảnh báo đang mở, và vừa hết",
        (0, 4, 14, 9),
        "■ nghiêm trọng, ◆ cảnh báo, ● tin, ○ không còn số liệu để đánh giá, hoặc 3 phút chưa ai đánh giá;"
        " nặng nhất và mới nhất trước. Sau đó ○ vừa hết, đính chính hoặc đổi trạng thái trong 24 giờ;"
        " cả tuần: bảng chi tiết. Quy tắc: deploy/alerts.toml; việc cần làm: deploy/runbook.md.",
        ("alert_phase", "alert_duration", "alert_ending"),
    )
    return cells(about, table(UID, "canh-bao"), [marked("Mức", signs())], height="md")


def _sources(registry: Registry) -> Json:
    about = About(
        "Nguồn dữ liệu im lặng lâu nhất",
        (14, 4, 10, 9),
        "Nhà máy báo mỗi 5 phút (im lặng từ 15 phút), điều hành cửa khẩu mỗi 30 phút trong giờ làm việc (im"
        " lặng từ 90 phút); các nguồn khác tùy lượng xe (○).",
        ("last_event", "data_age"),
    )
    overrides = [
        override("Nơi", mappings=[names((*registry.gates, *registry.zones))]),
        override("Hệ thống", mappings=[words(SYSTEMS), names(registry.plants)]),
        marked("Mới nhất", signs()),
    ]
    return cells(about, table(UID, "nguon"), overrides, height="md")


def _records() -> Json:
    about = About(
        f"Bản ghi nhận được mỗi 5 phút, {_HOURS} giờ",
        (13, 13, 6, 7),
        "Theo chủ đề Kafka, theo lúc nhận; bản ghi bị loại không có ở đây.",
        ("accepted_events",),
    )
    named = zip(TOPICS.items(), _SHADES, strict=True)
    return stacks(about, timeseries(UID, "duong-ong"), named, decimals=0, interval="5m")


def _declarations() -> Json:
    about = About(
        "Đối chiếu tờ khai hai hệ thống (≥ 95 % khớp trong 1 giờ)",
        (0, 13, 13, 7),
        "Theo ngày đăng ký. Rủi ro: giá trị có thể bị tính hai lần. ○ chưa đủ 20 tờ khai để đánh giá.",
        ("match_rate_60", "declarations_by_state", "value_at_risk"),
    )
    overrides = [
        marked("Khớp 1 giờ", signs(), custom__align="right"),
        override("Tờ khai", unit="locale"),
        override("Rủi ro, nghìn USD", unit="locale", decimals=1),
    ]
    return cells(about, table(UID, "doi-chieu"), overrides, height="md")


def _bad() -> Json:
    about = About(
        "Bản ghi bị loại và mâu thuẫn",
        (0, 20, 10, 7),
        "Bị loại: trái hợp đồng dữ liệu, không nằm trong số liệu nào cho tới khi gửi lại. Mâu thuẫn: hai sự"
        " kiện nói khác nhau về một việc. Chưa xử lý: kể cả từ trước 7 ngày.",
        ("dead_letters", "findings"),
    )
    overrides = [
        override("Lý do", mappings=[words({**REASONS, **FINDINGS})]),
        *(override(name, unit="locale") for name in ("24 giờ", "7 ngày")),
        marked("Chưa xử lý", signs(), custom__align="right"),
        override("Mới nhất", custom__align="right"),
    ]
    return cells(about, table(UID, "ban-ghi-loai"), overrides, height="md")


def _restated() -> Json:
    about = About(
        "Số liệu đã công bố và đã thay đổi, 7 ngày",
        (10, 20, 9, 7),
        "Toàn tỉnh: số liệu của ngày nay khác lần công bố đầu (15 phút sau khi hết ngày, giả định), và vì"
        " sao.",
        ("restated_by", "restating_events"),
    )
    overrides = [
        override("Số liệu", mappings=[words({**INDICATORS, **RESTATED})]),
        override("Vì sao", mappings=[words(CAUSES)]),
        override("Thay đổi", custom__align="right"),
        override("Sự kiện", unit="locale"),
    ]
    return cells(about, table(UID, "dinh-chinh"), overrides, height="md")
