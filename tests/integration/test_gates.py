"""The views of the gates over rows put into the tables by hand, against figures worked out by hand."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

import pytest
from clickhouse_connect.driver.client import Client

from streams import clock
from streams.annotations import GATE_CLOSURE
from streams.clickhouse_client import reader, writer
from streams.grafana.marks import marks_of
from streams.registry import load_registry
from streams.settings import Settings
from streams.wall.timerange import TimeRange

pytestmark = pytest.mark.integration

GATE: Final = "kim-thanh"
HOUR: Final = timedelta(hours=1)
# Hours that never end, so that a test of now holds at any time of the day.
ALWAYS: Final = {"opens_at": "00:00", "closes_at": "24:00"}
_TABLES: Final = (
    "gate_states", "waiting", "crossings_minute", "crossings_day", "latency_minute", "latency_day",
    "trade_day", "targets",
)  # fmt: skip
_STATE: Final = {
    "counterpart_state": "open", "reason": "", "lanes_open": None, "lanes_max": None, "yard_present": None,
    "yard_capacity": None, "opens_at": "", "closes_at": "", "removed": False,
}  # fmt: skip
_PLACE: Final = {"gate_id": GATE, "direction": "outbound"}


@pytest.fixture
def client(settings: Settings) -> Iterator[Client]:
    """Give a client whose tables are empty and whose names are the generation's."""
    with writer(settings, "kpi_g1") as client:
        for table in _TABLES:
            client.command(f"TRUNCATE TABLE {table}")
        yield client


def put(client: Client, table: str, *rows: dict[str, Any]) -> None:
    """Insert rows, each of a partition of its own."""
    whole = [{"topic": "t", "partition": number, "version": 1, **row} for number, row in enumerate(rows)]
    for row in whole:
        client.insert(table, [list(row.values())], column_names=list(row))


def say(client: Client, time: datetime, state: str, gate_id: str = GATE, **rest: Any) -> None:
    """Add a gate.state as the register holds it."""
    known = client.query("SELECT count() FROM gate_states").result_rows[0][0]
    row = {"gate_id": gate_id, "id": f"00000000-0000-0000-0000-{known:012d}", "time": time, "state": state}
    put(client, "gate_states", {**row, **_STATE, **rest})


def arrive(client: Client, time: datetime, arrived: int, waiting: int = 0, **rest: Any) -> None:
    """Add arrivals of one moment, some of which still wait."""
    measures = {"vehicles": waiting, "arrived": arrived, "turned_back": 0}
    put(client, "waiting", {**_PLACE, "arrived_at": time, **measures, **rest})


def cross(client: Client, minute: datetime, vehicles: int, **rest: Any) -> None:
    """Add crossings of one minute."""
    row = {**_PLACE, "vehicle_class": "container", "loaded": True, "gross_mass_kg": 1, "vehicles": vehicles}
    put(client, "crossings_minute", {**row, "window_start": minute.replace(second=0), **rest})


def rows_of(client: Client, query: str) -> list[dict[str, Any]]:
    """Run a query and give its rows by column, times in UTC."""
    result = client.query(query, settings={"session_timezone": "UTC"})
    return [
        {
            name: value.replace(tzinfo=UTC) if isinstance(value, datetime) else value
            for name, value in zip(result.column_names, row, strict=True)
        }
        for row in result.result_rows
    ]


def row_of(client: Client, view: str, **where: str) -> dict[str, Any]:
    """Give the one row of a view that has these values."""
    texts = [f"{name} = '{value}'" for name, value in {"gate_id": GATE, **where}.items()]
    (row,) = rows_of(client, f"SELECT * FROM kpi.{view} WHERE {' AND '.join(texts)}")
    return row


def hanoi(day: date, hour: int, minute: int = 0) -> datetime:
    """Give a moment of the clock in Hanoi."""
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=clock.HANOI).astimezone(UTC)


def now() -> datetime:
    """Give the moment to the second, as the views see it."""
    return clock.now().replace(microsecond=0)


