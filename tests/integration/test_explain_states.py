"""`kpi explain` of what stands and stood: shifts, traffic, gates, plants, declarations, restatements."""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from clickhouse_connect.driver.client import Client

from streams import clock
from streams.errors import UsageError
from streams.events import epoch_ms, time_to_text
from streams.settings import Settings
from tests.driver import with_offsets
from tests.events import correction, crossing, envelope, goods, record_of, stage, uuid
from tests.explaining import FIRST, asking, opened, shown
from tests.folding import fold, fold_at, fold_records
from tests.plants import report, stop

pytestmark = pytest.mark.integration

Event = dict[str, Any]
MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000
PLANT = "dap-2-tang-loong"


@pytest.fixture
def asked(settings: Settings) -> Iterator[Client]:
    """Give a reader's client."""
    with asking(settings) as client:
        yield client


def booth(number: int, visit: str, end_ms: int) -> list[Event]:
    """Give a booth service of 90 seconds."""
    return [
        crossing(number, visit, "booth_start", end_ms - 90_000, lane_id="kim-thanh-out-1"),
        crossing(number + 1, visit, "booth_end", end_ms),
    ]


def crossed(number: int, visit: str, ms: int, value: int, **extra: Any) -> Event:
    """Give a loaded crossing."""
    return crossing(number, visit, "crossed", ms, goods=[goods(value)], **extra)


def declaration(number: int, name: int, system: str, ms: int, version: int = 1) -> Event:
    """Give what a system says of a declaration of 1,000 cents."""
    data = {
        "declaration_no": f"{100_000_000_000 + name}", "system": system, "version_no": version,
        "status": "amended" if version > 1 else "registered", "regime": "export", "gate_id": "kim-thanh",
        "value_usd_minor": 1000, "net_mass_kg": 1, "lines": 1, "duty_minor": 0,
    }  # fmt: skip
    return envelope("declaration", number, str(data["declaration_no"]), ms, data)


def test_a_shift_is_opened_by_a_moment_in_it(client: Client, asked: Client) -> None:
    """07:01, 14:01 and 23:01 lie in three shifts; 03:00 lies in the night that began at 22:00."""
    ends = {1: 90_000, 11: 7 * HOUR + MINUTE, 21: 16 * HOUR + MINUTE}
    fold(client, [event for number, ms in ends.items() for event in booth(number, f"V{number}", ms)])

    morning = opened(asked, "latency_by_shift", FIRST, interval="booth_service")
    night = opened(asked, "latency_by_shift", FIRST + timedelta(hours=20))

    assert [(1, 90_000, True)] * 2 == [
        (one.number.measures["vehicles"], one.number.measures["total_ms"], one.adds_up)
        for one in (morning, night)
    ]
    assert [{"1", "2"}, {"21", "22"}] == [set(shown(one)) for one in (morning, night)]
    assert (15 * HOUR, 23 * HOUR) == tuple(
        (moment - FIRST) / timedelta(milliseconds=1) for moment in (night.window.start, night.window.end)
    )


def test_traffic_is_opened_as_vehicles_and_as_value(client: Client, asked: Client) -> None:
    """One loaded with 100 cents, one empty, one inbound; the other side took the two that went out."""
    fold(
        client,
        [
            crossing(1, "V1", "arrived", 0),
            crossed(2, "V1", MINUTE, 100),
            crossing(3, "V2", "crossed", MINUTE, loaded=False),
            crossed(4, "V3", MINUTE, 7, direction="inbound"),
        ],
    )

    traffic = opened(asked, "gate_traffic_by_day", gate_id="kim-thanh", direction="outbound")
    accepted = opened(asked, "acceptance_by_day", gate_id="kim-thanh")
    hours = opened(asked, "extended_hours_by_day")
    dwell = opened(asked, "latency_summary", interval="gate_dwell")

    assert {
        "2": ("counts", {"loaded_vehicles": 1, "value_usd_minor": 100, "net_mass_kg": 10}),
        "3": ("counts", {"empty_vehicles": 1}),
    } == shown(traffic)
    assert {"1": {"arrived": 1}, "2": {"accepted": 1}, "3": {"accepted": 1}} == {
        number: added for number, (_, added) in shown(accepted).items()
    }
    assert [3, 1] == [one.number.measures["vehicles"] for one in (hours, dwell)]
    assert [True] * 4 == [one.adds_up for one in (traffic, accepted, hours, dwell)]


