"""The sentences of the wall's header and banner."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from streams.wall.feed import PanelState, Status
from streams.wall.words import (
    age_text,
    alerts_text,
    banner_text,
    clock_text,
    freshness,
    missing_text,
    outdated_text,
)

HANOI = ZoneInfo("Asia/Ho_Chi_Minh")
NOW = datetime(2026, 11, 22, 16, 41, 52, tzinfo=UTC)


def test_the_clock_says_the_day() -> None:
    """The clock shows Hanoi's day and time in Vietnamese."""
    assert "Chủ Nhật 22/11/2026  23:41:52" == clock_text(NOW, HANOI)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (-3, "0 giây"),
        (59.9, "59 giây"),
        (61, "1 phút 1 giây"),
        (3660, "1 giờ 1 phút"),
        (90_000, "1 ngày 1 giờ"),
    ],
)
def test_ages(seconds: float, text: str) -> None:
    """An age is told in the two units that matter."""
    assert text == age_text(seconds)


@pytest.mark.parametrize(
    ("age", "grade", "text"),
    [
        (4, "fresh", "● Dữ liệu đến 23:41:48 · trễ 4 giây"),
        (61, "late", "▲ Dữ liệu đến 23:40:51 · trễ 1 phút 1 giây"),
        (361, "silent", "■ Dữ liệu đến 23:35:51 · trễ 6 phút 1 giây"),
        (86_400, "silent", "■ Dữ liệu đến 23:41:52 ngày 21/11/2026 · trễ 1 ngày 0 giờ"),
    ],
)
def test_freshness_is_graded(age: int, grade: str, text: str) -> None:
    """Age is told by words and a sign, not by colour alone."""
    found = freshness(Status(last_event_at=NOW - timedelta(seconds=age)), NOW, HANOI)

    assert (grade, text) == (found.grade, found.text)


def test_no_data_is_said() -> None:
    """Without a single event the header says so."""
    assert "Chưa có dữ liệu" == freshness(Status(), NOW, HANOI).text


def test_no_banner_while_all_is_well() -> None:
    """The banner is for a lost database only."""
    assert banner_text(Status(), NOW, HANOI) == ""


def test_a_lost_database_is_said_with_times() -> None:
    """The banner says since when it is lost, and from when the numbers below are."""
    lost, asked = NOW - timedelta(seconds=65), NOW - timedelta(seconds=70)
    text = banner_text(Status(lost_since=lost, asked_at=asked), NOW, HANOI)

    assert "từ 23:40:47 (1 phút 5 giây)" in text
    assert "là của 23:40:42 22/11" in text
    assert "chưa có số liệu" in banner_text(Status(lost_since=lost), NOW, HANOI)


def test_missing_days_are_said() -> None:
    """While history is filled in nobody may take the year for whole."""
    assert "THIẾU SỐ LIỆU 104 NGÀY CỦA NĂM" == missing_text(Status(missing_days=104))
    assert "" == missing_text(Status())


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (Status(), ""),
        (Status(alerts=2), "◆ 2 cảnh báo"),
        (Status(alerts=3, critical=1), "■ 3 cảnh báo, 1 nghiêm trọng"),
        (Status(is_blind=True), "○ CHƯA AI ĐÁNH GIÁ"),
        (Status(alerts=1, is_blind=True), "◆ 1 cảnh báo\n○ CHƯA AI ĐÁNH GIÁ"),
    ],
)
def test_open_alerts_are_said_by_sign_and_word(status: Status, words: str) -> None:
    """On every board; that nobody looks is said beside what was found before."""
    assert words == alerts_text(status)


def test_the_public_is_told_from_when_numbers_are() -> None:
    """And where there are none, that."""
    assert "Số liệu tạm thời chưa cập nhật được, từ 23:41" == outdated_text(PanelState(drawn_at=NOW), HANOI)
    assert "Số liệu tạm thời chưa có" == outdated_text(PanelState(), HANOI)