def today() -> date:
    """Give the local day."""
    return clock.now().astimezone(clock.HANOI).date()


@pytest.mark.parametrize("state", ["open", "restricted", "closed"])
def test_a_gate_stands_as_it_last_said(client: Client, state: str) -> None:
    """Since the first of the states that say so; an empty open gate is open."""
    say(client, now() - 4 * HOUR, "open", **ALWAYS)
    say(client, now() - 3 * HOUR, "closed" if state == "open" else "open", **ALWAYS)
    since = now() - HOUR
    say(client, since, state, reason="mưa", counterpart_state="restricted", **ALWAYS)
    say(client, now() - HOUR / 2, state, reason="mưa", counterpart_state="restricted", **ALWAYS)

    row = row_of(client, "gate_status")

    assert (state, state, "restricted", "mưa") == (
        row["status"], row["last_state"], row["counterpart_state"], row["reason"],
    )  # fmt: skip
    assert since == row["status_since"]


def test_a_gate_that_never_said_its_state_is_no_data(client: Client) -> None:
    """Its traffic does not say whether it is restricted; each gate of the registry has its row."""
    cross(client, now() - HOUR / 2, 3)

    rows = rows_of(client, "SELECT gate_id, status, known_until FROM kpi.gate_status")

    assert {gate.slug for gate in load_registry().gates} == {row["gate_id"] for row in rows}
    assert {("no_data", None)} == {(row["status"], row["known_until"]) for row in rows}


@pytest.mark.parametrize(
    ("minutes", "status"), [pytest.param(88, "open", id="known"), pytest.param(92, "no_data", id="silent")]
)
def test_silence_of_ninety_minutes_is_no_data(client: Client, minutes: int, status: str) -> None:
    """The last state stands beside it, and since when it is not known any more."""
    said = now() - timedelta(minutes=minutes)
    say(client, said, "open", **ALWAYS)

    row = row_of(client, "gate_status")

    assert (status, "open", said + timedelta(minutes=90)) == (
        row["status"], row["last_state"], row["known_until"],
    )  # fmt: skip


def test_traffic_is_heard(client: Client) -> None:
    """A gate that says its state once a day is known while vehicles come or cross."""
    say(client, now() - 20 * HOUR, "open", **ALWAYS)
    came = now() - HOUR
    arrive(client, came, 1)
    cross(client, now() - 2 * HOUR, 1)

    row = row_of(client, "gate_status")

    assert ("open", came) == (row["status"], row["heard_at"])


@pytest.mark.parametrize(
    ("state", "hours", "status"),
    [
        pytest.param("open", 25, "open", id="yesterday"),
        pytest.param("open", 26, "no_data", id="the day before"),
        pytest.param("closed", 24 * 60, "no_data", id="months ago, while history is filled in"),
    ],
)
def test_traffic_vouches_for_a_days_hours_of_what_was_said(
    client: Client, state: str, hours: int, status: str
) -> None:
    """For 24 hours and the 90 minutes after them; no gate is closed because somebody came."""
    say(client, now() - hours * HOUR, state, **ALWAYS)
    arrive(client, now() - HOUR / 6, 1)

    assert (status, state) == tuple(row_of(client, "gate_status")[name] for name in ("status", "last_state"))


def test_the_timeline_ends_an_old_word_in_spite_of_traffic(client: Client) -> None:
    """Said at 07:00, heard of at 08:00 and three days later: known until 09:30 of the first day."""
    day = today() - timedelta(days=5)
    say(client, hanoi(day, 7), "open", opens_at="07:00", closes_at="22:00")
    cross(client, hanoi(day, 8), 1)
    cross(client, hanoi(day + timedelta(days=3), 9), 1)

    rows = rows_of(client, f"SELECT * FROM kpi.gate_timeline WHERE gate_id = '{GATE}' ORDER BY started_at")

    assert [(hanoi(day, 7), hanoi(day, 9, 30), "open"), (hanoi(day, 9, 30), None, "no_data")] == [
        (row["started_at"], row["ended_at"], row["state"]) for row in rows
    ]