def test_who_waits_who_holds_and_who_crossed_in_the_last_hour(client: Client, asked: Client) -> None:
    """Of three that came one waits; of two that crossed one did so within the hour; customs hold one."""
    now = clock.now().replace(microsecond=0)

    def ago(minutes: int) -> str:
        return time_to_text(now - timedelta(minutes=minutes))

    fold_at(
        client,
        now,
        crossing(1, "V1", "arrived", 0, time=ago(90)),
        crossing(2, "V2", "arrived", 0, time=ago(80)),
        crossing(3, "V2", "crossed", 0, time=ago(3)),
        crossing(4, "V3", "arrived", 0, time=ago(200)),
        crossing(5, "V3", "crossed", 0, time=ago(100)),
        stage(6, "V1", "lodged", 0, time=ago(50)),
    )

    clearing = opened(asked, "clearing_now", None, gate_id="kim-thanh", direction="outbound")
    holding = opened(asked, "holding_now", None)

    assert {"1": ("counts", {"vehicles": 1}), "3": ("counts", {"crossed_1h": 1})} == shown(clearing)
    assert {"6": ("counts", {"vehicles": 1})} == shown(holding)
    assert (True, True) == (clearing.adds_up, holding.adds_up)


def test_a_gate_is_opened_without_its_neighbours(client: Client, asked: Client) -> None:
    """Two gates said how they stand: behind the one is only what it said itself, and when it did."""
    said = ((1, "kim-thanh", 0), (2, "ho-kieu", 0), (3, "kim-thanh", 30 * MINUTE), (4, "kim-thanh", DAY))
    fold(
        client,
        [envelope("gate.state", n, gate, ms, {"gate_id": gate, "state": "open"}) for n, gate, ms in said],
    )

    now = opened(asked, "gates_now", None, gate_id="ho-kieu")
    run = opened(asked, "gate_timeline", FIRST + timedelta(minutes=10), gate_id="kim-thanh")
    day = opened(asked, "gate_state_by_day", FIRST + timedelta(days=1), gate_id="kim-thanh")

    assert [{"2"}, {"1", "3"}, {"4"}] == [set(shown(one)) for one in (now, run, day)]
    assert ("open", 2 * 3600) == (run.number.measures["state"], run.number.measures["seconds"])


def test_a_run_of_a_line_is_opened_by_its_reports(client: Client, asked: Client) -> None:
    """Two hours of a stop between two in which the line ran."""
    hours = [FIRST + timedelta(hours=n) for n in range(4)]
    fold(
        client,
        [
            report(1, PLANT, hours[0]),
            stop(2, PLANT, hours[1]),
            stop(3, PLANT, hours[2]),
            report(4, PLANT, hours[3]),
        ],
    )
    middle = FIRST + timedelta(minutes=90)

    found = [opened(asked, view, middle, plant_id=PLANT) for view in ("line_states", "plant_states", "stops")]

    assert [7200] * 3 == [one.number.measures["seconds"] for one in found]
    assert [{"2", "3"}] * 3 == [set(shown(one)) for one in found]


def test_a_plant_as_it_stands_and_what_it_made(client: Client, asked: Client) -> None:
    """It stands still since the last full hour; the hour before brought 100 dong and one tonne."""
    hour = clock.now().replace(minute=0, second=0, microsecond=0)
    before, last = hour - timedelta(hours=2), hour - timedelta(hours=1)
    fold_at(
        client, clock.now(), report(1, PLANT, before), stop(2, PLANT, last), report(3, "dcp-tang-loong", last)
    )

    stands = opened(asked, "plants_now", None, plant_id=PLANT)
    shares = opened(asked, "output_shares", None, span="24h", plant_id=PLANT)
    used = opened(asked, "utilisation", None, span="24h", plant_id=PLANT)

    assert ("stopped", {"2"}) == (stands.number.measures["status"], set(shown(stands)))
    assert (100, {"value_vnd": 100}) == (shares.number.measures["value_vnd"], shown(shares)["1"][1])
    assert (Decimal(1), True, True) == (used.number.measures["quantity"], used.adds_up, shares.adds_up)


