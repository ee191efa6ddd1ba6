"""Amendments and cancellations of every event type, through the pipeline, as the public views show them.

The expected numbers are worked out by hand from the words of the contract.
"""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from clickhouse_connect.driver.client import Client

from streams.clickhouse_client import writer
from streams.pipeline import Pipeline
from streams.registry import load_registry
from streams.store import ClickHouseStore
from streams.verify import Verifier
from tests.driver import assign, drive, in_batches, with_offsets
from tests.events import correction, crossing, envelope, goods, output, record_of, stage
from tests.fakes import MemoryDeadLetters
from tests.folding import parts_of
from tests.migrated import migrated_clickhouse

pytestmark = pytest.mark.integration

Event = dict[str, Any]
# The last and the first millisecond of a day, a year too, in Hanoi.
NEW_YEARS_EVE, NEW_YEAR = "2025-12-31T16:59:59.999Z", "2025-12-31T17:00:00.000Z"
NOON = "2026-01-05T05:00:00.000Z"

TRADE = (
    "SELECT toString(day), sum(value_usd_minor), sum(lines) FROM kpi.trade_by_day GROUP BY day ORDER BY day"
)
CROSSINGS = "SELECT toString(day), vehicles FROM kpi.crossings_by_day ORDER BY day"
MINUTES = "SELECT toString(window_start), value_usd_minor FROM kpi.trade_by_minute ORDER BY window_start"
LATENCY = "SELECT toString(day), interval, channel, vehicles, total_ms FROM kpi.latency_by_day ORDER BY ALL"
OUTPUT = "SELECT toString(day), value_vnd, toString(quantity), reports FROM kpi.output_by_day ORDER BY day"
HOURS = "SELECT toString(window_start), value_vnd FROM kpi.output_by_hour ORDER BY window_start"
GATES = "SELECT gate_id, state, toString(since) FROM kpi.gates_now ORDER BY gate_id"
TARGETS = "SELECT year, target_minor FROM kpi.progress WHERE year = 2025"
DECLARATIONS = "SELECT declaration_no, status, value_usd_minor FROM declarations FINAL WHERE NOT removed"


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """Run an engine with all tables and give a writer of its generation."""
    home = tmp_path_factory.mktemp("corrections")
    with migrated_clickhouse(home) as settings, writer(settings, "kpi_g1") as client:
        yield client


def fix(kind: str, original: int = 1, number: int = 1, time: str = NOON) -> Event:
    """Give the attributes of a correction; `time` is the original's."""
    return {**correction(kind, original, 0, number), "correctstime": time}


def crossed(number: int, value: int, time: str = NOON, **extra: Any) -> Event:
    """Give a loaded crossing of one visit."""
    return crossing(number, "V-1", "crossed", 0, goods=[goods(value)], time=time, **extra)


def arrived(number: int, time: str, **extra: Any) -> Event:
    """Give the arrival of the same visit."""
    return crossing(number, "V-1", "arrived", 0, time=time, **extra)


def lodged(number: int, time: str, **extra: Any) -> Event:
    """Give the beginning of a clearance."""
    return stage(number, "V-1", "lodged", 0, time=time, **extra)


def released(number: int, time: str, channel: str | None = None, **extra: Any) -> Event:
    """Give the end of a clearance."""
    return stage(number, "V-1", "released", 0, channel, time=time, **extra)


def report(number: int, value: int, start: str, end: str, **extra: Any) -> Event:
    """Give a plant's report of a window; its time is the window's end."""
    event = output(number, 0, value, time=end, **extra)
    event["data"] |= {"window_start": start, "window_end": end}
    return event


def state(number: int, name: str, time: str, **extra: Any) -> Event:
    """Give what a gate says of itself."""
    body = {"gate_id": "kim-thanh", "state": name, "counterpart_state": None, "reason": None}
    return envelope("gate.state", number, "kim-thanh", 0, body, time=time, **extra)


def target(number: int, value: int, **extra: Any) -> Event:
    """Give the trade target of 2025."""
    body = {
        "indicator": "trade_value", "scope": "lao-cai", "year": 2025, "value_minor": value, "currency": "USD",
        "qualifier": "gte", "effective_from": "2025-01-01", "source": "a decision",
    }  # fmt: skip
    return envelope("target", number, "trade_value/lao-cai/2025", 0, body, time=NOON, **extra)


def declaration(number: int, value: int, **extra: Any) -> Event:
    """Give a declaration as a system knows it."""
    body = {
        "declaration_no": "100000000001", "system": "vnaccs_vcis", "version_no": 1, "status": "registered",
        "regime": "export", "gate_id": "kim-thanh", "value_usd_minor": value, "net_mass_kg": 5, "lines": 1,
        "duty_minor": 0,
    }  # fmt: skip
    return envelope("declaration", number, "100000000001", 0, body, time=NOON, **extra)


