"""`kpi explain`: the events behind a number are all of them, and what they add makes up the number."""

import itertools
import json
import random
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
from clickhouse_connect.driver.client import Client
from typer.testing import CliRunner

from streams import clock
from streams.clickhouse_client import reader
from streams.commands.explain import app
from streams.core.definitions.behind import BEHIND
from streams.errors import KpiError, UsageError
from streams.events import epoch_ms, time_to_text
from streams.explain.explanation import explain
from streams.explain.request import Request
from streams.settings import Settings
from tests.driver import with_offsets
from tests.events import correction, crossing, envelope, goods, output, record_of, stage, uuid
from tests.explaining import FIRST, asking, opened, shown
from tests.folding import fold_records
from tests.line import environment

pytestmark = pytest.mark.integration

Event = dict[str, Any]
MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000


@pytest.fixture
def database(client: Client) -> Client:
    """Give a writer, beside the reader that is asked."""
    return client


@pytest.fixture
def asked(settings: Settings) -> Iterator[Client]:
    """Give a reader's client."""
    with asking(settings) as client:
        yield client


def fold(client: Client, events: Sequence[Event], received: datetime | None = None) -> None:
    """Send events through the pipeline into the store, in this order."""
    arrival = {"received_ms": epoch_ms(received)} if received else {}
    fold_records(client, with_offsets(record_of(event, **arrival) for event in events))


def fix(kind: str, original: int, ms: int, number: int = 1) -> Event:
    """Give the attributes of a correction."""
    return correction(kind, original, ms, number)


def crossed(number: int, visit: str, ms: int, value: int, **extra: Any) -> Event:
    """Give a loaded crossing."""
    return crossing(number, visit, "crossed", ms, goods=[goods(value)], **extra)


def test_what_is_corrected_stands_beside_its_correction(database: Client, asked: Client) -> None:
    """Amended, cancelled, moved to another day, crossed twice: 700 + 40 is the day's value."""
    fold(
        database,
        [
            crossed(1, "V1", 0, 1000),
            crossed(2, "V1", MINUTE, 700, **fix("amend", 1, 0)),
            crossed(3, "V2", HOUR, 500),
            crossed(4, "V2", HOUR, 500, **fix("cancel", 3, HOUR)),
            crossed(5, "V3", HOUR, 90),
            crossed(6, "V3", DAY, 90, **fix("amend", 5, HOUR)),
            crossed(7, "V4", 2 * HOUR, 40),
            crossed(8, "V4", 3 * HOUR, 60),
            crossed(9, "V5", 2 * HOUR, 8, gate_id="ho-kieu"),
        ],
    )

    found = opened(asked, "trade_by_day", gate_id="kim-thanh")

    assert {"value_usd_minor": 740, "net_mass_kg": 20, "lines": 2} == found.number.measures
    assert (True, True, 2) == (found.complete, found.adds_up, found.sample)
    assert {
        "1": (f"amended by {uuid(2)}", {}),
        "2": (f"amends {uuid(1)}; counts", {"value_usd_minor": 700, "net_mass_kg": 10, "lines": 1}),
        "3": (f"cancelled by {uuid(4)}", {}),
        "4": (f"cancels {uuid(3)}", {}),
        "5": (f"amended by {uuid(6)}", {}),
        "6": (f"amends {uuid(5)}; does not count here", {}),
        "7": ("counts", {"value_usd_minor": 40, "net_mass_kg": 10, "lines": 1}),
        "8": ("does not count here", {}),
    } == shown(found)
    assert [6, 5, 8, 7, 4, 3, 2, 1] == [int(event.id[-12:], 16) for event in found.events]
    assert {"gate.crossing/2@", "gate.crossing/0@", "gate.crossing/1@", "gate.crossing/3@"} >= {
        event.place.rpartition("@")[0] + "@" for event in found.events
    }


