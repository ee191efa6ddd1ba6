"""Time within opening hours: worked out by hand, and against minutes that are counted one by one."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from streams.clock import HANOI
from streams.core.opening import OpeningHours, minutes_of, open_ms

MINUTE = 60_000
KIM_THANH = OpeningHours(minutes_of("07:00"), minutes_of("22:00"))
ALWAYS = OpeningHours(minutes_of("00:00"), minutes_of("24:00"))
HOURS = st.tuples(st.integers(0, 1439), st.integers(0, 1440)).map(OpeningHours._make)
MOMENTS = st.datetimes(datetime(2000, 1, 1), datetime(2050, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


def at(day: int, clock_time: str) -> int:
    """Give a Hanoi time in March 2026, in ms."""
    hours, minutes = map(int, clock_time.split(":"))
    return int(datetime(2026, 3, day, hours, minutes, tzinfo=HANOI).timestamp() * 1000)


def test_a_night_in_between_does_not_count() -> None:
    """Arrived 21:00, crossed 08:30 the next day: one hour before closing, one and a half after opening."""
    assert 150 * MINUTE == open_ms(at(2, "21:00"), at(3, "08:30"), KIM_THANH)


def test_only_what_is_within_the_hours_counts() -> None:
    """Before opening, after closing, over a weekend of days, at a gate that never closes."""
    assert 0 == open_ms(at(2, "03:00"), at(2, "06:59"), KIM_THANH)
    assert 0 == open_ms(at(2, "22:00"), at(3, "07:00"), KIM_THANH)
    assert 45 * 60 * MINUTE == open_ms(at(2, "00:00"), at(5, "00:00"), KIM_THANH)
    assert 27 * 60 * MINUTE == open_ms(at(2, "21:00"), at(4, "00:00"), ALWAYS)


def test_hours_may_reach_over_midnight() -> None:
    """Open from 20:00 to 04:00: from noon to noon that is eight hours, from 23:00 to 02:00 three."""
    night = OpeningHours(minutes_of("20:00"), minutes_of("04:00"))

    assert 8 * 60 * MINUTE == open_ms(at(2, "12:00"), at(3, "12:00"), night)
    assert 3 * 60 * MINUTE == open_ms(at(2, "23:00"), at(3, "02:00"), night)


@given(MOMENTS, st.integers(0, 3 * 1440), HOURS)
def test_every_minute_is_open_or_not(start: datetime, minutes: int, hours: OpeningHours) -> None:
    """The open time is that of the minutes between, each looked at on the clock."""
    first = int(start.timestamp()) // 60 * MINUTE
    local = (first // MINUTE + 7 * 60) % 1440
    counted = sum(_is_open((local + n) % 1440, hours) for n in range(minutes))

    assert counted * MINUTE == open_ms(first, first + minutes * MINUTE, hours)


def _is_open(minute: int, hours: OpeningHours) -> bool:
    if hours.opens < hours.closes:
        return hours.opens <= minute < hours.closes
    return minute >= hours.opens or minute < hours.closes


@given(MOMENTS, MOMENTS, MOMENTS, HOURS)
def test_open_time_adds_up_and_is_never_longer_than_time(
    one: datetime, other: datetime, third: datetime, hours: OpeningHours
) -> None:
    """Cut anywhere, the parts make the whole; none is negative or longer than the wall clock says."""
    start, middle, end = (int(moment.timestamp() * 1000) for moment in sorted((one, other, third)))
    parts = open_ms(start, middle, hours), open_ms(middle, end, hours)

    assert sum(parts) == open_ms(start, end, hours)
    assert all(0 <= part for part in parts)
    assert parts[0] <= middle - start