def test_the_timeline_merges_what_did_not_change_and_shows_silence(client: Client) -> None:
    """A closed gate may be silent until it opens; an open one 90 minutes of its hours."""
    day = today() - timedelta(days=5)
    next_day = day + timedelta(days=1)
    hours = {"opens_at": "07:00", "closes_at": "22:00"}
    for hour, state, reason in ((7, "open", ""), (8, "open", ""), (9, "restricted", "mưa"), (10, "open", "")):
        say(client, hanoi(day, hour), state, reason=reason, **hours)
    say(client, hanoi(day, 10, 30), "closed", counterpart_state="closed", **hours)
    say(client, hanoi(next_day, 8), "open", **hours)
    say(client, hanoi(next_day, 12), "restricted", **hours)
    say(client, hanoi(next_day, 13), "closed", removed=True, **hours)

    rows = rows_of(client, f"SELECT * FROM kpi.gate_timeline WHERE gate_id = '{GATE}' ORDER BY started_at")

    assert [
        (hanoi(day, 7), hanoi(day, 9), "open", "open", "", 7200),
        (hanoi(day, 9), hanoi(day, 10), "restricted", "open", "mưa", 3600),
        (hanoi(day, 10), hanoi(day, 10, 30), "open", "open", "", 1800),
        # Silent from 10:30 to 08:00, but closed: nothing was to be heard before 08:30.
        (hanoi(day, 10, 30), hanoi(next_day, 8), "closed", "closed", "", 77_400),
        (hanoi(next_day, 8), hanoi(next_day, 9, 30), "open", "open", "", 5400),
        (hanoi(next_day, 9, 30), hanoi(next_day, 12), "no_data", "", "", 9000),
        (hanoi(next_day, 12), hanoi(next_day, 13, 30), "restricted", "open", "", 5400),
    ] == [tuple(row.values())[1:] for row in rows[:-1]]
    last = rows[-1]
    assert (hanoi(next_day, 13, 30), None, "no_data") == (
        last["started_at"], last["ended_at"], last["state"],
    )  # fmt: skip
    assert (now() - last["started_at"]).total_seconds() == pytest.approx(last["seconds"], abs=5)


def test_a_day_is_shared_out_over_the_ordinary_hours(client: Client) -> None:
    """Of the 15 hours from 07:00 to 22:00: 2 open, 1 restricted, 9 closed, the rest not known."""
    day = today() - timedelta(days=3)
    for hour, state in ((7, "open"), (8, "open"), (9, "restricted"), (10, "closed")):
        say(client, hanoi(day, hour), state)
    say(client, hanoi(day, 19), "open")

    row = row_of(client, "gate_state_by_day", day=str(day))

    assert (54_000, 7200 + 5400, 3600, 32_400, 5400) == tuple(row.values())[2:7]
    assert (60.0, pytest.approx(100 / 15)) == (row["closed_percent"], row["restricted_percent"])


def test_the_calendar_has_both_clocks(client: Client) -> None:
    """What the gate announced goes before the registry; Beijing is an hour later, days turn over apart."""
    say(client, now() - HOUR, "open", opens_at="06:30", closes_at="24:00")
    say(client, now() - HOUR / 2, "open")

    row = row_of(client, "gate_calendar")

    assert ("07:00", "22:00", "06:30", "24:00") == tuple(row.values())[1:5]
    assert ("06:30", "24:00", "07:30", "01:00", 63_000) == tuple(row.values())[5:10]
    local = clock.now().astimezone(clock.HANOI)
    opening = hanoi(local.date(), 6, 30)
    is_open = clock.now() >= opening
    opening += timedelta(days=is_open)
    midnight = hanoi(local.date() + timedelta(days=1), 0)
    assert (is_open, opening, midnight) == (
        row["open_by_calendar"], row["next_opening"], row["next_closing"],
    )  # fmt: skip
    assert f"{opening.astimezone(clock.HANOI):%d/%m} 06:30" == row["next_opening_hanoi"]
    assert f"{opening.astimezone(clock.HANOI):%d/%m} 07:30" == row["next_opening_beijing"]
    assert f"{midnight.astimezone(clock.HANOI):%d/%m} 01:00" == row["next_closing_beijing"]


