"""Buffers, open hours, shifts, agencies: events in, views out, against figures worked out by hand."""

import random
from datetime import date
from typing import Any

import pytest
from clickhouse_connect.driver.client import Client

from streams.core.opening import OpeningHours, open_ms
from tests.events import START_MS, correction, crossing, stage
from tests.folding import fold

pytestmark = pytest.mark.integration

Event = dict[str, Any]
SECOND, MINUTE, HOUR = 1000, 60_000, 3_600_000
LANE = "kim-thanh-out-1"
# What a sketch says is within 1 % of the sample.
NEAR = 0.0101


def rows_of(client: Client, query: str) -> list[dict[str, Any]]:
    """Run a query and give its rows by column."""
    result = client.query(query)
    return [dict(zip(result.column_names, row, strict=True)) for row in result.result_rows]


def hanoi(day: int, hour: int, minute: int = 0) -> int:
    """Give a Hanoi time in January 2026, in ms after the tests' start (midnight UTC of the first)."""
    return (day - 1) * 24 * HOUR + (hour - 7) * HOUR + minute * MINUTE


def booth(number: int, end: int, seconds: int) -> list[Event]:
    """Give one booth service that ends then and took so long."""
    visit = f"B{number}"
    return [
        crossing(2 * number, visit, "booth_start", end - seconds * SECOND, lane_id=LANE),
        crossing(2 * number + 1, visit, "booth_end", end, lane_id=LANE),
    ]


def dwell(number: int, arrived: int, crossed: int) -> list[Event]:
    """Give one stay in the gate."""
    return [
        crossing(2 * number, f"D{number}", "arrived", arrived, lane_id=LANE),
        crossing(2 * number + 1, f"D{number}", "crossed", crossed, lane_id=LANE),
    ]


def test_the_buffer_is_what_a_trader_adds_to_the_mean(client: Client) -> None:
    """Eighteen of 60 s and two of 300 s: mean 84 s, p95 300 s, so 216 s or 2.57 means; 90 % in time."""
    noon = hanoi(5, 12)
    took = [60] * 18 + [300] * 2
    fold(client, [e for n, s in enumerate(took) for e in booth(n + 1, noon + n * MINUTE, s)])

    (row,) = rows_of(client, "SELECT * FROM kpi.latency_summary")

    assert (date(2026, 1, 5), "booth_service", LANE, 20) == (
        row["day"], row["interval"], row["lane_id"], row["vehicles"],
    )  # fmt: skip
    assert (90.0, 84_000.0) == (row["within_goal_percent"], row["mean_ms"])
    assert row["p50_ms"] == pytest.approx(60_000, rel=NEAR)
    assert row["p95_ms"] == pytest.approx(300_000, rel=NEAR)
    assert row["buffer_ms"] == pytest.approx(216_000, abs=3_030)
    assert row["buffer_index"] == pytest.approx(216 / 84, abs=0.04)
    assert (None, None) == (row["open_mean_ms"], row["stops_mean"])


def test_a_night_at_a_closed_gate_counts_on_the_wall_clock_alone(client: Client) -> None:
    """From 21:00 to 08:30 are 690 minutes, 150 of them in Kim Thành's hours; another took 60 by day."""
    night = dwell(1, hanoi(2, 21), hanoi(3, 8, 30))
    fold(client, [*night, *dwell(2, hanoi(3, 9), hanoi(3, 10))])

    (row,) = rows_of(client, "SELECT * FROM kpi.latency_summary")

    assert (date(2026, 1, 3), "gate_dwell", 2) == (row["day"], row["interval"], row["vehicles"])
    assert (375.0 * MINUTE, 105.0 * MINUTE) == (row["mean_ms"], row["open_mean_ms"])
    assert (60.0 * MINUTE, 60.0 * MINUTE) == (row["open_p50_ms"], row["open_p90_ms"])
    assert row["within_goal_percent"] is None


def test_a_crossing_that_is_taken_back_leaves_both_clocks(client: Client) -> None:
    """The night's stay is cancelled: what is left is the hour by day."""
    back = crossing(9, "D1", "crossed", hanoi(3, 8, 30), **correction("cancel", 3, hanoi(3, 8, 30)))
    fold(client, [*dwell(1, hanoi(2, 21), hanoi(3, 8, 30)), *dwell(2, hanoi(3, 9), hanoi(3, 10)), back])

    (row,) = rows_of(client, "SELECT vehicles, mean_ms, open_mean_ms FROM kpi.latency_summary")

    assert {"vehicles": 1, "mean_ms": 60.0 * MINUTE, "open_mean_ms": 60.0 * MINUTE} == row


