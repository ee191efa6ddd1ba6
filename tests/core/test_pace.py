"""Progress and pace against numbers worked out by hand, and laws that hold for any numbers."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.core.history import History
from streams.core.pace import Pace, needed_per_open_day, pace_of, percent
from streams.core.season import curve
from streams.core.windows import local_midnight

BILLION = 10**9
OUTPUT, TRADE = "industrial_output", "trade_value"


def flat(first: date, last: date, value: int = 1) -> dict[date, int]:
    """Give the same value to each day of a range."""
    return {first + timedelta(days=n): value for n in range((last - first).days + 1)}


def stands(
    target: int, values: dict[date, int], day: date, *, indicator: str = OUTPUT, since: date | None = None
) -> Pace:
    """Say how a target of the day's year stands at the beginning of the day."""
    history = History(values, since or min(values, default=None))
    pace = pace_of(indicator, day.year, target, history, local_midnight(day))
    assert pace is not None
    return pace


@pytest.mark.parametrize(
    ("part", "whole", "expected"),
    [
        pytest.param(2_228_000_000, 3_502_000_000, 63.62, id="trade of 2022 against 2021"),
        pytest.param(2_228_000_000, 4_399_000_000, 50.65, id="trade of 2022 against its plan"),
        pytest.param(32_344 * BILLION, 25_073 * BILLION, 129.0, id="output of the parks against 2021"),
        pytest.param(32_344 * BILLION, 46_023 * BILLION, 70.28, id="the parks in the province in 2022"),
        pytest.param(2_100_000_000, 5_000_000_000, 42.0, id="trade of 2023 against its target"),
        pytest.param(42_564 * BILLION, 51_100 * BILLION, 83.3, id="output of 2023 against its target"),
    ],
)
def test_percent_gives_the_ratios_of_the_source_documents(part: int, whole: int, expected: float) -> None:
    """The figures that the documents print give the ratios that they print."""
    assert percent(part, whole) == pytest.approx(expected, abs=0.005)


def test_a_year_that_is_over_gives_its_published_ratios() -> None:
    """2023 ended at 42 % of 5 bn USD with 94.3 % of 2022, and at 83.3 % of 51,100 bn VND."""
    trade = {date(2022, 6, 1): 2_228_000_000, date(2023, 6, 1): 2_100_000_000}
    over = stands(5 * BILLION, trade, date(2023, 12, 31), indicator=TRADE, since=date(2022, 1, 1))
    done = pace_of(
        TRADE, 2023, 5 * BILLION, History(trade, date(2022, 1, 1)), local_midnight(date(2024, 1, 1))
    )
    output = pace_of(
        OUTPUT,
        2023,
        51_100 * BILLION,
        History({date(2023, 6, 1): 42_564 * BILLION}, date(2023, 1, 1)),
        local_midnight(date(2024, 3, 1)),
    )

    assert done is not None
    assert done.last_year is not None
    assert output is not None
    assert 42.0 == pytest.approx(done.percent)
    assert 2_900_000_000 == done.gap
    assert 94.3 == pytest.approx(done.last_year.open_days_percent, abs=0.05)
    assert 94.3 == pytest.approx(done.last_year.season_percent, abs=0.05)
    assert 83.3 == pytest.approx(output.percent, abs=0.005)
    assert (None, 0) == (done.needed_per_open_day, done.open_days_left)
    assert (1, 2_100_000_000) == (over.open_days_left, over.actual)