KEPT = {"schema_migrations", "generation", "zones", "seasons"}
NOON_DAY = "2026-01-05"
WINDOW = ("2026-01-05T04:55:00.000Z", NOON)
SCENARIOS = {
    "an amendment replaces": (
        [crossed(1, 1000), crossed(2, 700, **fix("amend"))], TRADE, [(NOON_DAY, 700, 1)],
    ),
    "an amendment without its original stands in for it": (
        [crossed(2, 700, **fix("amend"))], TRADE, [(NOON_DAY, 700, 1)],
    ),
    "a cancelled crossing never was": ([crossed(1, 1000), crossed(2, 1000, **fix("cancel"))], TRADE, []),
    "a cancellation without its original is nothing": ([crossed(2, 9, **fix("cancel"))], TRADE, []),
    "the same amendment twice is one": (
        [crossed(1, 1000), crossed(2, 700, **fix("amend")), crossed(2, 700, **fix("amend"))],
        TRADE, [(NOON_DAY, 700, 1)],
    ),
    "of two amendments the higher number stands": (
        [crossed(1, 1000), crossed(2, 700, **fix("amend", 1, 2)), crossed(3, 600, **fix("amend", 1, 1))],
        TRADE, [(NOON_DAY, 700, 1)],
    ),
    "of one number the higher id stands": (
        [crossed(1, 1000), crossed(2, 700, **fix("amend")), crossed(3, 600, **fix("amend"))],
        TRADE, [(NOON_DAY, 600, 1)],
    ),
    "amended, then cancelled": (
        [crossed(1, 1000), crossed(2, 700, **fix("amend", 1, 1)), crossed(3, 700, **fix("cancel", 1, 2))],
        TRADE, [],
    ),
    "cancelled, then put back": (
        [crossed(1, 1000), crossed(2, 1, **fix("cancel", 1, 1)), crossed(3, 400, **fix("amend", 1, 2))],
        TRADE, [(NOON_DAY, 400, 1)],
    ),
    "a correction of a correction counts for the original": (
        [crossed(1, 1000), crossed(2, 700, **fix("amend", 1, 1)), crossed(3, 500, **fix("amend", 2, 2))],
        TRADE, [(NOON_DAY, 500, 1)],
    ),
    "a value moves into the new year": (
        [crossed(1, 1000, NEW_YEARS_EVE), crossed(2, 700, NEW_YEAR, **fix("amend", time=NEW_YEARS_EVE))],
        TRADE, [("2026-01-01", 700, 1)],
    ),
    "and back into the old one, minute and day": (
        [crossed(1, 1000, NEW_YEAR), crossed(2, 700, NEW_YEARS_EVE, **fix("amend", time=NEW_YEAR))],
        MINUTES, [("2025-12-31 16:59:00", 700)],
    ),
    "two amendments over three days leave two of them empty": (
        [
            crossed(1, 1000, NEW_YEARS_EVE),
            crossed(2, 700, NEW_YEAR, **fix("amend", 1, 1, NEW_YEARS_EVE)),
            crossed(3, 300, NOON, **fix("amend", 1, 2, NEW_YEARS_EVE)),
        ],
        CROSSINGS, [(NOON_DAY, 1)],
    ),
    "of two crossings the earliest counts; once it is cancelled, the other": (
        [
            crossed(1, 1000, NEW_YEARS_EVE),
            crossed(2, 50, NOON),
            crossed(3, 1, **fix("cancel", time=NEW_YEARS_EVE)),
        ],
        TRADE, [(NOON_DAY, 50, 1)],
    ),
    "an arrival that is amended makes the stay longer, on the day that it ended": (
        [
            arrived(1, NEW_YEARS_EVE),
            crossed(2, 5, NEW_YEAR),
            arrived(3, "2025-12-31T16:00:00.000Z", **fix("amend", time=NEW_YEARS_EVE)),
        ],
        LATENCY, [("2026-01-01", "gate_dwell", "", 1, 3_600_000)],
    ),
    "a clearance whose end is amended moves to the other year": (
        [
            lodged(1, "2025-12-31T16:00:00.000Z"), released(2, NEW_YEAR, "green"),
            released(3, NEW_YEARS_EVE, "red", **fix("amend", 2, 1, NEW_YEAR)),
        ],
        LATENCY, [("2025-12-31", "clearance", "red", 1, 3_599_999)],
    ),
    "a clearance whose end is cancelled has none": (
        [lodged(1, NEW_YEAR), released(2, NOON, "green"), released(3, NOON, **fix("cancel", 2))],
        LATENCY, [],
    ),
    "a report that is amended": (
        [report(1, 500, *WINDOW), report(2, 300, *WINDOW, **fix("amend"))],
        OUTPUT, [(NOON_DAY, 300, "1.25", 1)],
    ),
    "a report that is cancelled": (
        [report(1, 500, *WINDOW), report(2, 1, *WINDOW, **fix("cancel"))], OUTPUT, [],
    ),
    "an amended report without its original": (
        [report(2, 300, *WINDOW, **fix("amend"))], OUTPUT, [(NOON_DAY, 300, "1.25", 1)],
    ),
    "a report of the last minutes of a year that is amended twice": (
        [
            report(1, 500, "2025-12-31T16:55:00.000Z", NEW_YEAR),
            report(2, 300, "2025-12-31T16:55:00.000Z", NEW_YEAR, **fix("amend", 1, 1, NEW_YEAR)),
            report(3, 200, "2025-12-31T16:55:00.000Z", NEW_YEAR, **fix("amend", 1, 2, NEW_YEAR)),
        ],
        OUTPUT, [("2025-12-31", 200, "1.25", 1)],
    ),
    "a report of the wrong window is cancelled and sent anew": (
        [
            report(1, 500, "2025-12-31T16:55:00.000Z", NEW_YEAR),
            report(2, 500, "2025-12-31T16:55:00.000Z", NEW_YEAR, **fix("cancel", time=NEW_YEAR)),
            report(3, 500, NEW_YEAR, "2025-12-31T17:05:00.000Z"),
        ],
        HOURS, [("2025-12-31 17:00:00", 500)],
    ),
    "a gate's state that is amended over New Year": (
        [
            state(1, "open", NOON),
            state(2, "closed", NEW_YEARS_EVE),
            state(3, "closed", "2026-01-05T06:00:00.000Z", **fix("amend", 2, 1, NEW_YEARS_EVE)),
        ],
        GATES, [("kim-thanh", "closed", "2026-01-05 06:00:00.000")],
    ),
    "a gate's state that is cancelled": (
        [state(1, "open", NEW_YEAR), state(2, "closed", NOON), state(3, "closed", NOON, **fix("cancel", 2))],
        GATES, [("kim-thanh", "open", "2025-12-31 17:00:00.000")],
    ),
    "an amended state without its original": (
        [state(3, "restricted", NOON, **fix("amend", 2))],
        GATES, [("kim-thanh", "restricted", "2026-01-05 05:00:00.000")],
    ),
    "a target that is amended": ([target(1, 500), target(2, 450, **fix("amend"))], TARGETS, [(2025, 450)]),
    "a target that is cancelled, of two": (
        [target(1, 500), target(2, 450), target(3, 1, **fix("cancel", 2))], TARGETS, [(2025, 500)],
    ),
    "a declaration that is amended twice": (
        [
            declaration(1, 500),
            declaration(2, 450, **fix("amend", 1, 1)),
            declaration(3, 400, **fix("amend", 1, 2)),
        ],
        DECLARATIONS, [("100000000001", "registered", 400)],
    ),
    "a declaration that is cancelled": (
        [declaration(1, 500), declaration(2, 1, **fix("cancel"))], DECLARATIONS, [],
    ),
}  # fmt: skip