def test_a_gate_that_never_closes_has_no_next_opening(client: Client) -> None:
    """The railway's hours are the registry's, and assumed."""
    row = row_of(client, "gate_calendar", gate_id="lao-cai-rail")

    assert (86_400, True, None, None, None) == (
        row["open_seconds_a_day"], row["open_by_calendar"], row["next_opening"], row["next_closing"],
        row["next_closing_hanoi"],
    )  # fmt: skip
    assert row["assumption"]


def test_who_crosses_after_seven_in_the_evening(client: Client) -> None:
    """The normal goods hours are 07:00 to 19:00 in Hanoi."""
    day = date(2026, 1, 5)
    for hour, minute, vehicles in ((6, 59, 1), (7, 0, 10), (18, 59, 20), (19, 0, 3), (21, 30, 6)):
        cross(client, hanoi(day, hour, minute), vehicles)

    row = row_of(client, "extended_hours_by_day")

    assert (day, 40, 10, 25.0) == (
        row["day"], row["vehicles"], row["extended_vehicles"], row["extended_percent"],
    )  # fmt: skip


def serve(client: Client, minute: datetime, lane: str, vehicles: int, total_ms: int) -> None:
    """Add booth services that ended in one minute."""
    row = {**_PLACE, "interval": "booth_service", "lane_id": lane, "channel": "", "within_goal": 0}
    measures = {"vehicles": vehicles, "total_ms": total_ms, "sketch": {500: vehicles}}
    put(client, "latency_minute", {**row, "window_start": minute.replace(second=0), **measures})


def test_lanes_are_used_for_part_of_the_time_for_which_they_are_open(client: Client) -> None:
    """Two lanes, then four for the last half hour: 3 lane-hours of the last hour, 1.5 of them busy."""
    say(client, now() - 2 * HOUR, "open", lanes_open=2, lanes_max=5, **ALWAYS)
    say(client, now() - HOUR / 2, "open", lanes_open=4, lanes_max=5, **ALWAYS)
    serve(client, now() - HOUR / 3, "kim-thanh-out-1", 30, 3_600_000)
    serve(client, now() - HOUR / 4, "kim-thanh-in-3", 15, 1_800_000)
    serve(client, now() - 2 * HOUR, "kim-thanh-in-3", 1, 60_000)

    gate = row_of(client, "lanes_now")
    lane = row_of(client, "lane_use", span="1h", lane_id="kim-thanh-in-3")

    assert ("open", 4, 5, 5400) == (
        gate["status"], gate["lanes_open"], gate["lanes_max"], gate["busy_seconds_1h"],
    )  # fmt: skip
    assert 3 * 3600 == pytest.approx(gate["lane_seconds_1h"], abs=5)
    assert pytest.approx(50, abs=0.1) == gate["use_percent_1h"]
    assert (15, 1800, 3600, 50.0) == (
        lane["vehicles"], lane["busy_seconds"], lane["seconds"], lane["percent"],
    )  # fmt: skip


def test_lanes_of_a_gate_that_is_not_heard_of(client: Client) -> None:
    """How many are open is not known; how many there are says the registry, which is an assumption."""
    row = row_of(client, "lanes_now")

    assert (None, 5, True, None) == (
        row["lanes_open"], row["lanes_max"], row["assumption"], row["use_percent_1h"],
    )  # fmt: skip


def served(client: Client, day: date, vehicles: int, mean_ms: int) -> None:
    """Add a day's booth services at Kim Thành, outbound."""
    row = {**_PLACE, "interval": "booth_service", "lane_id": "kim-thanh-out-1", "channel": ""}
    measures = {"vehicles": vehicles, "within_goal": 0, "total_ms": vehicles * mean_ms}
    put(client, "latency_day", {**row, "day": day, **measures, "sketch": {600: vehicles}})


