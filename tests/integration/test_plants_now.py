"""How plants stand now, their shares, utilisation and projects: reports up to now in, figures by hand out."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from clickhouse_connect.driver.client import Client

from streams import clock
from streams.alerts.files import measure_sql
from streams.clickhouse_client import writer
from streams.settings import Settings
from tests.folding import fold_at
from tests.plants import FIVE, HOUR, PLANTS, Event, fold, output_target, report, rows_of, stop

pytestmark = pytest.mark.integration

DAP, PHOSPHORUS, STEEL = "dap-2-tang-loong", "phosphorus-group-tang-loong", "viet-trung-steel"
ACID, MINES = "sulphuric-acid-tang-loong", "mines-province"
# Three views on a machine that does much else.
_SLOWEST_S = 15.0
_TABLES = ("events", "entities", "findings", "targets", "output_hour", "output_day", "line_state_hour")


@pytest.fixture
def client(settings: Settings) -> Iterator[Client]:
    """Give a client whose tables are empty and whose names are the generation's."""
    with writer(settings, "kpi_g1") as client:
        for table in _TABLES:
            client.command(f"TRUNCATE TABLE {table}")
        yield client


@pytest.fixture
def now() -> datetime:
    """Give the start of the running five minutes: the newest window that can be over ends then."""
    moment = clock.now()
    return moment.replace(minute=moment.minute // 5 * 5, second=0, microsecond=0)


def fives(plant: str, end: datetime, first: int, last: int, make: Any = report, **said: Any) -> list[Event]:
    """Give the reports of the windows from the first to before the last one, counted back from `end`."""
    number = 1000 * list(PLANTS).index(plant)
    return [make(number + n, plant, end - n * FIVE, length=FIVE, **said) for n in range(first, last, -1)]


def status(client: Client, plant: str, columns: str) -> tuple[Any, ...]:
    """Read columns of a plant as it stands now."""
    (row,) = rows_of(client, f"SELECT {columns} FROM kpi.plants_now WHERE plant_id = '{plant}'")
    return row


def test_each_plant_has_a_status_of_its_own(client: Client, now: datetime) -> None:
    """Running, idle, a stop that is said, silence of three intervals, and one that never said anything."""
    fold(client, fives(DAP, now, 4, 1))
    fold(client, fives(ACID, now, 4, 3) + fives(ACID, now, 3, 0, stop), first_offset=100)
    fold(client, fives(MINES, now, 9, 3), first_offset=200)
    fold(client, fives("dcp-tang-loong", now, 2, 0, state="idle", quantity="0"), first_offset=300)

    columns = "plant_id, status, status_since, last_report, stop_reason"
    rows = rows_of(client, f"SELECT {columns} FROM kpi.plants_now")
    found = {row[0]: row[1:] for row in rows}

    assert len(PLANTS) == len(found)
    assert found[DAP] == ("producing", now - 4 * FIVE, now - FIVE, "")
    assert found[ACID] == ("stopped", now - 3 * FIVE, now, "power")
    assert found[MINES] == ("silent", now - 3 * FIVE, now - 3 * FIVE, "")
    assert found["dcp-tang-loong"] == ("idle", now - 2 * FIVE, now, "")
    assert found[STEEL] == ("never_reported", None, None, "")


def test_silence_is_three_of_the_plants_own_intervals(client: Client, now: datetime) -> None:
    """An hour without a window is none at an hour each; twenty minutes are, at five minutes each."""
    hour = now.replace(minute=0)
    fold(client, [report(1, DAP, hour - 2 * HOUR), *fives(ACID, now, 6, 4)])

    assert ("producing", 3600) == status(client, DAP, "status, interval_seconds")
    assert ("silent", 300) == status(client, ACID, "status, interval_seconds")


def test_a_late_report_ends_a_silence(client: Client, now: datetime) -> None:
    """What comes late belongs to its window: the plant was never silent."""
    fold(client, fives(DAP, now, 9, 5))
    assert ("silent",) == status(client, DAP, "status")

    fold(client, fives(DAP, now, 5, 0), first_offset=100)

    assert ("producing", now - 9 * FIVE) == status(client, DAP, "status, status_since")
    assert [("producing",)] == rows_of(client, "SELECT status FROM kpi.line_states")


def test_old_reports_are_history(client: Client, now: datetime) -> None:
    """A backfilled stop of last week, sent after today's reports, changes nothing of now."""
    fold(client, fives(DAP, now, 4, 0))
    fold(client, fives(DAP, now - timedelta(days=7), 4, 0, stop, backfill=True), first_offset=100)

    assert ("producing", now - 4 * FIVE) == status(client, DAP, "status, status_since")


def test_who_never_reported_when_it_happened_is_not_silent(client: Client, now: datetime) -> None:
    """History that is filled in rings nobody; a plant that has reported live, and stopped, does."""
    fold(client, fives(STEEL, now - HOUR, 2, 0), first_offset=100)
    fold_at(client, clock.now(), *fives(DAP, now - timedelta(days=20), 4, 0, backfill=True))

    silent = rows_of(client, measure_sql("plant_silence").replace("plants_now", "kpi.plants_now"))
    assert [STEEL] == [plant for plant, *_ in silent]


def test_lines_are_counted_by_what_they_do(client: Client, now: datetime) -> None:
    """Of three furnaces one runs, one stands, one was never heard of: the plant produces."""
    fold(client, fives(PHOSPHORUS, now, 3, 0, line="furnace-1"))
    fold(client, [stop(99, PHOSPHORUS, now - FIVE, line="furnace-3", length=FIVE)], first_offset=100)

    columns = (
        "status, state, lines, lines_producing, lines_idle, lines_stopped, lines_silent, lines_never_reported"
    )

    assert ("producing", "execute", 3, 1, 0, 1, 0, 1) == status(client, PHOSPHORUS, columns)


def test_a_stop_lasts_through_silence_for_days(client: Client, now: datetime) -> None:
    """Standing 31 days ago and standing now, nothing between: over 30 days, not over 90."""
    before = now - timedelta(days=31)
    fold(client, [report(1, DAP, before - FIVE, length=FIVE), stop(2, DAP, before, length=FIVE)])
    fold(client, [stop(3, DAP, now - FIVE, length=FIVE)], first_offset=10)

    columns = "status, status_since, over_30_days, over_90_days, since_basis"

    assert ("stopped", before, True, False, "reports") == status(client, DAP, columns)


def test_the_registry_knows_an_older_stop(client: Client, now: datetime) -> None:
    """The steel works stand since 1 May 2022, Hanoi time; one window in which they run ends that."""
    fold(client, fives(STEEL, now, 2, 0, stop, reason="market"))
    may = datetime(2022, 4, 30, 17, tzinfo=UTC)

    columns = "status, status_since, over_90_days, since_basis, stop_reason"
    assert ("stopped", may, True, "registry", "market") == status(client, STEEL, columns)

    fold(client, fives(STEEL, now, 3, 2), first_offset=10)

    assert ("stopped", now - 2 * FIVE, False, "reports", "market") == status(client, STEEL, columns)


def test_a_stop_that_goes_on_is_priced_up_to_now(client: Client, now: datetime) -> None:
    """At 3,600 VND an hour it costs a dong a second, and it has no end."""
    hour = now.replace(minute=0)
    fold(client, [report(1, DAP, hour - 2 * HOUR, value=3600), stop(2, DAP, hour - HOUR)])

    ((seconds, lost, ongoing, ended),) = rows_of(
        client, "SELECT seconds, lost_vnd, ongoing, ended_at FROM kpi.stops"
    )

    assert (True, None) == (ongoing, ended)
    assert seconds == lost == pytest.approx((clock.now() - hour + HOUR).total_seconds(), abs=30)


def test_the_last_hours_against_the_usual(client: Client, now: datetime) -> None:
    """Usually 100 an hour, and 30 in the last six whole hours: 5 percent."""
    hour = now.replace(minute=0)
    usual = [report(n, DAP, hour - n * HOUR, value=100) for n in range(7, 10)]
    fold(client, [*usual, report(1, DAP, hour - 2 * HOUR, value=30)])

    assert (30, 5.0) == status(client, DAP, "six_hours_vnd, typical_percent")


def test_shares_add_up(client: Client, now: datetime) -> None:
    """Of 1,000 VND a zone made 400, by 300 and 100; of a target of 40,000 all of it is 2.5 points."""
    hour, year = now.replace(minute=0), now.astimezone(clock.HANOI).year
    start = hour - 2 * HOUR
    fold(
        client,
        [
            report(n, plant, start, value=value)
            for n, plant, value in ((1, DAP, 300), (2, ACID, 100), (3, MINES, 600))
        ]
        + [output_target(year, 40_000)],
    )
    gap = 40_000 - (1000 if start.astimezone(clock.HANOI).year == year else 0)

    rows = rows_of(
        client,
        "SELECT plant_id, value_vnd, zone_percent, province_percent, target_points, gap_percent"
        " FROM kpi.output_shares WHERE span = '24h' ORDER BY value_vnd",
    )

    assert [
        (ACID, 100, 25.0, 10.0, 0.25, pytest.approx(10_000 / gap)),
        (DAP, 300, 75.0, 30.0, 0.75, pytest.approx(30_000 / gap)),
        (MINES, 600, 100.0, 60.0, 1.5, pytest.approx(60_000 / gap)),
    ] == rows


def test_utilisation_is_of_the_hours_reported(client: Client, now: datetime) -> None:
    """330,000 t a year are 37.67 t an hour; one of three furnaces has a third of 120,000 t."""
    start = now.replace(minute=0) - 2 * HOUR
    fold(
        client,
        [
            report(1, DAP, start, quantity="18.835616"),
            report(2, PHOSPHORUS, start, quantity="2.283105"),
            stop(3, STEEL, start),
        ],
    )

    rows = rows_of(
        client,
        "SELECT plant_id, round(percent, 3), round(planned_percent, 3), round(reported_hours, 3),"
        " nameplate_basis FROM kpi.utilisation WHERE span = '24h'",
    )
    found = {row[0]: row[1:] for row in rows}

    assert (50.0, None, 1.0, "p") == found[DAP]
    assert (50.0, None, 0.333, "a") == found[PHOSPHORUS]
    assert (0.0, 0.0, 1.0, "p") == found[STEEL]
    assert (None, None, 0.0, "a") == found[MINES]


def test_losses_of_the_year_are_summed_by_plant_and_reason(client: Client, now: datetime) -> None:
    """Two stops of an hour at 100 VND cost 200 of a target of 10,000: 2 points."""
    hour, year = now.replace(minute=0), now.astimezone(clock.HANOI).year
    made = [report(n, DAP, hour - n * HOUR) for n in (2, 4, 6)]
    fold(client, [*made, *(stop(n, DAP, hour - n * HOUR) for n in (3, 5)), output_target(year, 10_000)])

    rows = rows_of(
        client,
        "SELECT plant_id, stop_reason, planned, stops, seconds, lost_vnd, lost_points, gap_percent"
        " FROM kpi.stop_losses",
    )

    assert [(DAP, "power", False, 2, 7200, 200, 2.0, pytest.approx(200 / 9700 * 100))] == rows


def test_projects_show_what_is_unexplained(client: Client) -> None:
    """138 + 2 + 3 + 13 + 6 of 169: seven are left."""
    columns = "state, projects, total, basis"
    rows = rows_of(client, f"SELECT {columns} FROM kpi.projects_by_state ORDER BY projects")

    assert [
        ("building", 2, 169, "s"), ("in-procedures", 3, 169, "s"), ("terminated", 6, 169, "s"),
        ("unexplained", 7, 169, "d"), ("suspended", 13, 169, "s"), ("operating", 138, 169, "s"),
    ] == rows  # fmt: skip


def test_half_a_year_of_reports_answers_in_time(client: Client) -> None:
    """22 lines, 4,400 hours each: the heaviest views stay below the reader's patience."""
    client.command(
        "INSERT INTO line_state_hour SELECT toStartOfHour(now('UTC')) - (number % 4400 + 1) * 3600, 'z',"
        " toString(intDiv(number, 8800)), toString(intDiv(number, 4400) % 2),"
        " if(number % 100 = 50, 'held', 'execute'), '', number % 100 = 50, 60, 't', 0, 1, 1"
        " FROM numbers(96800)"
    )
    started = clock.monotonic()

    runs = rows_of(client, "SELECT count(), sum(seconds) FROM kpi.line_states WHERE status = 'stopped'")
    rows_of(client, "SELECT * FROM kpi.plants_now")
    rows_of(client, "SELECT * FROM kpi.stops")

    assert [(22 * 44, 22 * 44 * 3600)] == runs
    assert clock.monotonic() - started < _SLOWEST_S