def test_the_half_year_by_hand() -> None:
    """On 1 July 2023 45.8 % of the output is planned, and 181 of 365 days are over."""
    pace = stands(
        51_100 * BILLION, {date(2023, 3, 1): 20_000 * BILLION}, date(2023, 7, 1), since=date(2023, 1, 1)
    )

    # 51,100 bn x 0.458, and x 0.495890410 (181 / 365 in whole billionths).
    assert (23_403_800_000_000, 25_339_999_951_000) == (pace.planned, pace.planned_straight)
    assert 0.854562 == pytest.approx(pace.pace, abs=1e-6)
    assert 0.789266 == pytest.approx(pace.pace_straight, abs=1e-6)
    # 20,000 / 51,100 is 39.1389 %, 6.6611 points behind the season.
    assert -6.6611 == pytest.approx(pace.points, abs=1e-4)
    # 31,100 bn on 184 days is 169,021,739,130.4 a day, rounded up.
    assert (181, 184, 169_021_739_131) == (
        pace.open_days_elapsed,
        pace.open_days_left,
        pace.needed_per_open_day,
    )
    assert pace.projection is not None
    # 20,000 bn / 0.458, rounded down.
    assert 43_668_122_270_742 == pace.projection.value
    assert pace.reached_on is None
    assert pace.last_year is None


def test_the_target_is_reached_when_its_share_of_the_season_is() -> None:
    """229 at 45.8 % comes to 250 at 50 %: July brings 8.9 % in 31 days, so on its 15th day."""
    values = {date(2023, 1, 1): 229}

    assert date(2023, 7, 15) == stands(250, values, date(2023, 7, 1)).reached_on
    assert date(2023, 12, 31) == stands(500, values, date(2023, 7, 1)).reached_on
    assert stands(501, values, date(2023, 7, 1)).reached_on is None


def test_a_target_that_is_reached_says_when() -> None:
    """The first day on which the sum is the target; nothing more is needed, the gap is below zero."""
    pace = stands(15, flat(date(2023, 1, 1), date(2023, 1, 20)), date(2023, 2, 1))

    assert (date(2023, 1, 15), 0, -5) == (pace.reached_on, pace.needed_per_open_day, pace.gap)


def test_the_band_goes_from_the_slowest_to_the_fastest_month() -> None:
    """The rest of the year at the rate of each of three months: 54.2 % at 200, 100 and 300 per whole."""
    # Months of 2023 brought 8.4, 8.7, 8.9, ... % of the year; three are known by the end of June.
    values = {date(2023, 4, 5): 162_000, date(2023, 5, 5): 84_000, date(2023, 6, 5): 261_000}
    pace = stands(10**7, values, date(2023, 7, 1), since=date(2023, 4, 1))

    assert pace.projection is not None
    # Known: 507,000 in 25.2 % of the year (April to June), so 54.2 % more bring 1,090,452.38.
    assert 1_597_452 == pace.projection.value
    assert (507_000 + 542_000, 507_000 + 1_626_000) == (pace.projection.low, pace.projection.high)


def test_a_band_needs_three_complete_months() -> None:
    """The month in which the history begins is not complete, nor is the one that runs."""
    values = flat(date(2023, 4, 2), date(2023, 6, 30))
    pace = stands(1000, values, date(2023, 7, 1))

    assert pace.projection is not None
    assert (None, None) == (pace.projection.low, pace.projection.high)


def test_a_band_reaches_back_into_last_year() -> None:
    """Early in a year the twelve months before it say how months differ."""
    values = flat(date(2022, 1, 1), date(2023, 1, 10), 1000)
    pace = stands(400_000, values, date(2023, 1, 11))

    assert pace.projection is not None
    assert pace.projection.low is not None
    assert pace.projection.high is not None
    # 28,000 in February's 5.9 % was the fastest month, 31,000 in December's 9.3 % as slow as 30,000 in 9 %.
    rest = 1 - 0.068 * 10 / 31
    assert 10_000 + 28_000 / 0.059 * rest == pytest.approx(pace.projection.high, abs=2)
    assert 10_000 + 30_000 / 0.090 * rest == pytest.approx(pace.projection.low, abs=2)


def test_open_days_step_over_tet() -> None:
    """31 open days were over on 1 February 2024; with Tết in January of 2023 so many were on 6 February."""
    values = flat(date(2023, 1, 1), date(2024, 1, 31))
    pace = stands(10_000, values, date(2024, 2, 1), indicator=TRADE)

    assert pace.last_year is not None
    assert (31, 36) == (pace.actual, pace.last_year.open_days)