def test_what_restated_a_day_came_after_it_was_published(client: Client, asked: Client) -> None:
    """First 100 + 7 cents were published; two days later 30 more came, and the 100 became 90."""
    late = epoch_ms(FIRST + timedelta(days=2))
    in_time = [crossed(1, "V1", 0, 100), crossed(2, "V2", 0, 7)]
    later = [crossed(3, "V3", HOUR, 30), crossed(4, "V1", 0, 90, **correction("amend", 1, 0))]
    records = [record_of(event, received_ms=epoch_ms(FIRST + timedelta(hours=2))) for event in in_time]
    fold_records(client, with_offsets([*records, *(record_of(event, received_ms=late) for event in later)]))
    where = {"kpi": "trade_value", "scope": "lao-cai"}

    more = opened(asked, "restatements", FIRST, cause="late", **where)
    changed = opened(asked, "restatements", FIRST, cause="amended", **where)
    every = opened(asked, "restatements", FIRST, kpi="trade_value", scope="kim-thanh")

    assert (107, 127, 30) == tuple(
        more.number.measures[n] for n in ("first_value", "now_value", "difference")
    )
    assert -10 == changed.number.measures["difference"]
    assert [["3"], ["4"], ["3", "4"]] == [list(shown(one)) for one in (more, changed, every)]
    assert f"amends {uuid(1)}; counts" == shown(changed)["4"][0]


def test_a_declaration_is_opened_by_all_that_was_said_of_it(client: Client, asked: Client) -> None:
    """Also the next day; the day on which it was registered counts it, and not the next one's."""
    fold(
        client,
        [
            declaration(1, 1, "digital_gate", 0),
            declaration(2, 1, "vnaccs_vcis", 10 * MINUTE),
            declaration(3, 1, "vnaccs_vcis", 26 * HOUR, version=2),
            declaration(4, 2, "vnaccs_vcis", 26 * HOUR),
        ],
    )

    one = opened(asked, "reconciliation", None, declaration_no="100000000001")
    day = opened(asked, "reconciliation_by_day", gate_id="kim-thanh")

    assert ("matched", 600) == (one.number.measures["state"], one.number.measures["lag_seconds"])
    assert (1, 1) == (day.number.measures["declarations"], day.number.measures["matched"])
    assert [{"1", "2", "3"}] * 2 == [set(shown(found)) for found in (one, day)]
    with pytest.raises(UsageError, match="--where declaration_no="):
        opened(asked, "reconciliation", None)


def test_the_budget_of_a_year_is_duty_and_fees(client: Client, asked: Client) -> None:
    """70,000 of duty and 5,000 of fees in one payment."""
    target = {
        "indicator": "budget_revenue", "scope": "lao-cai", "year": 2026, "value_minor": 750_000,
        "currency": "VND", "qualifier": "eq", "effective_from": "2026-01-01", "source": "owner",
    }  # fmt: skip
    paid = stage(2, "V1", "duty_paid", HOUR, duty_minor=70_000, fee_minor=5_000)
    fold(client, [envelope("target", 1, "budget_revenue/lao-cai/2026", 0, target), paid])

    found = opened(asked, "progress", FIRST, indicator="budget_revenue", scope="lao-cai")

    assert (75_000, 10.0, True) == (
        found.number.measures["actual_minor"], found.number.measures["percent"], found.adds_up,
    )  # fmt: skip
    assert {"1": ("stands", {}), "2": ("counts", {"actual_minor": 75_000})} == shown(found)