def test_goods_of_one_vehicle_count_in_their_own_rows(database: Client, asked: Client) -> None:
    """Of three lines two are fruit for export; the wood is in another row, and so is a cancelled import."""
    lines = [goods(100), goods(20), goods(7, hs_code="440710")]
    fold(
        database,
        [
            crossing(1, "V1", "crossed", 0, goods=lines),
            crossing(2, "V2", "crossed", 0, goods=[goods(9, regime="import")]),
            crossing(3, "V2", "crossed", 0, goods=[goods(9, regime="import")], **fix("cancel", 2, 0)),
            crossing(4, "V3", "crossed", 0, goods=[goods(5)]),
            crossing(5, "V3", "crossed", 0, goods=[goods(5)], **fix("cancel", 4, 0)),
        ],
    )

    fruit = opened(asked, "trade_by_minute", regime="export", hs_chapter="08")

    assert {"value_usd_minor": 120, "net_mass_kg": 20, "lines": 2} == fruit.number.measures
    assert {"1", "4", "5"} == shown(fruit).keys()
    assert shown(fruit)["1"][1] == fruit.number.measures
    assert fruit.adds_up


def test_both_ends_of_an_interval_are_behind_a_latency(database: Client, asked: Client) -> None:
    """The end adds 90 s and 150 s, the start belongs to it; a booth that nobody left adds nothing."""
    fold(
        database,
        [
            crossing(1, "V1", "booth_start", 0, lane_id="kim-thanh-out-1"),
            crossing(2, "V1", "booth_end", 90_000),
            crossing(3, "V2", "booth_start", MINUTE, lane_id="kim-thanh-out-1"),
            crossing(4, "V2", "booth_end", MINUTE + 100_000),
            crossing(5, "V2", "booth_end", MINUTE + 150_000, **fix("amend", 4, MINUTE + 100_000)),
            crossing(6, "V3", "booth_start", MINUTE),
            stage(7, "V1", "lodged", 0),
            stage(8, "V1", "released", HOUR, channel="green"),
        ],
    )

    booth = opened(asked, "latency_by_day", interval="booth_service")
    every = opened(asked, "latency_by_day")
    green = opened(asked, "latency_by_day", channel="green")

    assert (2, 1, 240_000) == tuple(booth.number.measures[n] for n in ("vehicles", "within_goal", "total_ms"))
    assert {
        "1": ("belongs to what counts", {}),
        "2": ("counts", {"vehicles": 1, "within_goal": 1, "total_ms": 90_000}),
        "3": ("belongs to what counts", {}),
        "4": (f"amended by {uuid(5)}", {}),
        "5": (f"amends {uuid(4)}; counts", {"vehicles": 1, "within_goal": 0, "total_ms": 150_000}),
    } == shown(booth)
    assert (3, HOUR + 240_000) == (every.number.measures["vehicles"], every.number.measures["total_ms"])
    assert {"7", "8"} == shown(green).keys()
    assert all(found.adds_up for found in (booth, every, green))
    names = ["latency_sample", "within_goal", "latency_total", "booth_service", "latency_sketch"]
    assert names == [one.name for one in booth.definitions]


def test_reports_behind_output(database: Client, asked: Client) -> None:
    """An amended report counts as amended, of two for one window the smaller id, a stop adds a report."""
    fold(
        database,
        [
            output(1, 0, value=500),
            output(2, 0, value=300, **fix("amend", 1, 300_000)),
            output(3, 1, value=70),
            output(4, 1, value=99),
            output(5, 2, value=40),
            output(6, 2, value=40, **fix("cancel", 5, 900_000)),
            output(7, 3, value=0),
            output(8, 11, value=6),
            output(9, 12, value=1000),
        ],
    )

    hour = opened(asked, "output_by_hour", product="yellow-phosphorus")
    day = opened(asked, "output_by_day", line_id="furnace-1")

    assert (376, Decimal(5), 4) == tuple(
        hour.number.measures[n] for n in ("value_vnd", "quantity", "reports")
    )
    assert 1376 == day.number.measures["value_vnd"]
    assert (True, True) == (hour.adds_up, day.adds_up)
    quarter = Decimal("1.25")
    assert {
        "1": (f"amended by {uuid(2)}", {}),
        "2": (f"amends {uuid(1)}; counts", {"value_vnd": 300, "quantity": quarter, "reports": 1}),
        "3": ("counts", {"value_vnd": 70, "quantity": quarter, "reports": 1}),
        "4": ("does not count here", {}),
        "5": (f"cancelled by {uuid(6)}", {}),
        "6": (f"cancels {uuid(5)}", {}),
        "7": ("counts", {"value_vnd": 0, "quantity": quarter, "reports": 1}),
        "8": ("counts", {"value_vnd": 6, "quantity": quarter, "reports": 1}),
    } == shown(hour)


