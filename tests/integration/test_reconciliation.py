"""The two declaration systems against each other: events in, states and rates worked out by hand out."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from clickhouse_connect.driver.client import Client

from streams import clock
from tests.events import START_MS, correction, envelope
from tests.folding import fold

pytestmark = pytest.mark.integration

MINUTE = 60_000
DIGITAL, CUSTOMS = "digital_gate", "vnaccs_vcis"
DAY = date(2026, 1, 1)


def declared(number: int, name: int, system: str, minutes: float, value: int, **extra: Any) -> dict[str, Any]:
    """Give what a system says of the declaration of this name, so many minutes after START_MS."""
    data = {
        "declaration_no": f"{100_000_000_000 + name}",
        "system": system,
        "version_no": extra.pop("version_no", 1),
        "status": extra.pop("status", "registered"),
        "regime": "export",
        "gate_id": "kim-thanh",
        "value_usd_minor": value,
        "net_mass_kg": 1,
        "lines": 1,
        "duty_minor": 0,
    }
    subject = str(data["declaration_no"])
    return envelope("declaration", number, subject, int(minutes * MINUTE), data, **extra)


# Ten declarations of one morning, one of each fate; the figures of the tests below come from here.
MORNING = [
    # 1: matched after 10 minutes; 2: customs were first, by 5 minutes; 3: matched, but only after 90 minutes.
    declared(11, 1, DIGITAL, 0, 1000), declared(12, 1, CUSTOMS, 10, 1000),
    declared(21, 2, CUSTOMS, 0, 2000), declared(22, 2, DIGITAL, 5, 2000),
    declared(31, 3, DIGITAL, 0, 4000), declared(32, 3, CUSTOMS, 90, 4000),
    # 4: customs know the second version alone; 5: both know it, the platform learned it out of turn.
    declared(41, 4, DIGITAL, 0, 500), declared(42, 4, CUSTOMS, 1, 500),
    declared(43, 4, CUSTOMS, 9, 530, version_no=2, status="amended"),
    declared(51, 5, DIGITAL, 0, 600), declared(52, 5, CUSTOMS, 2, 600),
    declared(53, 5, CUSTOMS, 9, 660, version_no=2, status="amended"),
    declared(54, 5, DIGITAL, 9, 660, version_no=2, status="amended"),
    declared(55, 5, DIGITAL, 12, 600, status="released"),
    # 6, 7: one side alone; 8: cancelled at customs alone; 9: on both sides; 10: by the only one that knew it.
    declared(61, 6, DIGITAL, 0, 70), declared(71, 7, CUSTOMS, 0, 80),
    declared(81, 8, DIGITAL, 0, 90), declared(82, 8, CUSTOMS, 4, 90),
    declared(83, 8, CUSTOMS, 20, 90, status="cancelled"),
    declared(91, 9, DIGITAL, 0, 5), declared(92, 9, CUSTOMS, 3, 5),
    declared(93, 9, DIGITAL, 20, 5, status="cancelled"), declared(94, 9, CUSTOMS, 20, 5, status="cancelled"),
    declared(101, 10, CUSTOMS, 0, 6), declared(102, 10, CUSTOMS, 30, 6, status="cancelled"),
]  # fmt: skip


def test_each_declaration_has_the_state_of_its_newest_versions(client: Client) -> None:
    """Matched, other value, one side alone, cancelled here, there or everywhere; with lag and difference."""
    fold(client, MORNING)

    rows = client.query(
        "SELECT toUInt64(declaration_no) - 100000000000, state, due, lag_seconds, difference_usd_minor,"
        " digital_version, customs_version, digital_status, customs_status, amended"
        " FROM kpi.reconciliation ORDER BY declaration_no"
    ).result_rows

    registered, amended, gone = "registered", "amended", "cancelled"
    assert [
        (1, "matched", True, 600, 0, 1, 1, registered, registered, False),
        (2, "matched", True, -300, 0, 1, 1, registered, registered, False),
        (3, "matched", True, 5400, 0, 1, 1, registered, registered, False),
        (4, "value_mismatch", True, 60, 30, 1, 2, registered, amended, True),
        (5, "matched", True, 120, 0, 2, 2, amended, amended, True),
        (6, "only_digital", True, None, None, 1, 0, registered, "", False),
        (7, "only_customs", True, None, None, 0, 1, "", registered, False),
        (8, "cancelled_one_side", True, 240, None, 1, 1, registered, gone, False),
        (9, "cancelled", False, 180, None, 1, 1, gone, gone, False),
        (10, "cancelled", False, None, None, 0, 1, "", gone, False),
    ] == rows


def test_the_day_counts_its_declarations(client: Client) -> None:
    """4 of 8 due are matched, 3 within the hour; 270 cents may be there twice; the median lag is 240 s."""
    fold(client, MORNING)

    result = client.query("SELECT * FROM kpi.reconciliation_by_day")
    (row,) = (dict(zip(result.column_names, values, strict=True)) for values in result.result_rows)

    states = {"matched": 4, "value_mismatch": 1, "only_digital": 1, "only_customs": 1, "pending": 0}
    counts = {"declarations": 10, "cancelled": 2, "cancelled_one_side": 1, **states}
    rates = {"due": 8, "due_matched": 4, "due_matched_60": 3, "match_percent": 50.0, "match_60_percent": 37.5}
    # Both uphold 1 to 5: 1000 + 2000 + 4000 + 500 + 660. One side alone: 70 + 80 + 90; 4 differs by 30.
    money = {"double_usd_minor": 8160, "at_risk_usd_minor": 270, "mismatch_usd_minor": 30}
    # 600, 300, 5400, 60, 120, 240, 180 seconds.
    lags = {"mean_lag_seconds": pytest.approx(6900 / 7), "median_lag_seconds": 240}
    marks = {"late_declarations": 10, "amended_declarations": 2, "digital": 8, "digital_percent": 80.0}
    assert {"day": DAY, "gate_id": "kim-thanh", **counts, **rates, **money, **lags, **marks} == row


def test_an_hour_passes_before_one_side_alone_is_a_finding(client: Client) -> None:
    """59 minutes after the platform registered it customs may still come; after 61 they are missing."""
    now = (clock.now() - datetime.fromtimestamp(START_MS / 1000, UTC)) / timedelta(minutes=1)
    client.command(
        "INSERT INTO declarations (declaration_no, system, id, time, version_no, status, gate_id)"
        " SELECT '10000000000' || toString(n), 'digital_gate', generateUUIDv4(n),"
        " toDateTime64({start:Float64} + ({now:Float64} - if(n = 1, 59, 61)) * 60, 3, 'UTC'), 1,"
        " 'registered', 'kim-thanh'"
        " FROM (SELECT arrayJoin([1, 2]) AS n)",
        parameters={"now": now, "start": START_MS / 1000},
    )

    rows = client.query("SELECT state, due FROM kpi.reconciliation ORDER BY declaration_no").result_rows

    assert [("pending", False), ("only_digital", True)] == rows


def test_a_correction_of_a_message_counts_as_if_it_had_been_sent(client: Client) -> None:
    """An amended value makes two equal; a cancelled message was never there."""
    fold(
        client,
        [
            declared(1, 1, DIGITAL, 0, 100),
            declared(2, 1, CUSTOMS, 1, 999),
            declared(3, 1, CUSTOMS, 1, 100, **correction("amend", 2, MINUTE)),
            declared(4, 2, DIGITAL, 0, 100),
            declared(5, 2, CUSTOMS, 1, 100),
            declared(6, 2, CUSTOMS, 1, 100, **correction("cancel", 5, MINUTE)),
        ],
    )

    rows = client.query("SELECT state FROM kpi.reconciliation ORDER BY declaration_no").result_rows

    assert [("matched",), ("only_digital",)] == rows


def test_a_declaration_is_late_if_one_of_its_messages_was(client: Client) -> None:
    """Messages of START_MS that come with 40 days' delay are late, unless they are history."""
    fold(client, [declared(1, 1, DIGITAL, 0, 100), declared(2, 2, DIGITAL, 0, 100, backfill=True)])

    rows = client.query("SELECT late FROM kpi.reconciliation ORDER BY declaration_no").result_rows

    assert [(True,), (False,)] == rows


def test_the_views_are_quick_on_a_year(client: Client) -> None:
    """200,000 declarations of four messages each, far below the reader's patience."""
    client.command(
        "INSERT INTO declarations (declaration_no, system, id, time, version_no, status, gate_id,"
        " value_usd_minor) SELECT leftPad(toString(intDiv(number, 4)), 12, '0'),"
        " if(number % 2 = 0, 'digital_gate', 'vnaccs_vcis'),"
        " generateUUIDv4(number), toDateTime64('2025-01-01 00:00:00', 3, 'UTC') + intDiv(number, 4) * 150, 1,"
        " if(number % 4 < 2, 'registered', 'released'), 'kim-thanh', 100 FROM numbers(800000)"
    )
    started = clock.monotonic()

    total = client.query("SELECT sum(declarations), sum(matched) FROM kpi.reconciliation_by_day").result_rows

    assert [(200_000, 200_000)] == total
    assert clock.monotonic() - started < 10
