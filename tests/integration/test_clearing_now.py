"""Whether a gate clears: events of the last hours in, verdicts and dwell with those that wait out."""

from datetime import UTC, timedelta
from itertools import count
from typing import Any

import pytest
from clickhouse_connect.driver.client import Client

from streams import clock
from streams.registry import load_registry
from tests.driver import with_offsets
from tests.events import crossing, envelope, record_of, stage
from tests.folding import fold_records

pytestmark = pytest.mark.integration

Event = dict[str, Any]
MINUTE = 60_000
ALWAYS = ("00:00", "24:00")


class World:
    """Collects events that happened some minutes ago, and folds them; each has a number of its own."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._now = clock.now()
        self._numbers = count(1)
        self._events: list[Event] = []

    def waits(self, *ages: float) -> None:
        """Add vehicles that arrived so many minutes ago."""
        for age in ages:
            number = next(self._numbers)
            self._add(crossing(number, f"W{number}", "arrived", 0, time=self._at(age)))

    def crossed(self, *stays: tuple[float, float]) -> None:
        """Add vehicles that crossed so many minutes ago after so many minutes in the gate."""
        for ago, stay in stays:
            number, then = next(self._numbers), next(self._numbers)
            self._add(crossing(number, f"C{number}", "arrived", 0, time=self._at(ago + stay)))
            self._add(crossing(then, f"C{number}", "crossed", 0, time=self._at(ago)))

    def stands(self, state: str, age: float, hours: tuple[str, str] = ALWAYS) -> None:
        """Add what the gate said so many minutes ago, with the hours that it announced."""
        body = {"gate_id": "kim-thanh", "state": state, "counterpart_state": "closed"}
        body |= {"opens_at": hours[0], "closes_at": hours[1]}
        number = next(self._numbers)
        self._add(envelope("gate.state", number, "kim-thanh", 0, body, time=self._at(age)))

    def papers(self, visit: str, *steps: tuple[float, str, str]) -> None:
        """Add steps of a clearance: (minutes ago, stage, agency) each."""
        for age, name, agency in steps:
            number = next(self._numbers)
            self._add(stage(number, visit, name, 0, agency=agency, time=self._at(age)))

    def local(self, minutes: float) -> str:
        """Give the Hanoi clock time so many minutes from now."""
        return f"{(self._now + timedelta(minutes=minutes)).astimezone(clock.HANOI):%H:%M}"

    def row(self) -> dict[str, Any]:
        """Fold all events and give what the view says of Kim Thành, outbound."""
        self._fold()
        return _rows(
            self._client,
            "SELECT * FROM kpi.clearing_now WHERE gate_id = 'kim-thanh' AND direction = 'outbound'",
        )[0]

    def holders(self) -> list[tuple[Any, ...]]:
        """Fold all events and give who holds how many vehicles, and for how many minutes."""
        self._fold()
        rows = _rows(self._client, "SELECT * FROM kpi.holding_now ORDER BY agency, step")
        return [(r["agency"], r["step"], r["vehicles"], r["oldest_seconds"] // 60) for r in rows]

    def _at(self, minutes_ago: float) -> str:
        moment = (self._now - timedelta(minutes=minutes_ago)).astimezone(UTC)
        return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"

    def _add(self, event: Event) -> None:
        self._events.append(event)

    def _fold(self) -> None:
        received = int(self._now.timestamp() * 1000)
        records = [record_of(event, received_ms=received) for event in self._events]
        fold_records(self._client, with_offsets(records))


def _rows(client: Client, query: str) -> list[dict[str, Any]]:
    result = client.query(query)
    return [dict(zip(result.column_names, row, strict=True)) for row in result.result_rows]


@pytest.fixture
def world(client: Client) -> World:
    """Give an empty world."""
    return World(client)


def test_the_product_limit_is_that_of_the_textbook(world: World) -> None:
    """The 21 patients of Freireich (1963), in minutes: 9 left, the median is 23, 90 % is not reached by 35.

    Those that left alone would have a median of 10.
    """
    world.stands("open", 5)
    world.crossed(*((30, stay) for stay in (6, 6, 6, 7, 10, 13, 16, 22, 23)))
    world.waits(6.01, 9, 10.01, 11, 17, 19, 20, 25, 32, 32, 34, 35)

    row = world.row()

    assert (9, 10.0 * MINUTE, 12) == (row["finished"], row["finished_p50_ms"], row["vehicles"])
    assert (23.0 * MINUTE, True) == (row["dwell_p50_ms"], row["dwell_p50_reached"])
    assert row["dwell_p90_ms"] == pytest.approx(35 * MINUTE, abs=MINUTE)
    assert row["dwell_p90_reached"] is False


def test_a_gate_that_lets_few_through_is_slow(world: World) -> None:
    """Ten wait, three crossed in the last hour: 200 minutes to drain them."""
    world.stands("open", 10)
    world.waits(*range(1, 11))
    world.crossed((5, 10), (20, 10), (40, 10), (70, 10))

    row = world.row()

    assert ("slow", 10, 1, 3) == (row["verdict"], row["vehicles"], row["crossed_15m"], row["crossed_1h"])
    assert row["drain_seconds"] == 200 * 60


@pytest.mark.parametrize(
    ("waits", "verdict"),
    [
        pytest.param((121, 122, 30), "slow", id="two of three wait over two hours"),
        pytest.param((300, 20, 30), "clearing", id="one of three does, as in the red channel"),
    ],
)
def test_one_vehicle_that_is_held_makes_no_slow_gate(
    world: World, waits: tuple[int, ...], verdict: str
) -> None:
    """It takes more than half of those that wait, though others go on crossing."""
    world.stands("open", 10)
    world.waits(*waits)
    world.crossed((5, 10), (20, 10), (40, 10))

    assert world.row()["verdict"] == verdict


def test_a_gate_that_lets_all_through_is_clearing(world: World) -> None:
    """Two wait, four crossed: half an hour to drain, whatever is said of the time before."""
    world.stands("open", 10)
    world.waits(4, 9)
    world.crossed((5, 10), (20, 10), (40, 10), (50, 10))

    row = world.row()

    assert ("clearing", 30 * 60, 0) == (row["verdict"], row["drain_seconds"], row["over_2h"])


def test_a_gate_where_nothing_crosses_is_not_clearing(world: World) -> None:
    """One waits for 61 minutes and nothing crossed for 62, though the finished look as fast as ever."""
    world.stands("restricted", 10)
    world.crossed((62, 8), (70, 8))
    world.waits(61, 30)

    row = world.row()

    assert ("not_clearing", None) == (row["verdict"], row["drain_seconds"])
    assert ("restricted", "closed") == (row["state"], row["counterpart_state"])
    assert row["finished_p50_ms"] == 8.0 * MINUTE
    assert row["oldest_open_seconds"] == pytest.approx(61 * 60, abs=30)


@pytest.mark.parametrize(
    ("crossed", "waits"),
    [
        pytest.param([(50, 8)], [61], id="one crossed 50 minutes ago"),
        pytest.param([(90, 8)], [58], id="none has waited for an hour"),
    ],
)
def test_an_hour_is_needed_to_call_a_gate_stuck(
    world: World, crossed: list[tuple[float, float]], waits: list[float]
) -> None:
    """Before that it is clearing: a quiet gate to which somebody came is not stuck."""
    world.stands("open", 10)
    world.crossed(*crossed)
    world.waits(*waits)

    assert world.row()["verdict"] == "clearing"


def test_a_night_at_a_closed_gate_makes_nothing_stuck(world: World) -> None:
    """Outside the announced hours no time goes by: who waits since before them is not waiting too long."""
    hours = world.local(-20), world.local(200)
    world.stands("open", 10, hours)
    world.waits(300)

    row = world.row()

    assert ("clearing", 1) == (row["verdict"], row["over_2h"])
    assert row["oldest_open_seconds"] == pytest.approx(20 * 60, abs=90)


def test_the_rate_of_a_gate_that_has_just_opened_is_that_since_it_opened(world: World) -> None:
    """Four crossed in the 20 minutes since it opened, and eight wait: 40 minutes to drain, not 120."""
    world.stands("open", 10, (world.local(-20), world.local(200)))
    world.waits(*range(1, 9))
    world.crossed((2, 5), (6, 5), (10, 5), (15, 5))

    row = world.row()

    assert row["verdict"] == "clearing"
    assert row["drain_seconds"] == pytest.approx(40 * 60, abs=180)


def test_zero_traffic_is_no_closed_gate_and_a_closed_gate_no_jam(world: World) -> None:
    """An open gate without anybody is idle; one that closed is closed, however many wait."""
    world.stands("open", 10)
    assert world.row()["verdict"] == "idle"

    world.waits(200, 100)
    world.stands("closed", 5)
    row = world.row()
    assert ("closed", 2, 1) == (row["verdict"], row["vehicles"], row["over_2h"])


def test_silence_is_no_state(world: World) -> None:
    """Never said anything, or not heard of for 90 minutes of its hours: nobody knows."""
    world.waits(200)
    assert world.row()["verdict"] == "no_data"

    world.stands("open", 91)
    assert world.row()["verdict"] == "no_data"

    world.waits(89)
    assert world.row()["verdict"] == "not_clearing"


@pytest.mark.parametrize(("state", "hours"), [("open", 26), ("closed", 72)])
def test_an_old_word_is_no_state_though_vehicles_come(world: World, state: str, hours: int) -> None:
    """Traffic vouches for what a gate said for a day of its hours, never for a closed one."""
    world.stands(state, hours * 60)
    world.crossed((5, 10))
    world.waits(2)

    row = world.row()

    assert ("no_data", state, 1, 1) == (row["verdict"], row["state"], row["vehicles"], row["crossed_1h"])


def test_every_gate_shows_also_without_any_event(client: Client) -> None:
    """Two directions of each gate of the registry, nobody knows how they stand."""
    rows = _rows(client, "SELECT gate_id, direction, verdict, vehicles, dwell_p50_ms FROM kpi.clearing_now")

    expected = {(gate.slug, way) for gate in load_registry().gates for way in ("outbound", "inbound")}
    assert expected == {(row["gate_id"], row["direction"]) for row in rows}
    assert {("no_data", 0, None)} == {(row["verdict"], row["vehicles"], row["dwell_p50_ms"]) for row in rows}


def test_the_agency_that_holds_a_vehicle_is_named(world: World) -> None:
    """While its step goes on, else who acted last, since it took over; nobody at the end or after 3 days."""
    customs, quarantine = "customs", "plant_quarantine"
    world.papers("A", (50, "lodged", customs))
    world.papers("B", (90, "lodged", customs), (30, "docs_start", customs))
    world.papers(
        "C", (95, "lodged", customs), (80, "inspection_start", quarantine), (20, "inspection_end", quarantine)
    )
    world.papers("D", (95, "lodged", customs), (80, "docs_start", customs), (70, "released", customs))
    world.papers("E", (95, "lodged", customs), (60, "refused", customs))
    world.papers("F", (73 * 60, "lodged", customs), (73 * 60, "docs_start", quarantine))
    world.papers("G", (40, "docs_start", customs), (35, "inspection_start", quarantine))

    assert [
        (customs, "docs", 2, 40),
        (customs, "waiting", 1, 50),
        (quarantine, "inspection", 1, 35),
        (quarantine, "waiting", 1, 80),
    ] == world.holders()


def test_later_facts_let_a_vehicle_go(world: World) -> None:
    """The release ends what was held, also when it is folded later."""
    world.papers("B", (90, "lodged", "customs"), (30, "docs_start", "customs"))
    assert [("customs", "docs", 1, 30)] == world.holders()

    world.papers("B", (1, "released", "customs"))
    assert [] == world.holders()