@pytest.mark.parametrize(
    ("arrive", "together"),
    [pytest.param(1, 1, id="after the original"), pytest.param(-1, 9, id="before it, in one batch")],
)
@pytest.mark.parametrize(("events", "view", "shown"), SCENARIOS.values(), ids=SCENARIOS)
def test_what_stands_is_shown_whenever_the_correction_comes(  # noqa: PLR0913, PLR0917 - one a dimension
    database: Client,
    events: list[Event],
    view: str,
    shown: list[tuple[Any, ...]],
    arrive: int,
    together: int,
) -> None:
    """Before, after or in one batch with its original: the view shows the same, and verify agrees."""
    filled = "SELECT name FROM system.tables WHERE database = 'kpi_g1' AND total_rows > 0"
    for table in set(database.query(filled).result_columns[0]) - KEPT:
        database.command(f"TRUNCATE TABLE {table}")
    asyncio.run(fold(database, events[::arrive], together))

    assert shown == [tuple(row) for row in database.query(view).result_rows]
    verifier = Verifier(database, lambda _: None, parts=parts_of(events))
    assert verifier.verify(verifier.chunks(), lambda _: None).equal


async def fold(client: Client, events: list[Event], size: int) -> None:
    """Fold events as they arrive, in batches of a size."""
    store = ClickHouseStore(client, "kpi_g1")
    await store.open()
    batches = in_batches(with_offsets(record_of(event) for event in events), size)
    pipeline = Pipeline(store, MemoryDeadLetters(), load_registry())
    assign(pipeline, batches)
    await drive(pipeline, batches)
    assert not client.query("SELECT reason, detail FROM dead_letters").result_rows
