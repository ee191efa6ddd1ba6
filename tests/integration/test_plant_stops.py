"""Timelines of lines and plants, and stops with their price: reports in, figures made by hand out."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from clickhouse_connect.driver.client import Client

from streams.clickhouse_client import writer
from streams.settings import Settings
from tests.events import correction
from tests.plants import FIVE, HOUR, fold, output_target, report, rows_of, stop, text

pytestmark = pytest.mark.integration

DAP, PHOSPHORUS, STEEL = "dap-2-tang-loong", "phosphorus-group-tang-loong", "viet-trung-steel"
START = datetime(2026, 3, 2, 0, tzinfo=UTC)
_TABLES = ("events", "entities", "findings", "targets", "output_hour", "output_day", "line_state_hour")
_RUNS = "SELECT status, started_at, ended_at FROM kpi.{} WHERE NOT ongoing ORDER BY started_at"
_STOP = "SELECT started_at, ended_at, seconds, unreported_seconds, stop_reason, planned FROM kpi.stops"


@pytest.fixture
def client(settings: Settings) -> Iterator[Client]:
    """Give a client whose tables are empty and whose names are the generation's."""
    with writer(settings, "kpi_g1") as client:
        for table in _TABLES:
            client.command(f"TRUNCATE TABLE {table}")
        yield client


def five(n: int) -> datetime:
    """Give the start of the n-th window of five minutes."""
    return START + n * FIVE


def hour(n: int) -> datetime:
    """Give the start of the n-th hour."""
    return START + n * HOUR


def test_a_line_has_a_timeline(client: Client) -> None:
    """A gap of two windows breaks no run, a gap of three is silence; a new reason is a run of its own."""
    stops = {3: "power", 4: "power", 5: "raw_material"}
    windows = [0, 1, 2, 3, 4, 5, 8, 12, 15]
    fold(
        client,
        [
            (stop if n in stops else report)(n + 1, DAP, five(n), length=FIVE, reason=stops.get(n))
            for n in windows
        ],
    )

    rows = rows_of(
        client,
        "SELECT status, state, stop_reason, started_at, ended_at, seconds FROM kpi.line_states"
        " WHERE NOT ongoing ORDER BY started_at",
    )

    assert [
        ("producing", "execute", "", five(0), five(3), 900),
        ("stopped", "stopped", "power", five(3), five(5), 600),
        ("stopped", "stopped", "raw_material", five(5), five(6), 300),
        ("producing", "execute", "", five(8), five(9), 300),
        ("silent", "", "", five(9), five(12), 900),
        ("producing", "execute", "", five(12), five(16), 1200),
    ] == rows
    assert [("silent", five(16))] == rows_of(
        client, "SELECT status, started_at FROM kpi.line_states WHERE ongoing"
    )


def test_whole_hours_and_single_windows_make_one_run(client: Client) -> None:
    """Windows of five minutes up to an hour join, over midnight and over a whole hour."""
    fold(client, [report(n + 1, DAP, five(n - 7), length=FIVE) for n in range(24)])
    fold(client, [report(100, DAP, five(24)), report(101, DAP, five(36))], first_offset=100)

    rows = rows_of(
        client,
        "SELECT status, started_at, ended_at FROM kpi.line_states WHERE NOT ongoing ORDER BY started_at",
    )

    assert [
        ("producing", five(-7), five(17)),
        ("silent", five(17), five(24)),
        ("producing", five(24), five(48)),
    ] == rows


def test_a_plant_stands_still_when_all_its_lines_do(client: Client) -> None:
    """One line stands from window 1 to 3, the other from 2 to 4: the plant only in window 2."""
    standing = {"furnace-1": (1, 2), "furnace-2": (2, 3)}
    fold(
        client,
        [
            (stop if n in standing[line] else report)(10 * n + k, PHOSPHORUS, five(n), line=line, length=FIVE)
            for n in range(5)
            for k, line in enumerate(standing)
        ],
    )

    rows = rows_of(
        client,
        "SELECT status, started_at, ended_at FROM kpi.plant_states WHERE NOT ongoing ORDER BY started_at",
    )

    assert [
        ("producing", five(0), five(2)),
        ("stopped", five(2), five(3)),
        ("producing", five(3), five(5)),
    ] == rows