def test_a_shift_that_crosses_midnight_belongs_to_the_day_it_began(client: Client) -> None:
    """05:59 is the night of the day before, 06:00 the morning's; 22:00 and 00:30 are one night."""
    ends = [(2, 5, 59), (2, 6, 0), (2, 13, 59), (2, 14, 0), (2, 22, 0), (3, 0, 30)]
    took = [60, 60, 180, 60, 60, 60]
    events = [e for n, at in enumerate(ends) for e in booth(n + 1, hanoi(*at), took[n])]
    fold(client, events)

    found = {
        (row["day"].day, row["shift"]): (row["vehicles"], row["within_goal_percent"], row["mean_ms"])
        for row in rows_of(client, "SELECT * FROM kpi.latency_by_shift")
    }

    assert {
        (1, "night"): (1, 100.0, 60_000.0),
        (2, "morning"): (2, 50.0, 120_000.0),
        (2, "afternoon"): (1, 100.0, 60_000.0),
        (2, "night"): (2, 100.0, 60_000.0),
    } == found


def papers(number: int, visit: str, *steps: tuple[int, str, str]) -> list[Event]:
    """Give a clearance in the yellow channel: (minute of 09:00, stage, agency) each."""
    return [
        stage(number + n, visit, name, hanoi(6, 9, minute), channel="yellow", agency=agency)
        for n, (minute, name, agency) in enumerate(steps)
    ]


def test_each_agency_has_its_own_time_and_each_step_is_a_stop(client: Client) -> None:
    """Customs took 15 and 10 minutes over papers, quarantine 30 over goods: three stops of two vehicles.

    An end whose start never came is no step and no stop.
    """
    customs, quarantine = "customs", "plant_quarantine"
    first = papers(
        10, "P1", (0, "lodged", customs), (10, "docs_start", customs), (12, "inspection_start", quarantine),
        (25, "docs_end", customs), (42, "inspection_end", quarantine), (50, "released", customs),
    )  # fmt: skip
    second = papers(
        20, "P2", (0, "lodged", customs), (20, "docs_start", customs), (30, "docs_end", customs),
        (35, "inspection_end", "border_guard"), (40, "released", customs),
    )  # fmt: skip
    fold(client, [*first, *second])

    steps = rows_of(client, "SELECT agency, step, channel, vehicles, total_ms, mean_ms FROM kpi.steps_by_day")
    (cleared,) = rows_of(client, "SELECT vehicles, mean_ms, stops_mean, stops_max FROM kpi.latency_summary")

    assert [("customs", "docs", "yellow", 2, 25 * MINUTE, 12.5 * MINUTE),
            ("plant_quarantine", "inspection", "yellow", 1, 30 * MINUTE, 30.0 * MINUTE)] == sorted(
        tuple(row.values()) for row in steps
    )  # fmt: skip
    assert (2, 45.0 * MINUTE, 1.5, 2) == tuple(cleared.values())


def test_a_step_that_ends_before_it_starts_is_a_finding(client: Client) -> None:
    """It names the agency and the step, and is in no figure."""
    fold(client, papers(10, "P1", (20, "docs_start", "customs"), (10, "docs_end", "customs")))

    assert [] == rows_of(client, "SELECT * FROM kpi.steps_by_day")
    (finding,) = rows_of(client, "SELECT kind, subject, detail FROM kpi.findings")
    assert ("negative_interval", "P1") == (finding["kind"], finding["subject"])
    assert finding["detail"] == "docs of customs ends 600000 ms before it starts"


def test_the_views_measure_hours_as_the_pure_function_does(client: Client) -> None:
    """The SQL formula gives the same milliseconds for any moments and any hours."""
    rng = random.Random(7)  # noqa: S311 - repeatable samples
    starts = [START_MS + rng.randrange(-(10**11), 10**11) for _ in range(500)]
    samples = [
        (start, start + rng.randrange(0, 10**9), rng.randrange(1440), rng.randrange(1441)) for start in starts
    ]

    ((answers,),) = client.query(
        "SELECT arrayMap(s -> kpi_open_ms(s.1, s.2, s.3, s.4),"
        " {samples:Array(Tuple(Int64, Int64, UInt16, UInt16))})",
        parameters={"samples": samples},
    ).result_rows

    assert [open_ms(start, end, OpeningHours(*hours)) for start, end, *hours in samples] == answers