def test_half_a_day_counts_half_of_its_match() -> None:
    """At noon of 2 January one day and a half of last year stand against it."""
    values = flat(date(2023, 1, 1), date(2024, 1, 1), 100)
    noon = local_midnight(date(2024, 1, 2)) + timedelta(hours=12)
    pace = pace_of(OUTPUT, 2024, 1000, History(values, date(2023, 1, 1)), noon)

    assert pace is not None
    assert pace.last_year is not None
    assert 150 == pace.last_year.open_days


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        pytest.param(date(2024, 3, 1), 60, id="after 29 February: 60 days, so 1 March of 2023 too"),
        pytest.param(date(2025, 3, 1), 59, id="the year after: 59 days, so not 29 February 2024"),
        pytest.param(date(2024, 12, 31), 365, id="the 366th day has no match: all of 2023"),
    ],
)
def test_leap_years_are_compared_by_open_days(day: date, expected: int) -> None:
    """29 February is a day like any other."""
    pace = stands(10_000, flat(date(2023, 1, 1), date(2025, 12, 31)), day)

    assert pace.last_year is not None
    assert expected == pace.last_year.open_days


def test_the_season_of_last_year_has_its_own_tet() -> None:
    """Where last year went as its season, it stands at this year's share of the season, Tết or not."""
    season = curve(TRADE, 2023)
    assert season is not None
    first = date(2023, 1, 1)
    values = {first + timedelta(days=n): b - a for n, (a, b) in enumerate(pairwise((0, *season.shares)))}
    for day in (date(2024, 1, 15), date(2024, 2, 9), date(2024, 2, 20), date(2024, 7, 1)):
        pace = stands(10**9, values, day, indicator=TRADE)

        assert pace.last_year is not None
        # The target is a billion, so what is planned of it is the share.
        assert pace.planned == pytest.approx(pace.last_year.season, abs=1)


def test_before_the_year_nothing_is_said() -> None:
    """At the first moment nothing is planned: no pace, no projection, no date, and everything to do."""
    pace = stands(365, {}, date(2023, 1, 1))

    assert (0, 0, None, None, None, None) == (
        pace.actual,
        pace.planned,
        pace.pace,
        pace.pace_straight,
        pace.points,
        pace.projection,
    )
    assert (None, 1, 365) == (pace.reached_on, pace.needed_per_open_day, pace.open_days_left)


def test_a_year_that_is_known_and_brought_nothing_is_behind() -> None:
    """Zero is a value: the pace is 0, the projection is 0, the target is never reached."""
    pace = stands(365, {}, date(2023, 7, 1), since=date(2023, 1, 1))

    assert pace.projection is not None
    assert (0.0, 0, None) == (pace.pace, pace.projection.value, pace.reached_on)


def test_an_unknown_year_is_not_a_year_of_nothing() -> None:
    """Without any history there is neither pace nor projection."""
    pace = stands(365, {}, date(2023, 7, 1))

    assert (None, None, None, None) == (pace.pace, pace.points, pace.projection, pace.last_year)


def test_a_history_that_begins_late_is_projected_from_what_it_covers() -> None:
    """Known since 1 July: 54.2 % minus the rest of the year; December alone is 9.3 %."""
    pace = stands(10**6, {date(2023, 8, 1): 449}, date(2023, 12, 1), since=date(2023, 7, 1))

    assert pace.projection is not None
    # 449 in 44.9 % of the year; 9.3 % more bring 93.
    assert 449 + 93 == pace.projection.value


def test_a_changed_target_moves_the_plan_of_the_whole_year() -> None:
    """The same year against the old and the new record: what it brought stays, plan and pace are re-based."""
    values = {date(2024, 1, 5): 2 * BILLION}
    old, new = (
        stands(target, values, date(2024, 7, 1), indicator=TRADE) for target in (5 * BILLION, 4 * BILLION)
    )

    assert (old.actual, old.projection) == (new.actual, new.projection)
    assert old.pace is not None
    assert new.pace == pytest.approx(old.pace * 5 / 4)
    assert (old.percent, new.percent) == (40.0, 50.0)


