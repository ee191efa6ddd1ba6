"""The views of progress against the pure functions, and against sums made by hand."""

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any, Final

import pytest
from clickhouse_connect.driver.client import Client

from streams import clock
from streams.clickhouse_client import writer
from streams.core.history import History
from streams.core.pace import Pace, pace_of
from streams.core.season import curve
from streams.core.windows import local_midnight
from streams.settings import Settings
from tests.speed import quickest_s

pytestmark = pytest.mark.integration

_TODAY: Final = clock.now().astimezone(clock.HANOI).date()
_YEAR: Final = _TODAY.year
_GATE: Final = {"direction": "outbound", "regime": "export", "hs_chapter": "08", "net_mass_kg": 1, "lines": 1}
_PLANT: Final = {
    "plant_id": "p",
    "line_id": "l",
    "product": "x",
    "price_basis": "unstated",
    "unit": "TNE",
    "reports": 1,
}
_SLOWEST_S: Final = 2.0


@pytest.fixture
def client(settings: Settings) -> Iterator[Client]:
    """Give a client whose tables are empty and whose names are the generation's."""
    with writer(settings, "kpi_g1") as client:
        for table in ("trade_day", "output_day", "revenue_day", "targets", "events"):
            client.command(f"TRUNCATE TABLE {table}")
        yield client


def put(client: Client, table: str, rows: list[dict[str, Any]]) -> None:
    """Insert rows with a partition and a version."""
    whole = [{"topic": "t", "partition": 0, "version": 1, **row} for row in rows]
    client.insert(table, [list(row.values()) for row in whole], column_names=list(whole[0]))


def put_trade(client: Client, gate: str, values: Mapping[date, int]) -> None:
    """Add value through a gate, day by day."""
    put(
        client,
        "trade_day",
        [{**_GATE, "gate_id": gate, "day": d, "value_usd_minor": v} for d, v in values.items()],
    )


def put_output(client: Client, zone: str, values: Mapping[date, int]) -> None:
    """Add output of a zone, day by day."""
    put(
        client,
        "output_day",
        [{**_PLANT, "zone_id": zone, "day": d, "value_vnd": v} for d, v in values.items()],
    )


