"""Periods of reports: where they begin and end, on both clocks, and what they are compared with."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from streams.clock import HANOI
from streams.errors import UsageError
from streams.registry import Shift
from streams.report.periods import Kind, Span, first_shift_of, period_at, span_of

SHIFTS = tuple(
    Shift(slug=slug, vi=vi, starts_at=at, basis="a")
    for slug, vi, at in (
        ("morning", "Ca sáng", "06:00"),
        ("afternoon", "Ca chiều", "14:00"),
        ("night", "Ca đêm", "22:00"),
    )
)


def hanoi(year: int, month: int, day: int, hour: int = 0, minute: int = 0) -> datetime:
    """Give a moment by its Hanoi time, as the clock gives it: in UTC."""
    return datetime(year, month, day, hour, minute, tzinfo=HANOI).astimezone(UTC)


def span(kind: Kind, moment: datetime, at: datetime | None = None) -> Span:
    """Give the span of a moment, as it stands then or later."""
    return span_of(kind, moment, at or moment, SHIFTS)


@pytest.mark.parametrize(
    ("moment", "title", "begin", "end"),
    [
        ((2026, 1, 5, 6), "Ca sáng 05/01/2026", (2026, 1, 5, 6), (2026, 1, 5, 14)),
        ((2026, 1, 5, 13, 59), "Ca sáng 05/01/2026", (2026, 1, 5, 6), (2026, 1, 5, 14)),
        ((2026, 1, 5, 14), "Ca chiều 05/01/2026", (2026, 1, 5, 14), (2026, 1, 5, 22)),
        ((2026, 1, 5, 23), "Ca đêm 05/01/2026", (2026, 1, 5, 22), (2026, 1, 6, 6)),
        ((2026, 1, 1, 5, 59), "Ca đêm 31/12/2025", (2025, 12, 31, 22), (2026, 1, 1, 6)),
    ],
)
def test_a_shift_belongs_to_the_day_on_which_it_began(
    moment: tuple[int, ...], title: str, begin: tuple[int, ...], end: tuple[int, ...]
) -> None:
    """The night crosses midnight, and a year's end too, and keeps its first day."""
    period = period_at(Kind.SHIFT, hanoi(*moment), SHIFTS)

    assert (title, hanoi(*begin), hanoi(*end)) == (period.title, period.begin, period.end)


def test_a_week_over_a_years_end_is_the_iso_one() -> None:
    """1 January 2027 is a Friday of week 53 of 2026, which begins on Monday 28 December."""
    period = period_at(Kind.WEEK, hanoi(2027, 1, 1, 12), SHIFTS)

    assert "Tuần 53 năm 2026" == period.title
    assert (hanoi(2026, 12, 28), hanoi(2027, 1, 4)) == (period.begin, period.end)


def test_days_and_months_turn_over_in_hanoi() -> None:
    """17:30 UTC on 31 January is half past midnight of 1 February there."""
    moment = datetime(2026, 1, 31, 17, 30, tzinfo=UTC)

    assert "Ngày 01/02/2026" == period_at(Kind.DAY, moment, SHIFTS).title
    month = period_at(Kind.MONTH, moment, SHIFTS)
    assert ("Tháng 2 năm 2026", hanoi(2026, 2, 1), hanoi(2026, 3, 1)) == (month.title, month.begin, month.end)


def test_an_hour_on_the_other_side_is_one_later() -> None:
    """The same shift reads 07:00 to 15:00 in Beijing."""
    period = period_at(Kind.SHIFT, hanoi(2026, 1, 5, 7), SHIFTS)
    beijing = ZoneInfo("Asia/Shanghai")

    assert [7, 15] == [moment.astimezone(beijing).hour for moment in (period.begin, period.end)]


@pytest.mark.parametrize(
    ("kind", "moment", "before"),
    [
        (Kind.SHIFT, (2026, 1, 5, 23), "Ca đêm 04/01/2026"),
        (Kind.DAY, (2026, 1, 1, 9), "Ngày 31/12/2025"),
        (Kind.WEEK, (2026, 1, 5, 9), "Tuần 1 năm 2026"),
        (Kind.MONTH, (2026, 1, 31, 9), "Tháng 12 năm 2025"),
    ],
)
def test_it_is_compared_with_the_one_before(kind: Kind, moment: tuple[int, ...], before: str) -> None:
    """A shift with the same one a day earlier, the others with the one that ended as they began."""
    assert before == span(kind, hanoi(*moment)).before.title


def test_while_it_runs_the_same_time_of_both_counts() -> None:
    """At half past ten a morning is compared with the morning before up to half past ten."""
    running = span(Kind.SHIFT, hanoi(2026, 1, 5, 10, 30))

    assert running.running
    assert (hanoi(2026, 1, 5, 10, 30), hanoi(2026, 1, 4, 10, 30)) == (running.end, running.before_end)


def test_once_over_both_count_whole() -> None:
    """31 days of January stand against 31 of December; 28 of February against 31 of January."""
    over = span(Kind.MONTH, hanoi(2026, 2, 10), at=hanoi(2026, 5, 1))

    assert not over.running
    assert (hanoi(2026, 3, 1), hanoi(2026, 2, 1)) == (over.end, over.before_end)


def test_a_longer_month_is_never_compared_beyond_the_shorter_one_before() -> None:
    """On 31 March as much of February counts as there is."""
    assert hanoi(2026, 3, 1) == span(Kind.MONTH, hanoi(2026, 3, 31, 12)).before_end


def test_a_date_alone_means_the_first_shift_of_the_day() -> None:
    """Not the night of the day before, which runs at its midnight."""
    assert hanoi(2026, 1, 5, 6) == first_shift_of(date(2026, 1, 5), SHIFTS)


def test_what_has_not_begun_is_refused() -> None:
    """Nobody reports on tomorrow, nor on shifts that nobody named."""
    now = hanoi(2026, 1, 5, 9)
    with pytest.raises(UsageError, match="ngày 06/01/2026 has not begun"):
        span_of(Kind.DAY, now + timedelta(days=1), now, SHIFTS)
    with pytest.raises(UsageError, match=r"add \[\[shifts\]\]"):
        span_of(Kind.SHIFT, now, now, ())