def test_what_does_not_add_up_has_no_pace() -> None:
    """A goal for the service time is not reached bit by bit."""
    assert (
        pace_of("booth_service_time", 2026, 120_000, History({}, None), datetime(2026, 3, 1, tzinfo=UTC))
        is None
    )


def test_an_unfinished_year_of_days_needs_its_last_day() -> None:
    """The last day still counts; after it nothing can be asked."""
    assert (50, None, 0) == (
        needed_per_open_day(100, 50, 1),
        needed_per_open_day(100, 50, 0),
        needed_per_open_day(100, 100, 0),
    )


MOMENTS = st.datetimes(datetime(2023, 1, 1), datetime(2025, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001
VALUES = st.dictionaries(st.dates(date(2022, 1, 1), date(2024, 12, 31)), st.integers(0, 10**13), max_size=40)
TARGETS = st.integers(1, 10**14)
KINDS = st.sampled_from([OUTPUT, TRADE])


@given(KINDS, TARGETS, VALUES, MOMENTS)
def test_the_figures_agree_with_each_other(
    kind: str, target: int, values: dict[date, int], at: datetime
) -> None:
    """What is needed closes the gap, the band holds the projection, a date stands where that is enough."""
    pace = pace_of(kind, 2024, target, History(values, date(2022, 1, 1)), at)

    assert pace is not None
    assert pace.actual + pace.gap == target
    assert 0 <= pace.planned <= target
    if pace.needed_per_open_day:
        assert (pace.needed_per_open_day - 1) * pace.open_days_left < pace.gap
        assert pace.gap <= pace.needed_per_open_day * pace.open_days_left
    if pace.projection is not None:
        assert pace.actual <= pace.projection.value
        assert (pace.projection.value >= target) == (pace.reached_on is not None)
    if pace.projection is not None and pace.projection.low is not None and pace.projection.high is not None:
        assert pace.projection.low <= pace.projection.value <= pace.projection.high


@given(KINDS, TARGETS, VALUES, MOMENTS, MOMENTS)
def test_the_plan_only_rises(
    kind: str, target: int, values: dict[date, int], one: datetime, other: datetime
) -> None:
    """Later in a year more is planned, fewer days are left, and last year has brought no less."""
    history = History(values, date(2022, 1, 1))
    early, late = (pace_of(kind, 2024, target, history, at) for at in sorted((one, other)))

    assert early is not None
    assert late is not None
    assert (early.planned, early.planned_straight) <= (late.planned, late.planned_straight)
    assert early.open_days_left >= late.open_days_left
    assert early.last_year is not None
    assert late.last_year is not None
    assert early.last_year.open_days <= late.last_year.open_days
    assert early.last_year.season <= late.last_year.season


@given(KINDS, TARGETS, VALUES, MOMENTS, st.integers(1, 10**12))
def test_more_value_never_looks_worse(
    kind: str, target: int, values: dict[date, int], at: datetime, more: int
) -> None:
    """Additional value on a day never lowers percent, pace or projection, and never moves the date back."""
    history = History(values, date(2022, 1, 1))
    better = History({**values, date(2024, 1, 1): values.get(date(2024, 1, 1), 0) + more}, date(2022, 1, 1))
    before, after = (pace_of(kind, 2024, target, known, at) for known in (history, better))

    assert before is not None
    assert after is not None
    assert before.percent <= after.percent
    assert before.pace is None or after.pace is None or before.pace <= after.pace
    if before.projection is not None and after.projection is not None:
        assert before.projection.value <= after.projection.value
    if before.reached_on is not None:
        assert after.reached_on is not None
        assert after.reached_on <= before.reached_on