def test_capacity_is_that_of_the_service_time(client: Client) -> None:
    """Two lanes at 1.54 minutes for 12 hours: 935 a day, 1,403 with a third lane."""
    say(client, now() - HOUR, "open", opens_at="07:00", closes_at="19:00")
    served(client, today() - timedelta(days=2), 500, 300_000)
    served(client, today(), 20, 92_400)

    row = row_of(client, "gate_capacity", direction="outbound")

    assert (2, "today", 20, 92_400.0, 12.0) == (
        row["lanes"], row["span"], row["sample"], row["mean_ms"], row["hours"],
    )  # fmt: skip
    assert [78, 935, 117, 1403] == [
        round(row[name]) for name in ("per_hour", "per_day", "per_hour_one_more", "per_day_one_more")
    ]
    median_ms = (1.01 / 0.99) ** 600 * 2 / (1.01 / 0.99 + 1)
    assert pytest.approx(3_600_000 * 2 / median_ms) == row["per_hour_median"]
    assert (None, False) == (row["plan_percent"], row["assumption"])


def test_capacity_of_a_quiet_day_is_that_of_the_week(client: Client) -> None:
    """19 vehicles are too few to tell; 60 at 5 minutes and these 19 at 1 minute are 79 at 4.04."""
    served(client, today() - timedelta(days=6), 60, 300_000)
    served(client, today() - timedelta(days=7), 1000, 1000)
    served(client, today(), 19, 60_000)

    row = row_of(client, "gate_capacity", direction="outbound")

    assert ("7d", 79, pytest.approx(19_140_000 / 79)) == (row["span"], row["sample"], row["mean_ms"])


def test_capacity_of_the_plan(client: Client) -> None:
    """360 vehicles of 2,000 USD a day on each open day, against a target of 2,000 USD x 360 x 1,000."""
    say(client, now() - HOUR, "open", opens_at="07:00", closes_at="22:00")
    served(client, today(), 100, 300_000)
    before, per_vehicle = today() - timedelta(days=28), 200_000
    goods = {"regime": "export", "hs_chapter": "08", "net_mass_kg": 1, "lines": 1}
    put(client, "trade_day", {**_PLACE, **goods, "day": before, "value_usd_minor": 10 * per_vehicle})
    vehicles = {"vehicle_class": "container", "loaded": True, "gross_mass_kg": 1, "vehicles": 10}
    put(client, "crossings_day", {**_PLACE, **vehicles, "day": before})
    put(
        client, "targets",
        {
            "indicator": "trade_value", "scope": "lao-cai", "year": today().year,
            "id": "00000000-0000-0000-0000-000000000001", "time": now(), "value_minor": 360_000 * per_vehicle,
            "currency": "USD", "qualifier": "eq", "effective_from": date(today().year, 1, 1),
            "source": "owner", "removed": False,
        },
    )  # fmt: skip
    (days,) = rows_of(
        client, f"SELECT max(open_days_elapsed) AS n FROM kpi.plan_by_day WHERE toYear(day) = {today().year}"
        " AND indicator = 'trade_value'",
    )  # fmt: skip

    row = row_of(client, "gate_capacity", direction="outbound")

    assert (360.0, 540.0, 200_000.0) == (row["per_day"], row["per_day_one_more"], row["value_per_vehicle"])
    assert pytest.approx(days["n"] / 10) == row["plan_percent"]
    assert pytest.approx(days["n"] / 10 * 1.5) == row["plan_percent_one_more"]


def test_a_yard_fills(client: Client) -> None:
    """240 of 300, 60 in and 36 out in an hour: 60 places at 24 an hour are 150 minutes."""
    say(client, now() - HOUR / 2, "open", yard_present=240, yard_capacity=300, **ALWAYS)
    arrive(client, now() - HOUR / 2, 60, waiting=50)
    arrive(client, now() - 2 * HOUR, 70, waiting=70)
    arrive(client, now() - HOUR / 3, 0, turned_back=6)
    cross(client, now() - HOUR / 4, 30)

    row = row_of(client, "yards_now")

    assert (240, "said", 120, 300, 80.0) == tuple(row.values())[1:6]
    assert (60, 36, 24, 150, 1, False) == tuple(row.values())[6:]


