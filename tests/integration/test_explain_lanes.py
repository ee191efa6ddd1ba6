"""`kpi explain` of what gates can pass: lanes, capacity and yards, as they are now."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final

import pytest
from clickhouse_connect.driver.client import Client

from streams import clock
from streams.errors import UsageError
from streams.events import time_to_text
from streams.settings import Settings
from tests.events import crossing, envelope
from tests.explaining import asking, opened, shown
from tests.folding import fold_at

pytestmark = pytest.mark.integration

Event = dict[str, Any]
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
OUT: Final = {"gate_id": "kim-thanh", "direction": "outbound"}


@pytest.fixture
def asked(settings: Settings) -> Iterator[Client]:
    """Give a reader's client."""
    with asking(settings) as client:
        yield client


@pytest.fixture
def now() -> datetime:
    """Give the moment, to the second."""
    return clock.now().replace(microsecond=0)


def passing(number: int, point: str, moment: datetime, visit: str = "", **extra: Any) -> Event:
    """Give a crossing at a moment."""
    return crossing(number, visit or f"V{number}", point, 0, time=time_to_text(moment), **extra)


def served(number: int, end: datetime, seconds: float, lane: str | None = None, **extra: Any) -> list[Event]:
    """Give a booth service by its number, which its start bears; its end bears the next one."""
    start = end - timedelta(seconds=seconds)
    return [
        passing(number, "booth_start", start, lane_id=lane, **extra),
        passing(number + 1, "booth_end", end, f"V{number}", **extra),
    ]


def said(number: int, moment: datetime, **data: Any) -> Event:
    """Give what Kim Thành said of itself."""
    body = {"gate_id": "kim-thanh", "state": "open", **data}
    return envelope("gate.state", number, "kim-thanh", 0, body, time=time_to_text(moment))


def test_lanes_are_opened_by_their_services(client: Client, asked: Client, now: datetime) -> None:
    """90.4 + 20.3 s in one lane are 110 whole ones, 30.2 s in another make it 140 at the gate."""
    fold_at(
        client,
        now,
        *served(1, now, 90.4, "kim-thanh-out-1"),
        *served(3, now, 20.3, "kim-thanh-out-1"),
        *served(5, now, 30.2, "kim-thanh-in-1", direction="inbound"),
        *served(7, now, 60),
        *served(9, now - 2 * DAY, 60, "kim-thanh-out-1"),
        *served(11, now, 60, "ho-kieu-out-1", gate_id="ho-kieu"),
        *served(15, now, 60, "ho-kieu-in-1", gate_id="ho-kieu", direction="inbound"),
        said(13, now - 30 * MINUTE, lanes_open=3),
        said(14, now - 4 * DAY, lanes_open=5),
    )

    lane = {**OUT, "lane_id": "kim-thanh-out-1"}
    uses = [opened(asked, "lane_use", None, span=span, **lane) for span in ("1h", "today")]
    other = opened(asked, "lane_use", None, span="1h", gate_id="ho-kieu", direction="outbound")
    gate = opened(asked, "lanes_now", None, gate_id="kim-thanh")

    for use in uses:
        assert (2, 110, True) == (
            use.number.measures["vehicles"], use.number.measures["busy_seconds"], use.adds_up,
        )  # fmt: skip
        assert {"1", "2", "3", "4"} == set(shown(use))
        assert ("counts", {"vehicles": 1, "busy_seconds": Decimal("90.4")}) == shown(use)["2"]
    assert ({"11", "12"}, True) == (set(shown(other)), other.adds_up)
    assert (3, 140, 140, True) == (
        gate.number.measures["lanes_open"],
        *(gate.number.measures[f"busy_seconds_{span}"] for span in ("1h", "today")),
        gate.adds_up,
    )
    assert {"1", "2", "3", "4", "5", "6", "13"} == set(shown(gate))
    _, added = shown(gate)["6"]
    assert {name: Decimal("30.2") for name in ("busy_seconds_1h", "busy_seconds_today")} == added


def test_a_capacity_is_opened_by_its_sample(client: Client, asked: Client, now: datetime) -> None:
    """Two services in seven days at one gate; at the other the twenty of today, which are enough alone."""
    fold_at(
        client,
        now,
        *served(1, now, 60),
        *served(3, now - 2 * DAY, 120),
        *served(5, now - 8 * DAY, 60),
        *(event for n in range(10, 50, 2) for event in served(n, now, 60, gate_id="ho-kieu")),
        *served(60, now - 2 * DAY, 60, gate_id="ho-kieu"),
    )

    week = opened(asked, "gate_capacity", None, **OUT)
    today = opened(asked, "gate_capacity", None, gate_id="ho-kieu", direction="outbound")

    assert (2, 90_000.0, True) == (
        week.number.measures["sample"], week.number.measures["mean_ms"], week.adds_up,
    )  # fmt: skip
    assert {"1", "2", "3", "4"} == set(shown(week))
    assert (20, 20, True) == (today.number.measures["sample"], today.sample, today.adds_up)
    assert [7, 1] == [(one.window.end - one.window.start).days for one in (week, today)]
    with pytest.raises(UsageError, match=r"choose one:\n  --where gate_id="):
        opened(asked, "gate_capacity", None, gate_id="kim-thanh")


def test_a_yard_is_opened_by_who_came_and_went(client: Client, asked: Client, now: datetime) -> None:
    """One waits, two came within the hour, of whom one crossed and one turned back; the gate said seven."""
    fold_at(
        client,
        now,
        passing(1, "arrived", now - 90 * MINUTE, "V1"),
        passing(2, "arrived", now - 10 * MINUTE, "V2"),
        passing(3, "crossed", now - 3 * MINUTE, "V2"),
        passing(4, "arrived", now - 20 * MINUTE, "V3"),
        passing(5, "turned_back", now - 5 * MINUTE, "V3"),
        passing(6, "arrived", now - 120 * MINUTE, "V4"),
        passing(7, "crossed", now - 100 * MINUTE, "V4"),
        said(8, now - 20 * MINUTE, yard_present=7),
    )

    found = opened(asked, "yards_now", None, gate_id="kim-thanh")

    assert (7, 1, 2, 2) == tuple(
        found.number.measures[name] for name in ("present", "waiting", "inflow_1h", "outflow_1h")
    )
    assert {
        "1": {"waiting": 1},
        "2": {"inflow_1h": 1},
        "3": {"outflow_1h": 1},
        "4": {"inflow_1h": 1},
        "5": {"outflow_1h": 1},
        "8": {},
    } == {number: added for number, (_, added) in shown(found).items()}
    assert found.adds_up