def test_crossings_count_by_class_and_load(database: Client, asked: Client) -> None:
    """A vehicle that crossed twice is one; an empty one is in another row."""
    fold(
        database,
        [
            crossed(1, "V1", 0, 5),
            crossed(2, "V1", 1, 5),
            crossing(3, "V2", "crossed", 2, loaded=False),
        ],
    )

    every = opened(asked, "crossings_by_minute")
    empty = opened(asked, "crossings_by_day", loaded="false")

    assert ({"vehicles": 2, "gross_mass_kg": 40_000}, True) == (every.number.measures, every.adds_up)
    assert ["counts", "does not count here", "counts"] == [event.state for event in every.events]
    assert ({"3": ("counts", {"vehicles": 1, "gross_mass_kg": 20_000})}, True) == (
        shown(empty),
        empty.adds_up,
    )


def test_views_of_one_kind_of_event_need_only_be_declared(database: Client, asked: Client) -> None:
    """Regimes, commodities, revenue, steps of agencies."""
    fold(
        database,
        [
            crossing(1, "V1", "arrived", 0),
            crossing(2, "V1", "crossed", HOUR, goods=[goods(100), goods(7, "440710", "import")]),
            stage(3, "V1", "lodged", 0),
            stage(4, "V1", "docs_start", MINUTE),
            stage(5, "V1", "docs_end", 3 * MINUTE),
            stage(6, "V1", "duty_paid", 4 * MINUTE, duty_minor=70_000, fee_minor=5_000),
            stage(
                7,
                "V1",
                "duty_paid",
                4 * MINUTE,
                duty_minor=60_000,
                fee_minor=5_000,
                **fix("amend", 6, 4 * MINUTE),
            ),
        ],
    )

    wood = opened(asked, "commodity_by_day", hs_code="440710")
    imports = opened(asked, "trade_by_regime", regime="import")
    paid = opened(asked, "revenue_by_day")
    steps = opened(asked, "steps_by_day", step="docs")

    assert [7, 7] == [found.number.measures["value_usd_minor"] for found in (wood, imports)]
    assert {"duty_vnd": 60_000, "fee_vnd": 5_000, "payments": 1} == shown(paid)["7"][1]
    assert {
        "4": ("belongs to what counts", {}),
        "5": ("counts", {"vehicles": 1, "total_ms": 120_000}),
    } == shown(steps)
    assert [True] * 4 == [found.adds_up for found in (wood, imports, paid, steps)]


def test_what_is_now(database: Client, asked: Client) -> None:
    """Who waits, how gates stand, what rolls, how fresh a source is: each with its events."""
    now = clock.now().replace(microsecond=0)

    def ago(minutes: int) -> str:
        return time_to_text(now - timedelta(minutes=minutes))

    def state(number: int, name: str, minutes: int) -> Event:
        body = {"gate_id": "kim-thanh", "state": name}
        return envelope("gate.state", number, "kim-thanh", 0, body, time=ago(minutes))

    fold(
        database,
        [
            crossing(1, "V1", "arrived", 0, time=ago(90)),
            crossing(2, "V2", "arrived", 0, time=ago(80)),
            crossing(3, "V2", "crossed", 0, goods=[goods(31)], time=ago(3)),
            state(4, "closed", 300),
            state(5, "open", 200),
        ],
        received=now,
    )

    waiting = opened(asked, "waiting_now", None, gate_id="kim-thanh")
    gates = opened(asked, "gates_now", None, gate_id="kim-thanh")
    rolling = opened(asked, "trade_rolling", None, span="1h")
    fresh = opened(asked, "freshness", None, source="gate.crossing")

    assert (1, True, {"1": ("counts", {"vehicles": 1})}) == (
        waiting.number.measures["vehicles"], waiting.adds_up, shown(waiting),
    )  # fmt: skip
    assert ("open", {"5": ("stands", {}), "4": ("stands", {})}) == (
        gates.number.measures["state"],
        shown(gates),
    )
    assert (31, True, ["3"]) == (
        rolling.number.measures["value_usd_minor"],
        rolling.adds_up,
        list(shown(rolling)),
    )
    assert "3" == next(iter(shown(fresh)))
    assert fresh.newest_event == now - timedelta(minutes=3)


