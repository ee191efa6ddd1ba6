"""Seasons: where Tết lies, what share of a year each day has, and which days are open."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.core.season import SEASONS, WHOLE, curve, tet

YEARS = st.integers(1999, 2100)
INDICATORS = st.sampled_from(sorted(SEASONS))


@pytest.mark.parametrize(
    ("year", "day"),
    [
        (2007, date(2007, 2, 17)),  # the Chinese calendar has 18 February
        (2023, date(2023, 1, 22)),
        (2024, date(2024, 2, 10)),
        (2026, date(2026, 2, 17)),
        (2030, date(2030, 2, 2)),  # the Chinese calendar has 3 February
    ],
)
def test_tet_is_that_of_vietnam(year: int, day: date) -> None:
    """Tết follows the lunar calendar of UTC+7, which is a day earlier than China's now and then."""
    assert day == tet(year)


@pytest.mark.parametrize(
    ("indicator", "days", "share"),
    [
        # 131 of 2,150 M USD in January, 590 by April, 956 by June 2023.
        ("trade_value", 31, 60_930_233),
        ("trade_value", 120, 274_418_605),
        ("trade_value", 181, 444_651_163),
        # 6.8 + 5.9 % of the output by February, 45.8 % by June.
        ("industrial_output", 59, 127_000_000),
        ("industrial_output", 181, 458_000_000),
    ],
)
def test_the_base_year_is_the_published_one(indicator: str, days: int, share: int) -> None:
    """In 2023 the months have the shares that were published or assumed, rounded to a billionth."""
    year = curve(indicator, 2023)

    assert year is not None
    assert share == year.share_before(days)


def test_a_late_tet_moves_value_from_january_to_february() -> None:
    """Tết fell into January in 2023 and into February in 2024: January is planned higher then."""
    early, late = curve("trade_value", 2023), curve("trade_value", 2024)

    assert early is not None
    assert late is not None
    assert early.share_before(31) < late.share_before(31)
    # By mid March both are over: what differs is the weekdays.
    assert late.share_before(75) == pytest.approx(early.share_before(74), rel=0.02)


def test_gates_are_closed_on_the_five_days_of_tet() -> None:
    """From the day before Tết to the third day after gates are closed; plants never are."""
    gates, plants = curve("trade_value", 2024), curve("industrial_output", 2024)

    assert gates is not None
    assert plants is not None
    # Tết is the 41st day: 39 open days before its eve, 39 by the 44th day, 40 on the 45th.
    assert [39, 39, 39, 40] == [gates.open_before(n) for n in (39, 40, 44, 45)]
    assert (361, 366) == (gates.open_before(366), plants.open_before(366))


def test_what_does_not_add_up_has_no_season() -> None:
    """A service time is no sum over a year."""
    assert curve("booth_service_time", 2026) is None


@given(INDICATORS, YEARS)
def test_every_day_of_every_year_has_its_share(indicator: str, year: int) -> None:
    """Shares rise every day to exactly the whole; open days rise by at most one a day."""
    season = curve(indicator, year)

    assert season is not None
    assert (date(year, 12, 31) - date(year, 1, 1)).days + 1 == season.days
    assert all(a < b for a, b in zip((0, *season.shares), season.shares, strict=False))
    assert WHOLE == season.shares[-1]
    assert {0, 1} >= {b - a for a, b in zip((0, *season.open_days), season.open_days, strict=False)}


@given(INDICATORS, YEARS, st.integers(1, WHOLE))
def test_a_share_is_reached_on_its_day(indicator: str, year: int, share: int) -> None:
    """The day of a share is the first by whose end it is planned; more than the whole is never reached."""
    season = curve(indicator, year)
    assert season is not None
    day = season.day_of_share(share)

    assert day is not None
    assert season.share_before(day) < share <= season.shares[day]
    assert season.day_of_share(WHOLE + share) is None
