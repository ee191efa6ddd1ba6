"""The forecast of arrivals in SQL, against the pure functions and against figures worked out by hand."""

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any, Final

import pytest
from clickhouse_connect.driver.client import Client

from streams import clock
from streams.clickhouse_client import writer
from streams.core.arrivals import band, factor, profile
from streams.settings import Settings
from tests.speed import quickest_s

pytestmark = pytest.mark.integration

HOUR: Final = timedelta(hours=1)
DAY: Final = timedelta(days=1)
WEEK: Final = timedelta(days=7)
_GATE: Final = "kim-thanh"
_SLOWEST_S: Final = 3.0


@pytest.fixture
def client(settings: Settings) -> Iterator[Client]:
    """Give a client whose tables are empty and whose names are the generation's."""
    with writer(settings, "kpi_g1") as client:
        for table in ("waiting", "declarations"):
            client.command(f"TRUNCATE TABLE {table}")
        yield client


def now() -> datetime:
    """Give the moment to the second."""
    return clock.now().replace(microsecond=0)


def today() -> date:
    """Give the local day."""
    return clock.now().astimezone(clock.HANOI).date()


def hanoi(day: date, hour: int = 0) -> datetime:
    """Give the moment of an hour in Hanoi."""
    return datetime(day.year, day.month, day.day, hour, tzinfo=clock.HANOI).astimezone(UTC)


def arrive(client: Client, arrivals: Mapping[tuple[date, int], int], direction: str = "outbound") -> None:
    """Add arrivals of local days and hours, all of which are gone."""
    rows = [
        (hanoi(*moment), _GATE, direction, "gate.crossing", 0, 0, n, 0, 1) for moment, n in arrivals.items()
    ]
    names = "arrived_at gate_id direction topic partition vehicles arrived turned_back version"
    client.insert("waiting", rows, column_names=names.split())


def declare(client: Client, *events: tuple[int, datetime, str], regime: str = "export") -> None:
    """Add what was said of declarations: number, when, and their status then."""
    known = client.query("SELECT count() FROM declarations").result_rows[0][0]
    rows = [
        (
            *(f"{number:012d}", "digital_gate", f"00000000-0000-0000-0000-{known + n:012d}", time, 1, status),
            *(regime, _GATE, 1, 1, 1, 1, False, "declaration", 0, 1),
        )
        for n, (number, time, status) in enumerate(events)
    ]
    client.insert("declarations", rows)


def rows_of(client: Client, view: str, direction: str = "outbound") -> list[dict[str, Any]]:
    """Give the rows of Kim Thành in a direction, times in UTC."""
    place = f"gate_id = '{_GATE}' AND direction = '{direction}'"
    query = f"SELECT * FROM kpi.{view} WHERE {place} ORDER BY window_start"
    result = client.query(query, settings={"session_timezone": "UTC"})
    return [
        {
            name: value.replace(tzinfo=UTC) if isinstance(value, datetime) else value
            for name, value in zip(result.column_names, row, strict=True)
        }
        for row in result.result_rows
    ]


def steady(weeks: int, vehicles: int) -> dict[tuple[date, int], int]:
    """Give so many vehicles in every hour of some weeks, and a day before them."""
    days = (today() - n * DAY for n in range(1, weeks * 7 + 2))
    return {(day, hour): vehicles for day in days for hour in range(24)}


def test_half_the_declarations_are_half_the_vehicles(client: Client) -> None:
    """25 are usually open at this time, and 10 are: (10 + 5) / (25 + 5) of the 40 vehicles of every hour."""
    arrive(client, steady(4, 40))
    number = iter(range(1000))
    declare(client, (next(number), now() - 30 * DAY, "registered"), (0, now() - 29 * DAY, "released"))
    for week in range(1, 5):
        declare(client, *((next(number), now() - week * WEEK - HOUR, "registered") for _ in range(25)))
    declare(client, *((next(number), now() - HOUR, "amended") for _ in range(10)))
    for over in ("released", "cancelled"):
        gone = next(number)
        declare(client, (gone, now() - HOUR, "registered"), (gone, now() - HOUR / 2, over))

    rows = rows_of(client, "arrivals_forecast")

    assert list(range(12)) == [row["lead_hours"] for row in rows]
    hours = [row["window_start"] for row in rows]
    assert [hours[0] + n * HOUR for n in range(12)] == hours
    assert timedelta() <= now() - hours[0] <= HOUR
    same = ("usual", "open_declarations", "usually_open", "factor", "expected", "low", "high", "basis")
    # 20 -+ 1.645 * sqrt(20) = 12.6 .. 27.4; nothing of it is assumed.
    assert {(40.0, 10.0, 25.0, 0.5, 20.0, 12, 28, "declarations")} == {
        tuple(row[name] for name in same) for row in rows
    }
    assert not any(row["assumption"] for row in rows)


def test_what_has_come_of_the_running_hour(client: Client) -> None:
    """Those of the hours to come are not known yet."""
    local = clock.now().astimezone(clock.HANOI)
    arrive(client, {**steady(2, 6), (local.date(), local.hour): 4})

    rows = rows_of(client, "arrivals_forecast")

    assert [4, *[None] * 11] == [row["arrived"] for row in rows]
    assert {(6.0, 6.0, 1.0, "profile")} == {
        (row["usual"], row["expected"], row["factor"], row["basis"]) for row in rows
    }


def test_a_silent_feed_says_nothing(client: Client) -> None:
    """Nobody has declared anything for seven hours where 12 are usually open: that is no lull."""
    arrive(client, steady(4, 10))
    declare(client, (1, now() - 9 * DAY, "registered"), (1, now() - 8 * DAY - HOUR, "released"))
    declare(client, *((n, now() - WEEK - HOUR, "registered") for n in range(10, 22)))
    declare(client, (2, now() - 7 * HOUR, "registered"))

    row = rows_of(client, "arrivals_forecast")[0]

    assert (1.0, 12.0, 1.0, "profile") == (
        row["open_declarations"], row["usually_open"], row["factor"], row["basis"],
    )  # fmt: skip