def test_arrivals_of_an_hour(database: Client, asked: Client) -> None:
    """Who came counts, wherever he is now; who turned back and crossed after all did not turn back."""
    fold(
        database,
        [
            crossing(1, "V1", "arrived", 0),
            crossing(2, "V1", "crossed", HOUR),
            crossing(3, "V2", "arrived", 1),
            crossing(4, "V2", "turned_back", 2),
            crossing(5, "V1", "turned_back", 3),
        ],
    )

    found = opened(asked, "arrivals_by_hour", gate_id="kim-thanh")

    assert ({"arrived": 2, "turned_back": 1}, True) == (dict(found.number.measures), found.adds_up)
    counted = {number: added for number, (how, added) in shown(found).items() if how == "counts"}
    assert {"1": {"arrived": 1}, "3": {"arrived": 1}, "4": {"turned_back": 1}} == counted


def test_a_span_of_the_past_ends_at_its_moment(database: Client, asked: Client) -> None:
    """Minutes up to the one that ran then; the last quarter of an hour of output from its reports."""
    fold(
        database,
        [
            *(crossed(n, f"V{n}", n * MINUTE, 10**n) for n in range(1, 5)),
            output(11, 0, value=1),
            output(12, 1, value=20),
            output(13, 3, value=300),
            output(14, 4, value=4000),
        ],
    )

    trade = opened(asked, "trade_rolling", FIRST + timedelta(minutes=17), span="15m")
    made = opened(asked, "output_rolling", FIRST + timedelta(minutes=19), span="15m")
    month = opened(asked, "output_rolling", FIRST + timedelta(minutes=19), span="mtd")

    assert (11_000, True) == (trade.number.measures["value_usd_minor"], trade.adds_up)
    assert (320, None) == (made.number.measures["value_vnd"], made.adds_up)
    assert (4321, True) == (month.number.measures["value_vnd"], month.adds_up)


def test_a_year_lists_the_newest_and_says_so(database: Client, asked: Client) -> None:
    """Progress adds up a year; of too many events only the newest days are read."""
    target = {
        "indicator": "trade_value", "scope": "kim-thanh", "year": 2026, "value_minor": 5000,
        "currency": "USD", "qualifier": "eq", "effective_from": "2026-01-01", "source": "owner",
    }  # fmt: skip
    fold(
        database,
        [
            envelope("target", 100, "trade_value/kim-thanh/2026", 0, target),
            *(crossed(n, f"V{n}", (n - 1) * DAY, n) for n in range(1, 11)),
            crossed(50, "V50", 0, 1, gate_id="ho-kieu"),
        ],
    )
    where = {"indicator": "trade_value", "scope": "kim-thanh"}

    whole = opened(asked, "progress", FIRST, **where)
    newest = explain(asked, "kpi", Request("progress", FIRST, where, limit=2, most_events=5))
    by_days = explain(asked, "kpi", Request("progress", FIRST, where, limit=1000, most_events=5))

    assert (55, 5000) == (whole.number.measures["actual_minor"], whole.number.measures["target_minor"])
    assert (True, True, 11) == (whole.complete, whole.adds_up, len(whole.events))
    assert {"actual_minor": 55} == {n: sum(e.adds.get(n, 0) for e in whole.events) for n in ("actual_minor",)}
    assert (True, True, whole.events) == (by_days.complete, by_days.adds_up, by_days.events)
    assert (False, None, 55) == (newest.complete, newest.adds_up, newest.number.measures["actual_minor"])
    assert ["10", "9"] == [str(int(event.id[-12:], 16)) for event in newest.listed]


def test_what_cannot_be_opened_is_said_with_what_can(database: Client, asked: Client) -> None:
    """An unknown view, column, value or window, and what is near it."""
    fold(database, [crossed(1, "V1", 0, 5)])

    for view, column, hint in (
        ("trade_by_days", "gate_id", "did you mean trade_by_day"),
        ("plan_by_day", "gate_id", "plan_by_day is worked out from the season .*; no events are behind it"),
        ("trade_by_day", "gate", "did you mean gate_id"),
        ("trade_rolling", "gate_id", "--where span=24h"),
        ("waiting_now", "gate_id", "leave --at out"),
    ):
        with pytest.raises(UsageError, match=hint):
            explain(asked, "kpi", Request(view, FIRST, {column: "kim-thanh"}))
    with pytest.raises(KpiError, match="gate_id: 'kim-thanh'"):
        opened(asked, "trade_by_day", gate_id="kimthanh")
    with pytest.raises(KpiError, match="its rows are from 2026-01-01 00:00:00 to"):
        opened(asked, "trade_by_minute", FIRST + timedelta(hours=5))