def test_a_yard_that_says_nothing_is_counted(client: Client) -> None:
    """The capacity is the registry's then, and said to be an assumption; a full yard is full at once."""
    say(client, now() - 2 * HOUR, "open", yard_present=3, **ALWAYS)
    arrive(client, now() - 2 * HOUR, 500, waiting=500)
    arrive(client, now() - 73 * HOUR, 9, waiting=9)

    row = row_of(client, "yards_now")

    assert (500, "counted", 500, 500, 100.0) == tuple(row.values())[1:6]
    assert (0, 0, 0, 0, 2, True) == tuple(row.values())[6:]


@pytest.mark.parametrize(("present", "level"), [(499, 1), (999, 2), (1000, 3), (5000, 3), (5001, 4)])
def test_the_levels_of_the_national_scale(client: Client, present: int, level: int) -> None:
    """Under 500, to 1,000, to 5,000, above."""
    say(client, now(), "open", yard_present=present)

    assert (present, level) == tuple(
        row_of(client, "yards_now")[name] for name in ("present", "national_level")
    )


def test_the_other_side_takes_a_hundred_a_day(client: Client) -> None:
    """300 came, 100 crossed, 20 turned back: 180 are left over; usually 200 cross."""
    day = date(2026, 1, 20)
    vehicles = {"vehicle_class": "container", "loaded": True, "gross_mass_kg": 1}
    for before, crossed in ((0, 100), (2, 150), (3, 200), (4, 400), (5, 500), (28, 150), (29, 9000)):
        put(
            client, "crossings_day",
            {**_PLACE, **vehicles, "day": day - timedelta(days=before), "vehicles": crossed},
        )  # fmt: skip
    put(client, "crossings_day", {**_PLACE, **vehicles, "direction": "inbound", "day": day, "vehicles": 7})
    arrive(client, hanoi(day, 0), 300)
    arrive(client, hanoi(day, 23, 59), 0, turned_back=20)

    row = row_of(client, "acceptance_by_day", day=str(day))

    assert (100, 300, 180, 50.0) == tuple(row.values())[2:]


def test_arrivals_by_the_hour(client: Client) -> None:
    """Whoever arrived counts, waiting or gone."""
    hour = datetime(2026, 1, 5, 3, tzinfo=UTC)
    arrive(client, hour, 2, waiting=1)
    arrive(client, hour + timedelta(minutes=59), 3, turned_back=1)
    arrive(client, hour + HOUR, 0)

    row = row_of(client, "arrivals_by_hour")

    assert (hour, 5, 1) == (row["window_start"], row["arrived"], row["turned_back"])


def test_a_closure_in_a_gates_hours_is_an_annotation(client: Client, settings: Settings) -> None:
    """One that ended and one that goes on; that a gate closes for the night is none."""
    day = today() - timedelta(days=3)
    hours = {"opens_at": "07:00", "closes_at": "22:00"}
    for time, state in ((15, "open"), (16, "closed"), (17, "open"), (22, "closed"), (31, "open")):
        say(client, hanoi(day, 0) + time * HOUR, state, "ho-kieu", reason="bão", **hours)
    since = now() - HOUR
    say(client, since - HOUR / 2, "open", **ALWAYS)
    say(client, since, "closed", reason="", **ALWAYS)

    with reader(settings) as reading:
        reading.database = settings.database
        span = TimeRange(now() - 7 * 24 * HOUR, now())
        marks = marks_of(GATE_CLOSURE, reading, load_registry(), span)

    assert [
        ("Đóng cửa khẩu Hồ Kiều: bão", hanoi(day, 16), hanoi(day, 17)),
        ("Đóng cửa khẩu Kim Thành", since, None),
    ] == [(mark.text, mark.begins, mark.ends) for mark in marks]