def test_a_regime_without_a_direction_counts_half(client: Client) -> None:
    """One transit declaration is half a vehicle each way."""
    declare(client, (1, now() - 10 * DAY, "registered"), (1, now() - 9 * DAY, "released"), regime="transit")
    declare(client, (2, now() - HOUR, "registered"), regime="transit")
    declare(client, (3, now() - HOUR, "registered"), regime="import")

    there, back = (rows_of(client, "arrivals_forecast", way)[0] for way in ("outbound", "inbound"))

    assert (0.5, 1.5) == (there["open_declarations"], back["open_declarations"])


def test_without_history_the_published_figures_stand_in(client: Client) -> None:
    """180 vehicles a day leave Kim Thành; 12 % of them come from 09:00 to 10:00. They are an assumption."""
    (row,) = [
        row
        for row in rows_of(client, "arrivals_backtest")
        if row["window_start"] == hanoi(today() - DAY, 9) and row["lead_hours"] == 3
    ]

    assert (pytest.approx(21.6), "published", True) == (row["expected"], row["basis"], row["assumption"])
    gates = client.query("SELECT DISTINCT gate_id FROM kpi.arrivals_forecast").result_rows
    assert [(_GATE,)] == gates


def test_a_forecast_is_held_against_what_came(client: Client) -> None:
    """Usually 9 an hour: 12 came yesterday at 09:00, 30 at 10:00; from then on nothing did."""
    history = {moment: n for moment, n in steady(6, 9).items() if moment[0] != today() - DAY}
    arrive(client, {**history, (today() - DAY, 9): 12, (today() - DAY, 10): 30})

    rows = {
        row["window_start"]: (row["expected"], row["arrived"], row["error"], row["within_band"])
        for row in rows_of(client, "arrivals_backtest")
        if row["forecast_at"] == hanoi(today() - DAY, 6)
    }

    assert [(9.0, 12, -3.0, True), (9.0, 30, -21.0, False), (9.0, 0, 9.0, False)] == [
        rows[hanoi(today() - DAY, hour)] for hour in (9, 10, 11)
    ]


@pytest.mark.parametrize("known_days", [36, 25, 9])
def test_the_views_and_the_pure_functions_agree(client: Client, known_days: int) -> None:
    """Every figure of every row, now and of the last week, however long the history."""
    random = Random(known_days)  # noqa: S311 - test data
    arrivals = {
        (today() - n * DAY, hour): random.choice((0, 1, 5, 20, 40))
        for n in range(1, known_days + 1)
        for hour in range(6, 22)
    }
    arrivals[today() - known_days * DAY, 21] = 1
    arrive(client, {moment: n for moment, n in arrivals.items() if n})
    lodged = {n: now() - random.uniform(0, known_days) * DAY for n in range(known_days * 40)}
    over = {n: time + random.uniform(0.05, 1) * DAY for n, time in lodged.items() if random.random() < 0.9}
    declare(client, *((n, time, "registered") for n, time in lodged.items()))
    declare(client, *((n, time, "released") for n, time in over.items() if time < now()))

    def opened(at: datetime) -> int:
        return sum(at - 2 * DAY < time <= at < over.get(n, at + DAY) for n, time in lodged.items())

    coming, gone = rows_of(client, "arrivals_forecast"), rows_of(client, "arrivals_backtest")

    assert (12, True) == (len(coming), len(gone) > 300)
    for row in (*coming, *gone):
        at = row.get("forecast_at", now())
        day = row.get("forecast_at", coming[0]["window_start"]).astimezone(clock.HANOI).date()
        weeks = min(4, max(0, (day - (today() - known_days * DAY)).days - 1) // 7)
        declared = min(4, max(0, (at - min(lodged.values()) - DAY) // WEEK))
        if not weeks:
            continue
        local = row["window_start"].astimezone(clock.HANOI)
        usual = profile(arrivals, day, weeks)
        before = sum(opened(at - week * WEEK) for week in range(1, declared + 1))
        ratio = factor(opened(at), before / declared) if declared else 1.0
        expected = usual.usual(local.date(), local.hour) * ratio
        # As of now a declaration may lie on the other side of the second: past moments are exact.
        assert expected == pytest.approx(row["expected"], rel=0.15 if "usual" in row else 1e-9)
        assert band(row["expected"], usual.dispersion) == (row["low"], row["high"])


def test_the_forecast_is_quick_on_a_year(client: Client) -> None:
    """Boards ask for it every few seconds: 100,000 arrivals and 200,000 messages about declarations."""
    client.command(
        "INSERT INTO waiting SELECT now64(3, 'UTC') - toIntervalSecond(number * 315), 'kim-thanh',"
        " 'outbound', 'gate.crossing', number % 4, 0, 1, 0, number FROM numbers(100000)"
    )
    client.command(
        "INSERT INTO declarations SELECT leftPad(toString(intDiv(number, 4)), 12, '0'), 'digital_gate',"
        " generateUUIDv4(), now64(3, 'UTC') - toIntervalSecond(number * 157), 1,"
        " ['released', 'released', 'registered', 'registered'][number % 4 + 1], 'export', 'kim-thanh',"
        " 1, 1, 1, 1, false, 'declaration', number % 4, number FROM numbers(200000)"
    )

    rows = rows_of(client, "arrivals_forecast")

    assert quickest_s(lambda: rows_of(client, "arrivals_forecast")) < _SLOWEST_S
    assert rows[0]["basis"] == "declarations"