def test_the_command_prints_a_table_json_and_csv(settings: Settings, database: Client) -> None:
    """The day is a local one; events, definition and number are in each form that has room for them."""
    fold(database, [crossed(1, "V1", 0, 5), crossed(2, "V2", DAY, 7)])
    runner = CliRunner(env={**environment(settings), "COLUMNS": "250"})
    question = ["trade_by_day", "--at", "2026-01-01", "--where", "gate_id=kim-thanh"]

    table = runner.invoke(app, question)
    found = json.loads(runner.invoke(app, [*question, "--format", "json"]).output)
    lines = runner.invoke(app, [*question, "--format", "csv"]).output.splitlines()

    assert 0 == table.exit_code, table.output
    assert "Giá trị hàng hóa qua cửa khẩu" in table.output
    assert "the events add up to the number" in table.output
    assert uuid(1) in table.output
    assert uuid(2) not in table.output
    assert (5, True, uuid(1)) == (
        found["number"]["value_usd_minor"], found["adds_up"], found["events"][0]["id"],
    )  # fmt: skip
    assert "2026-01-01T07:00:00.000+07:00" == found["events"][0]["time"]
    assert 2 == len(lines)
    with pytest.raises(UsageError, match="no column=value"):
        runner.invoke(app, ["trade_by_day", "--where", "gate_id"], catch_exceptions=False)


def test_every_view_with_events_behind_it_can_be_chosen_by_its_columns(settings: Settings) -> None:
    """What the catalogue says of a view is in the view."""
    with reader(settings) as client:
        client.database = "kpi"
        for behind in BEHIND:
            columns = set(client.query(f"SELECT * FROM {behind.view} LIMIT 0").column_names)
            assert set(behind.columns) <= columns, behind.view
            assert behind.restating or behind.measures.keys() <= columns, behind.view


def test_the_sums_are_the_numbers_whatever_came(database: Client, asked: Client) -> None:
    """Seeded visits, papers and reports, amended, cancelled and moved at random: each day adds up."""
    rng = random.Random(20260105)  # noqa: S311 - a seeded test
    fold(database, list(_random_events(rng)))

    views = ("trade_by_day", "crossings_by_day", "latency_by_day", "output_by_day", "trade_by_minute")
    found = [opened(asked, view, FIRST + timedelta(days=day)) for view in views[:4] for day in (0, 1)]
    found += [opened(asked, "trade_by_day", gate_id="kim-thanh", regime="import")]

    assert [True] * 9 == [one.adds_up for one in found]
    assert all(one.sample for one in found)


def _random_events(rng: random.Random) -> Iterator[Event]:
    numbers = itertools.count(1)
    for visit in range(60):
        for point in ("arrived", "booth_start", "booth_end", "crossed", "crossed")[: rng.randrange(1, 6)]:
            make: Any = partial(crossing, visit=f"V{visit}", point=point)
            if point == "crossed":
                line = goods(rng.randrange(1, 99), regime=rng.choice(("export", "import")))
                make = partial(make, goods=[line])
            yield from _corrected(rng, numbers, make)
        for name in ("lodged", "released"):
            yield from _corrected(rng, numbers, partial(stage, visit=f"V{visit}", name=name))
    for window in range(0, 500, 5):
        number = next(numbers)
        yield output(number, window, rng.randrange(1000))
        if rng.random() < 0.3:
            kind, time = rng.choice(("amend", "cancel")), (window + 1) * 300_000
            yield output(next(numbers), window, rng.randrange(1000), **fix(kind, number, time))


def _corrected(rng: random.Random, numbers: Iterator[int], make: Any) -> Iterator[Event]:
    """Give an event at some time of two days, and sometimes a correction or two of it."""
    number, ms = next(numbers), rng.randrange(2 * DAY - 8 * HOUR)
    yield make(number=number, ms=ms)
    for correction_no in range(1, 1 + rng.choice((0, 0, 0, 1, 2))):
        kind, moved = rng.choice(("amend", "cancel")), rng.randrange(2 * DAY - 8 * HOUR)
        yield make(number=next(numbers), ms=moved, **fix(kind, number, ms, correction_no))
