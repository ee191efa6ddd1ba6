"""The sentences of the header and the banner, from a status and the time; pure."""

from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Final, Literal

from streams.wall.feed import PanelState, Status

# Plants report every five minutes: a minute is late, more than that report is silence.
_LATE_S: Final = 60
_SILENT_S: Final = 360
_WEEKDAYS: Final = ("Thứ Hai", "Thứ Ba", "Thứ Tư", "Thứ Năm", "Thứ Sáu", "Thứ Bảy", "Chủ Nhật")
_MINUTE, _HOUR, _DAY = 60, 3600, 86_400


@dataclass(frozen=True)
class Freshness:
    """How fresh the data is, in words and in one of three grades."""

    text: str
    grade: Literal["fresh", "late", "silent"]


def clock_text(now: datetime, zone: tzinfo) -> str:
    """Write the date and the time of the wall's clock."""
    local = now.astimezone(zone)
    return f"{_WEEKDAYS[local.weekday()]} {local:%d/%m/%Y}  {local:%H:%M:%S}"


def age_text(seconds: float) -> str:
    """Write an age: seconds, minutes, hours or days."""
    whole = max(int(seconds), 0)
    if whole < _MINUTE:
        return f"{whole} giây"
    if whole < _HOUR:
        return f"{whole // _MINUTE} phút {whole % _MINUTE} giây"
    if whole < _DAY:
        return f"{whole // _HOUR} giờ {whole % _HOUR // _MINUTE} phút"
    return f"{whole // _DAY} ngày {whole % _DAY // _HOUR} giờ"


def freshness(status: Status, now: datetime, zone: tzinfo) -> Freshness:
    """Say as of when the data is, and how late that is now."""
    if status.last_event_at is None:
        return Freshness("Chưa có dữ liệu", "silent")
    age = (now - status.last_event_at).total_seconds()
    at = status.last_event_at.astimezone(zone)
    day = "" if at.date() == now.astimezone(zone).date() else f" ngày {at:%d/%m/%Y}"
    grade: Literal["fresh", "late", "silent"] = (
        "silent" if age > _SILENT_S else "late" if age > _LATE_S else "fresh"
    )
    mark = {"fresh": "●", "late": "▲", "silent": "■"}[grade]
    return Freshness(f"{mark} Dữ liệu đến {at:%H:%M:%S}{day} · trễ {age_text(age)}", grade)


def missing_text(status: Status) -> str:
    """Say that days of the year are missing, so that nobody takes its sums for whole."""
    return f"THIẾU SỐ LIỆU {status.missing_days} NGÀY CỦA NĂM" if status.missing_days else ""


def alerts_text(status: Status) -> str:
    """Say how many alerts are open and how grave, or that nobody looks; nothing when all is well."""
    sign = "■" if status.critical else "◆"
    grave = f", {status.critical} nghiêm trọng" if status.critical else ""
    found = f"{sign} {status.alerts} cảnh báo{grave}" if status.alerts else ""
    return "\n".join(filter(None, [found, "○ CHƯA AI ĐÁNH GIÁ" if status.is_blind else ""]))


def outdated_text(state: PanelState, zone: tzinfo) -> str:
    """Say to the public that numbers could not be brought up to date, and from when they are."""
    if state.drawn_at is None:
        return "Số liệu tạm thời chưa có"
    return f"Số liệu tạm thời chưa cập nhật được, từ {state.drawn_at.astimezone(zone):%H:%M}"


def banner_text(status: Status, now: datetime, zone: tzinfo) -> str:
    """Say that the database is lost, since when, and from when the numbers are; nothing when all is well."""
    if status.lost_since is None:
        return ""
    since = status.lost_since.astimezone(zone)
    lost = f"MẤT KẾT NỐI CƠ SỞ DỮ LIỆU từ {since:%H:%M:%S} ({age_text((now - since).total_seconds())})"
    if status.asked_at is None:
        return f"{lost} · chưa có số liệu · đang thử lại"
    return (
        f"{lost} · số liệu bên dưới là của {status.asked_at.astimezone(zone):%H:%M:%S %d/%m} · đang thử lại"
    )
