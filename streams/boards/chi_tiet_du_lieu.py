"""The desk's board behind *Cảnh báo và dữ liệu*: records, alerts, dead letters, sources."""

from typing import Final

from streams.annotations import ABOUT_DATA, REPLAY
from streams.boards import canh_bao
from streams.boards.annotations import annotations
from streams.boards.looks import SHADES, names, signs, words
from streams.boards.panels import About, Json, desk, override
from streams.boards.queries import table, timeseries
from streams.boards.shapes import cells, delay, freshness, marked, stacks
from streams.boards.variables import reason, topic
from streams.registry import Registry
from streams.vocabulary import REASONS, SYSTEMS, TOPICS

UID: Final = "chi-tiet-du-lieu"


def chi_tiet_du_lieu(registry: Registry) -> Json:
    """Give the board; places are those of the registry."""
    panels = [
        _records(),
        delay(UID, "Từ sự kiện đến lúc nhận (giây)", (12, 0, 12, 12)),
        _alerts(),
        _dead(),
        _sources(registry),
        freshness((0, 50, 24, 3)),
    ]
    wall = canh_bao.UID, "Cảnh báo và dữ liệu"
    chosen = [topic(), reason()]
    span = {"from": "now-6h", "to": "now"}
    shown = annotations([REPLAY], ABOUT_DATA)
    return desk(
        UID, "Chi tiết dữ liệu", wall, panels, templating={"list": chosen}, time=span, annotations=shown
    )


def _records() -> Json:
    about = About(
        "Bản ghi nhận được",
        (0, 0, 12, 12),
        "Theo chủ đề Kafka, theo lúc nhận; bản ghi bị loại không có ở đây.",
        ("accepted_events",),
    )
    named = zip(TOPICS.items(), SHADES, strict=False)
    return stacks(about, timeseries(UID, "ban-ghi"), named, decimals=0, interval="5m")


def _alerts() -> Json:
    about = About(
        "Cảnh báo trong thời gian đã chọn, nhiều nhất 7 ngày",
        (0, 12, 24, 15),
        "Đang mở và đã hết, mới phát trước. Đính chính: số liệu đến sau cho thấy cảnh báo sai. Im lặng: phát"
        " trong lúc nạp lịch sử, không báo ai.",
        ("alert_ending", "alert_duration", "alert_told"),
    )
    overrides = [
        marked("Mức", signs()),
        marked("Kết thúc", signs()),
        override("Kéo dài", custom__align="right"),
        override("Người nhận", custom__align="right"),
    ]
    return cells(about, table(UID, "canh-bao"), overrides, height="sm")


def _dead() -> Json:
    about = About(
        "Bản ghi bị loại, mới nhất",
        (0, 27, 12, 23),
        "Xem từng bản ghi, gửi lại hay bỏ: `kpi dlq`.",
        ("dead_letters",),
    )
    overrides = [
        override("Chủ đề", mappings=[words(TOPICS)]),
        override("Lý do", mappings=[words(REASONS)]),
        marked("Xử lý", signs()),
    ]
    return cells(about, table(UID, "ban-ghi-loai"), overrides, height="sm")


def _sources(registry: Registry) -> Json:
    about = About(
        "Mọi nguồn, im lặng lâu nhất trước",
        (12, 27, 12, 23),
        "Nhà máy báo mỗi 5 phút, điều hành cửa khẩu mỗi 30 phút trong giờ làm việc; các nguồn khác tùy lượng"
        " xe. ◆ từ 15 phút, ■ từ 90 phút.",
        ("last_event", "data_age"),
    )
    overrides = [
        override("Nơi", mappings=[names((*registry.gates, *registry.zones))]),
        override("Hệ thống", mappings=[words(SYSTEMS), names(registry.plants)]),
        marked("Tuổi", signs(), custom__align="right"),
    ]
    return cells(about, table(UID, "nguon"), overrides, height="sm")