def put_revenue(client: Client, gate: str, values: Mapping[date, int]) -> None:
    """Add what was paid at a gate, a tenth of it as fees, day by day."""
    place = {"gate_id": gate, "direction": "inbound", "payments": 1}
    put(
        client,
        "revenue_day",
        [{**place, "day": d, "duty_vnd": v - v // 10, "fee_vnd": v // 10} for d, v in values.items()],
    )


def put_target(client: Client, indicator: str, scope: str, year: int, value: int, **rest: Any) -> None:
    """Add a target record, in force from 1 January of its year."""
    record = {"effective_from": date(year, 1, 1), "time": datetime(2020, 1, 1, tzinfo=UTC), **rest}
    words = {"currency": "USD", "qualifier": "eq", "source": "owner", "removed": False}
    known = client.query("SELECT count() FROM targets").result_rows[0][0]
    id_ = f"00000000-0000-0000-0000-{known:012d}"
    row = {
        "indicator": indicator,
        "scope": scope,
        "year": year,
        "value_minor": value,
        "id": id_,
        **record,
        **words,
    }
    put(client, "targets", [row])


def rows_of(client: Client, query: str) -> list[dict[str, Any]]:
    """Run a query and give its rows by column."""
    result = client.query(query, settings={"session_timezone": "UTC"})
    return [dict(zip(result.column_names, row, strict=True)) for row in result.result_rows]


def days(first: date, last: date, seed: int, most: int) -> dict[date, int]:
    """Give a random value to each day of a range."""
    random = Random(seed)  # noqa: S311 - test data
    return {first + timedelta(days=n): random.randint(0, most) for n in range((last - first).days + 1)}


def added(*parts: Mapping[date, int]) -> dict[date, int]:
    """Add values day by day."""
    return {day: sum(part.get(day, 0) for part in parts) for day in {day for part in parts for day in part}}


def expected(pace: Pace) -> dict[str, Any]:
    """Give what the pure functions say, by the columns of the view."""
    plan, year = pace.projection, pace.last_year
    same = ("percent", "pace", "pace_straight", "points", "reached_on")
    counts = ("open_days_elapsed", "open_days_left", "needed_per_open_day")
    money = ("actual", "gap", "planned", "planned_straight")
    return {
        **{name: getattr(pace, name) for name in same + counts},
        **{f"{name}_minor": getattr(pace, name) for name in money},
        "projection": plan and plan.value,
        "projection_low": plan and plan.low,
        "projection_high": plan and plan.high,
        "last_year_minor": year and year.open_days,
        "last_year_percent": year and year.open_days_percent,
        "last_year_season_minor": year and year.season,
        "last_year_season_percent": year and year.season_percent,
    }


@pytest.mark.parametrize(
    "since",
    [
        pytest.param(date(_YEAR - 3, 1, 1), id="years of history"),
        pytest.param(date(_YEAR - 1, 1, 1), id="one year of history"),
        pytest.param(date(_YEAR - 1, 2, 20), id="most of last year"),
        pytest.param(_TODAY - timedelta(days=200), id="some months"),
        pytest.param(_TODAY - timedelta(days=3), id="three days"),
    ],
)
def test_the_view_and_the_pure_functions_agree(client: Client, since: date) -> None:
    """Every figure of every row is what the functions say of the same days at the same moment."""
    trade = {gate: days(since, _TODAY, seed, 10**9) for seed, gate in enumerate(("kim-thanh", "ho-kieu"))}
    output = {
        zone: days(since, _TODAY, seed, 10**11) for seed, zone in enumerate(("tang-loong", "outside-zones"))
    }
    for gate, values in trade.items():
        put_trade(client, gate, values)
    for zone, values in output.items():
        put_output(client, zone, values)
    paid = {gate: days(since, _TODAY, seed, 10**10) for seed, gate in enumerate(("kim-thanh", "ho-kieu"))}
    for gate, values in paid.items():
        put_revenue(client, gate, values)
    scopes = {
        ("trade_value", "lao-cai"): added(*trade.values()),
        ("trade_value", "kim-thanh"): trade["kim-thanh"],
        ("trade_value", "muong-khuong"): {},
        ("industrial_output", "lao-cai"): added(*output.values()),
        ("industrial_output", "parks"): output["tang-loong"],
        ("budget_revenue", "lao-cai"): added(*paid.values()),
        ("budget_revenue", "ho-kieu"): paid["ho-kieu"],
    }
    for indicator, scope in scopes:
        for year in range(_YEAR - 2, _YEAR + 2):
            for value in (10**10, 3 * 10**11, 4 * 10**13):
                put_target(client, indicator, scope, year, value)

    rows = rows_of(client, "SELECT * FROM kpi.progress_by_target")

    assert len(scopes) * 4 * 3 == len(rows)
    for row in rows:
        history = History(scopes[row["indicator"], row["scope"]], since)
        moment = row["planned_at"].replace(tzinfo=UTC)
        pace = pace_of(row["indicator"], row["year"], row["target_minor"], history, moment)
        assert pace is not None
        said = expected(pace)
        assert said == {name: row[name] for name in said}, (row["scope"], row["year"], row["target_minor"])


def test_a_plan_holds_now_or_at_the_edge_of_its_year(client: Client) -> None:
    """This year stands as of now, a past one at its end, a coming one at its beginning."""
    for year in (_YEAR - 1, _YEAR, _YEAR + 1):
        put_target(client, "trade_value", "lao-cai", year, 100)

    at = {
        row["year"]: row["planned_at"].replace(tzinfo=UTC)
        for row in rows_of(client, "SELECT * FROM kpi.progress_by_target")
    }

    assert local_midnight(date(_YEAR, 1, 1)) == at[_YEAR - 1]
    assert timedelta(seconds=30) > clock.now() - at[_YEAR] >= timedelta(0)
    assert local_midnight(date(_YEAR + 1, 1, 1)) == at[_YEAR + 1]


def test_a_changed_target_re_bases_and_the_old_view_stays(client: Client) -> None:
    """A record decided during the year is in force; the earlier one is read beside it, until that day."""
    put_trade(client, "kim-thanh", {date(_YEAR, 1, 1): 1000})
    decided = datetime.combine(_TODAY, datetime.min.time(), clock.HANOI)
    put_target(client, "trade_value", "lao-cai", _YEAR, 5000)
    put_target(client, "trade_value", "lao-cai", _YEAR, 4000, time=decided)

    (now,) = rows_of(client, f"SELECT * FROM kpi.progress WHERE year = {_YEAR}")
    old, new = rows_of(client, "SELECT * FROM kpi.progress_by_target ORDER BY in_force")

    assert (4000, 25.0) == (now["target_minor"], now["percent"])
    assert (5000, 20.0, _TODAY, False) == (old["target_minor"], old["percent"], old["until"], old["in_force"])
    assert (4000, 25.0, None, True) == (new["target_minor"], new["percent"], new["until"], new["in_force"])
    assert old["projection"] == new["projection"]
    assert old["planned_minor"] == pytest.approx(new["planned_minor"] * 5 / 4, abs=2)


def test_a_target_of_later_this_year_is_not_in_force_yet(client: Client) -> None:
    """It can be read beforehand, and says when it takes over."""
    tomorrow = _TODAY + timedelta(days=1)
    put_target(client, "trade_value", "lao-cai", _YEAR, 5000)
    put_target(client, "trade_value", "lao-cai", _YEAR, 4000, effective_from=tomorrow)

    rows = rows_of(client, "SELECT * FROM kpi.progress_by_target ORDER BY target_minor")

    assert [(4000, False, None), (5000, True, tomorrow)] == [
        (row["target_minor"], row["in_force"], row["until"]) for row in rows
    ]


def test_a_carried_target_has_a_pace_too(client: Client) -> None:
    """A year without a record of its own is measured against the last one."""
    put_trade(client, "kim-thanh", {date(_YEAR - 1, 1, 1): 1, _TODAY: 1000})
    put_target(client, "trade_value", "lao-cai", _YEAR - 1, 5000)

    (row,) = rows_of(client, f"SELECT * FROM kpi.progress WHERE year = {_YEAR}")

    assert (True, 20.0) == (row["carried"], row["percent"])
    assert row["pace"] == pytest.approx(1000 / row["planned_minor"])
    assert 1 == row["last_year_minor"]


def test_what_is_not_measured_has_a_target_and_no_pace(client: Client) -> None:
    """A service time does not add up over a year: it has neither figures nor a plan."""
    put_target(client, "booth_service_time", "lao-cai", _YEAR, 120_000)

    (row,) = rows_of(client, "SELECT * FROM kpi.progress")

    figures = (
        "actual_minor",
        "percent",
        "gap_minor",
        "pace",
        "needed_per_open_day",
        "projection",
        "reached_on",
    )
    assert {None} == {row[name] for name in figures}
    assert (None, False) == (row["planned_minor"], row["assumption"])


def test_the_plan_of_each_day_is_the_season(client: Client) -> None:
    """Percent of the year by the end of each day, and the days of Tết closed for the gates."""
    rows = rows_of(
        client,
        "SELECT * FROM kpi.plan_by_day WHERE indicator = 'trade_value' AND toYear(day) = 2024 ORDER BY day",
    )
    season = curve("trade_value", 2024)

    assert season is not None
    assert [share / 10**7 for share in season.shares] == pytest.approx(
        [row["planned_percent"] for row in rows]
    )
    assert list(season.open_days) == [row["open_days_elapsed"] for row in rows]
    assert [date(2024, 2, n) for n in (9, 10, 11, 12, 13)] == [row["day"] for row in rows if not row["open"]]
    assert 100.0 == rows[-1]["straight_percent"]


def test_progress_stays_fast_over_years(client: Client) -> None:
    """Three years of days of five gates, two regimes and twenty chapters: far below the reader's patience."""
    client.command(
        "INSERT INTO trade_day"
        " SELECT toDate({first:Date}) + intDiv(number, 200), 'g' || toString(number % 5), 'outbound',"
        " toString(intDiv(number, 5) % 2), toString(intDiv(number, 10) % 20), 't', number % 4, 100, 1, 1, 1"
        " FROM numbers(200 * 1000)",
        parameters={"first": _TODAY - timedelta(days=999)},
    )
    put_target(client, "trade_value", "lao-cai", _YEAR, 10**9)
    asked = f"SELECT * FROM kpi.progress WHERE year = {_YEAR}"

    (row,) = rows_of(client, asked)

    assert quickest_s(lambda: rows_of(client, asked)) < _SLOWEST_S
    assert 20_000 * ((_TODAY - date(_YEAR, 1, 1)).days + 1) == row["actual_minor"]