def test_a_stop_is_priced_by_the_hours_before_it(client: Client) -> None:
    """Of 100, 200, 300 and 400 VND the lower median is 200; two hours are 400, of 40,000 that is 1 point."""
    values = (100, 200, 300, 400)
    fold(client, [report(n, DAP, hour(n), value=value) for n, value in enumerate(values)])
    fold(client, [stop(10 + n, DAP, hour(4 + n), reason="planned") for n in range(2)], first_offset=10)
    fold(client, [report(20, DAP, hour(6), value=9000), output_target(2026, 40_000)], first_offset=20)

    columns = "rate_vnd_hour, rate_hours, rate_basis, lost_vnd, lost_year_vnd, lost_points, ongoing"
    rows = rows_of(client, f"SELECT {columns} FROM kpi.stops")

    assert [(200, 4, "history", 400, 400, 1.0, False)] == rows
    assert [(hour(4), hour(6), 7200, 0, "planned", True)] == rows_of(client, _STOP)


def test_a_correction_shortens_a_stop(client: Client) -> None:
    """The second hour ran after all: what was lost is halved; taken back, there was no stop."""
    fold(
        client,
        [report(1, DAP, hour(0)), stop(2, DAP, hour(1)), stop(3, DAP, hour(2)), report(4, DAP, hour(3))],
    )
    corrected = {**correction("amend", 3, 0), "correctstime": text(hour(3))}
    fold(client, [report(5, DAP, hour(2), value=7) | corrected], first_offset=10)

    assert [(3600, 100)] == rows_of(client, "SELECT seconds, lost_vnd FROM kpi.stops")

    cancelled = {**correction("cancel", 2, 0), "correctstime": text(hour(2))}
    fold(client, [stop(6, DAP, hour(1)) | cancelled], first_offset=20)

    assert [] == rows_of(client, _STOP)


def test_a_stop_goes_on_through_silence_and_other_reasons(client: Client) -> None:
    """The gap is not priced; the last reason that was given counts."""
    fold(
        client,
        [
            report(1, DAP, hour(0)),
            stop(2, DAP, hour(1), reason="unknown"),
            stop(3, DAP, hour(2), reason="breakdown"),
            stop(4, DAP, hour(7), reason=None),
            report(5, DAP, hour(8)),
        ],
    )

    assert [(hour(1), hour(8), 10_800, 14_400, "breakdown", False)] == rows_of(client, _STOP)
    assert [(100, 300)] == rows_of(client, "SELECT rate_vnd_hour, lost_vnd FROM kpi.stops")


def test_a_line_that_was_never_seen_running_is_priced_by_its_nameplate(client: Client) -> None:
    """500,000 t at 14.3 m VND over 8,760 hours is 816,210,045 VND an hour; it fell silent standing."""
    fold(client, [stop(1, STEEL, hour(0), reason="market")])

    rows = rows_of(
        client, "SELECT rate_basis, rate_vnd_hour, lost_vnd, ended_at, reported_until, ongoing FROM kpi.stops"
    )

    assert [("nameplate", 816_210_045, 816_210_045, None, hour(1), False)] == rows


def test_a_stop_over_new_year_counts_to_each_year_by_its_part(client: Client) -> None:
    """Of four hours around midnight in Hanoi the last one is of 2026."""
    midnight = datetime(2025, 12, 31, 17, tzinfo=UTC)
    fold(client, [report(1, DAP, midnight - 4 * HOUR, value=600)])
    fold(client, [stop(2 + n, DAP, midnight + (n - 3) * HOUR) for n in range(4)], first_offset=10)
    fold(client, [report(9, DAP, midnight + HOUR), output_target(2026, 6000)], first_offset=20)

    rows = rows_of(client, "SELECT year, lost_vnd, lost_year_vnd, lost_points FROM kpi.stops")

    assert [(2026, 2400, 600, 10.0)] == rows


def test_hours_that_were_not_run_through_say_nothing_of_the_rate(client: Client) -> None:
    """An hour with a stop in it, one that is idle, and what is older than 28 days are left out."""
    fold(
        client,
        [
            report(1, DAP, hour(-1) - timedelta(days=28), value=5),
            report(2, DAP, hour(-3), state="idle", quantity="0", value=5),
            *(report(10 + n, DAP, hour(-2) + n * FIVE, length=FIVE, value=5) for n in range(6)),
            report(3, DAP, hour(-1), value=77),
            stop(4, DAP, hour(0)),
        ],
    )

    assert [(77, 1, 77)] == rows_of(client, "SELECT rate_vnd_hour, rate_hours, lost_vnd FROM kpi.stops")
