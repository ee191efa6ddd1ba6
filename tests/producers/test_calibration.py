"""The world stands near the public figures that it is calibrated to."""

import statistics
from collections import Counter
from datetime import date, timedelta
from itertools import pairwise

import pytest

from producers.simulate.calendar import MINUTE_MS, share_of_month, tet
from producers.simulate.commodities import COMMODITIES, MONTH_VALUE_MUSD, value_scale, vehicles_on
from producers.simulate.lanes import Served, booth_service
from producers.simulate.plants import plant_events
from producers.simulate.stops import stops_of_year
from producers.simulate.visits import Visit
from producers.simulate.world import World
from streams.codes import container_number_is_valid
from streams.registry import load_registry

REGISTRY = load_registry()
KIM_THANH = REGISTRY.gate_by_slug["kim-thanh"]
WEEK = [date(2026, 5, 4) + timedelta(days=n) for n in range(7)]


@pytest.fixture(scope="module")
def world() -> World:
    """Give an ordinary world."""
    return World(REGISTRY, 7)


@pytest.fixture(scope="module")
def visits(world: World) -> list[Visit]:
    """Give who came to Kim Thành in that week."""
    return [visit for day in WEEK for visit in world.gate_day("kim-thanh", day).visits]


@pytest.fixture(scope="module")
def served(world: World) -> list[list[Served]]:
    """Give who was served at Kim Thành on each day of that week."""
    return [world.passes("kim-thanh", day).served for day in WEEK]


def test_2023_is_expected_at_its_public_months() -> None:
    """Expected vehicles times value give each published month of 2023 and 2.15 bn USD."""
    months = [0.0] * 12
    day = date(2023, 1, 1)
    while day.year == 2023:
        for number, commodity in enumerate(COMMODITIES):
            months[day.month - 1] += vehicles_on(number, day) * commodity.usd * value_scale() / 1e6
        day += timedelta(days=1)

    assert list(MONTH_VALUE_MUSD) == pytest.approx(months, rel=0.01)
    assert sum(months) == pytest.approx(2150, rel=0.001)


def test_each_class_keeps_its_vehicles_over_the_year() -> None:
    """Fitting the months moves no class's year by more than a tenth."""
    days = [date(2023, 1, 1) + timedelta(days=n) for n in range(365)]

    for number, commodity in enumerate(COMMODITIES):
        assert sum(vehicles_on(number, day) for day in days) == pytest.approx(commodity.vehicles, rel=0.1)


def test_a_week_at_kim_thanh(visits: list[Visit]) -> None:
    """About 420 to 550 vehicles a day in May, near 72 % of them loaded, as many out as in."""
    loaded = sum(visit.load is not None for visit in visits) / len(visits)
    outbound = sum(visit.direction == "outbound" for visit in visits) / len(visits)

    assert 420 * 7 < len(visits) < 550 * 7
    assert loaded == pytest.approx(0.72, abs=0.03)
    assert outbound == pytest.approx(0.49, abs=0.06)


def test_channels_have_their_shares_and_medians(visits: list[Visit]) -> None:
    """62, 33 and 5 % of the papers are green, yellow and red; yellow takes 75 minutes, green 3."""
    papers = [visit.paperwork for visit in visits if visit.paperwork]
    shares = Counter(paper.stages[-1].channel for paper in papers)
    minutes: dict[str, list[float]] = {"green": [], "yellow": [], "red": []}
    for paper in papers:
        minutes[str(paper.stages[-1].channel)].append((paper.end_ms - paper.stages[0].at_ms) / MINUTE_MS)

    assert shares["green"] / len(papers) == pytest.approx(0.62, abs=0.04)
    assert shares["red"] / len(papers) == pytest.approx(0.05, abs=0.02)
    assert statistics.median(minutes["green"]) == pytest.approx(3, rel=0.15)
    assert statistics.median(minutes["yellow"]) == pytest.approx(75, rel=0.15)


def test_booth_service_went_from_five_minutes_to_under_two(served: list[list[Served]]) -> None:
    """4.9 minutes before the platform, 1.45 after it; a sampled week agrees."""
    minutes = [(s.end_ms - s.start_ms) / MINUTE_MS for day in served for s in day]

    assert booth_service(date(2023, 1, 1))[0] == pytest.approx(4.9, rel=0.03)
    assert booth_service(date(2024, 3, 27))[0] == pytest.approx((4.9 * 1.45) ** 0.5, rel=0.05)
    assert statistics.median(minutes) == pytest.approx(1.45, rel=0.05)
    assert sum(m <= 2 for m in minutes) / len(minutes) == pytest.approx(0.82, abs=0.03)


def test_a_lane_serves_one_vehicle_at_a_time(served: list[list[Served]]) -> None:
    """No lane starts a vehicle before it has ended the one before."""
    for day in served:
        for lane in KIM_THANH.lanes:
            mine = sorted((s.start_ms, s.end_ms) for s in day if s.lane_id == lane)
            assert mine
            assert all(before[1] <= after[0] for before, after in pairwise(mine))


def test_a_queue_is_first_in_first_out(served: list[list[Served]]) -> None:
    """Who was ready first starts first, nobody starts before being ready, and some do wait."""
    waits = []
    for day in served:
        for direction in ("outbound", "inbound"):
            mine = [s for s in day if s.visit.direction == direction]
            assert sorted(s.start_ms for s in mine) == [s.start_ms for s in mine]
            waits += [s.start_ms - s.visit.ready_ms for s in mine]

    assert min(waits) >= 0
    assert sum(wait > 0 for wait in waits) > len(waits) / 20


def test_everybody_is_served_or_refused_once(world: World, served: list[list[Served]]) -> None:
    """Those of a day are served on that day or left over for the next, none twice."""
    today = [s.visit.visit_id for s in served[0]]
    tomorrow = {s.visit.visit_id for s in served[1]}
    left = {visit.visit_id for visit in world.waiting("kim-thanh", WEEK[1])}
    before = {visit.visit_id for visit in world.waiting("kim-thanh", WEEK[0])}
    came = before | {v.visit_id for v in world.gate_day("kim-thanh", WEEK[0]).visits if not v.refused}

    assert len(today) == len(set(today))
    assert came - left == set(today)
    assert left < tomorrow


def test_visit_ids_sort_by_time_and_containers_have_check_digits(visits: list[Visit]) -> None:
    """Ids of a direction rise with arrival, fit 40 characters; container numbers hold."""
    outbound = [visit for visit in visits if visit.direction == "outbound"]
    numbers = [visit.vehicle.partition('"container_no":"')[2][:11] for visit in visits]

    assert sorted(v.visit_id for v in outbound) == [v.visit_id for v in outbound]
    assert max(len(visit.visit_id) for visit in visits) <= 40
    assert all(container_number_is_valid(number) for number in numbers if number)
    assert any(numbers)


def test_tet_is_quiet_and_the_week_before_is_not() -> None:
    """A day before the new year the border rests; four days earlier it is busier than usual."""
    assert share_of_month(tet(2026)) < 0.2 * share_of_month(tet(2026) - timedelta(days=5))


@pytest.mark.parametrize(
    ("year", "new_year"),
    [
        pytest.param(1985, date(1985, 1, 21), id="a month before China's"),
        pytest.param(2007, date(2007, 2, 17), id="a day before China's"),
        pytest.param(2026, date(2026, 2, 17), id="as in China"),
        pytest.param(2030, date(2030, 2, 2), id="again a day before China's"),
    ],
)
def test_tet_is_that_of_the_vietnamese_calendar(year: int, new_year: date) -> None:
    """The lunar month starts by Hanoi's clock, an hour behind Beijing's."""
    assert new_year == tet(year)


def test_lines_stop_about_as_often_as_assumed() -> None:
    """Over a hundred line-years there are 24 short and 1.5 long stops a year."""
    stops = [stop for year in range(2000, 2100) for stop in stops_of_year("7/normal", "p", "l", year)]
    long_stops = [stop for stop in stops if stop.end_ms - stop.start_ms > 40 * 60 * MINUTE_MS]

    assert len(stops) == pytest.approx(2550, rel=0.02)
    assert len(long_stops) == pytest.approx(150, rel=0.2)


def test_a_plant_that_has_stopped_reports_standstill() -> None:
    """The steel works report 288 windows of nothing, stopped."""
    steel = REGISTRY.plant_by_slug["viet-trung-steel"]
    reports = list(plant_events("7/normal", steel, date(2026, 5, 4), '"simulated":true'))

    assert len(reports) == 288
    assert all(b'"quantity":"0.000000"' in r.value and b'"state":"stopped"' in r.value for r in reports)
