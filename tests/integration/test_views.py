"""The public views over rows put into the tables by hand, against sums made by hand."""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from clickhouse_connect.driver.client import Client

from streams import clock
from streams.clickhouse_client import writer
from streams.core.sketch import quantile
from streams.settings import Settings

pytestmark = pytest.mark.integration

GATE = ("kim-thanh", "outbound")
TRADE = (*GATE, "export", "08")
BOOTH = ("booth_service", *GATE, "kim-thanh-out-1", "")
OUTPUT = ("tang-loong", "dap-2-tang-loong", "dap-1", "dap", "unstated", "TNE")
_TABLES = (
    "trade_minute", "trade_day", "revenue_day", "crossings_day", "latency_minute", "latency_day", "waiting",
    "output_hour", "output_day", "targets", "gate_states", "findings", "events", "dead_letters",
)  # fmt: skip


@pytest.fixture
def client(settings: Settings) -> Iterator[Client]:
    """Give a client whose tables are empty and whose names are the generation's."""
    with writer(settings, "kpi_g1") as client:
        for table in _TABLES:
            client.command(f"TRUNCATE TABLE {table}")
        yield client


@pytest.fixture
def today() -> date:
    """Give the local day."""
    return clock.now().astimezone(clock.HANOI).date()


def rows_of(client: Client, query: str) -> list[tuple[Any, ...]]:
    """Run a query and give plain tuples, times in UTC."""
    rows = client.query(query, settings={"session_timezone": "UTC"}).result_rows
    return [tuple(v.replace(tzinfo=UTC) if isinstance(v, datetime) else v for v in row) for row in rows]


def put(client: Client, table: str, *rows: Sequence[Any]) -> None:
    """Insert rows in the order of the table's columns."""
    client.insert(table, list(rows))


def test_partitions_are_summed_and_old_versions_do_not_count(client: Client) -> None:
    """The newest version of each partition's row counts, and the partitions add up."""
    minute = datetime(2026, 1, 5, 3, 20, tzinfo=UTC)
    put(client, "trade_minute", (minute, *TRADE, "gate.crossing", 0, 100, 10, 1, 5))
    put(client, "trade_minute", (minute, *TRADE, "gate.crossing", 0, 300, 30, 3, 9))
    put(client, "trade_minute", (minute, *TRADE, "gate.crossing", 1, 7, 1, 1, 2))

    assert [(minute, *TRADE, 307, 31, 4)] == rows_of(client, "SELECT * FROM kpi.trade_by_minute")


def test_rows_that_came_to_nothing_do_not_show(client: Client) -> None:
    """Zero in every measure, also as a sum over partitions, is no row."""
    put(client, "trade_day", (date(2026, 1, 5), *TRADE, "gate.crossing", 0, 0, 0, 0, 5))
    put(client, "crossings_day", (date(2026, 1, 5), *GATE, "container", True, "gate.crossing", 0, 0, 0, 5))
    put(client, "latency_day", (date(2026, 1, 5), *BOOTH, "gate.crossing", 0, 0, 0, 0, {300: 0}, 5))
    put(client, "output_day", (date(2026, 1, 5), *OUTPUT, "factory.output", 0, 0, 0, 0, 5))

    for view in ("trade_by_day", "crossings_by_day", "latency_by_day", "output_by_day"):
        assert [] == rows_of(client, f"SELECT * FROM kpi.{view}")


def test_a_zone_that_makes_nothing_but_reports_shows(client: Client) -> None:
    """A stop is a report with value 0, and a row."""
    put(client, "output_day", (date(2026, 1, 5), *OUTPUT, "factory.output", 0, 0, 1_250_000, 1, 5))

    rows = rows_of(client, "SELECT value_vnd, toString(quantity), unit, reports FROM kpi.output_by_day")

    assert [(0, "1.25", "TNE", 1)] == rows


def test_percentiles_come_from_the_summed_sketch(client: Client) -> None:
    """Buckets add over partitions, zero buckets are dropped, quantiles are the fold's own."""
    day = date(2026, 1, 5)
    put(
        client,
        "latency_day",
        (day, *BOOTH, "gate.crossing", 0, 9, 8, 900, {-1: 1, 400: 5, 500: 3, 450: 0}, 5),
    )
    put(client, "latency_day", (day, *BOOTH, "gate.crossing", 1, 2, 1, 100, {400: 1, 600: 1}, 7))
    summed = {-1: 1, 400: 6, 500: 3, 600: 1}

    row = rows_of(client, "SELECT * FROM kpi.latency_by_day")[0]

    assert (day, *BOOTH, 11, 9, 1000) == row[:9]
    assert [pytest.approx(quantile(summed, q)) for q in (0.5, 0.9, 0.95, 0.99)] == list(row[9:13])
    assert summed == row[13]


def test_the_quantile_function_answers_for_the_boards(client: Client) -> None:
    """`kpi_quantile` takes any sketch: all zeros are 0 ms, none at all is no number."""
    rows = rows_of(
        client,
        "SELECT kpi_quantile(CAST(map(-1, 4), 'Map(Int16, Int64)'), 0.5),"
        " isNaN(kpi_quantile(CAST(map(), 'Map(Int16, Int64)'), 0.5))",
    )

    assert [(0.0, 1)] == rows


def test_vehicles_wait_for_three_days_and_are_stale_then(client: Client) -> None:
    """What waits longer than 72 hours is shown apart; who went on is not shown."""
    now = clock.now()

    def arrived(hours: float, vehicles: int, version: int) -> tuple[Any, ...]:
        return (now - timedelta(hours=hours), *GATE, "gate.crossing", 0, vehicles, vehicles, 0, version)

    put(
        client,
        "waiting",
        arrived(1, 1, 1),
        arrived(3, 2, 2),
        arrived(71, 1, 3),
        arrived(73, 4, 4),
        arrived(5, 1, 5),
    )
    put(client, "waiting", arrived(5, 0, 6))

    ((gate, direction, vehicles, oldest, over_2h, stale),) = rows_of(client, "SELECT * FROM kpi.waiting_now")

    assert (*GATE, 4, 3, 4) == (gate, direction, vehicles, over_2h, stale)
    assert oldest == pytest.approx(71 * 3600, abs=30)


def test_rolling_spans_end_now(client: Client, today: date) -> None:
    """A span holds the windows that began within it; month and year are local days."""
    minute = clock.now().replace(second=0, microsecond=0)
    for minutes, value in ((1, 1), (30, 10), (600, 100), (3 * 1440, 1000), (8 * 1440, 10_000)):
        put(
            client,
            "trade_minute",
            (minute - timedelta(minutes=minutes), *TRADE, "gate.crossing", 0, value, 1, 1, 5),
        )
    put(client, "trade_day", (today, *TRADE, "gate.crossing", 0, 7, 1, 1, 5))
    put(
        client,
        "trade_day",
        (today.replace(month=1, day=1) - timedelta(days=1), *TRADE, "gate.crossing", 0, 9, 1, 1, 5),
    )

    spans = dict(rows_of(client, "SELECT span, sum(value_usd_minor) FROM kpi.trade_rolling GROUP BY span"))

    assert {"15m": 1, "1h": 11, "24h": 111, "7d": 1111, "mtd": 7, "ytd": 7} == spans


def test_latency_rolls_by_adding_sketches(client: Client, today: date) -> None:
    """The percentile of a span is that of all its sketches together."""
    minute = clock.now().replace(second=0, microsecond=0) - timedelta(minutes=2)
    put(client, "latency_minute", (minute, *BOOTH, "gate.crossing", 0, 3, 3, 30, {100: 3}, 5))
    put(
        client,
        "latency_minute",
        (minute - timedelta(minutes=1), *BOOTH, "gate.crossing", 0, 1, 0, 30, {500: 1}, 6),
    )
    put(client, "latency_day", (today, *BOOTH, "gate.crossing", 1, 1, 1, 5, {200: 1}, 6))

    spans = rows_of(client, "SELECT span, vehicles, p99_ms, sketch FROM kpi.latency_rolling ORDER BY span")

    recent = (4, pytest.approx(quantile({100: 3}, 0.99)), {100: 3, 500: 1})
    day = (1, pytest.approx(quantile({200: 1}, 0.99)), {200: 1})
    assert [
        ("15m", *recent),
        ("1h", *recent),
        ("24h", *recent),
        ("7d", *recent),
        ("mtd", *day),
        ("ytd", *day),
    ] == spans


def _target(value: int, year: int, effective: date, number: int, *, removed: bool = False) -> tuple[Any, ...]:
    text = f"00000000-0000-0000-0000-{number:012d}"
    time = datetime(2026, 1, 1, tzinfo=UTC)
    return (
        "trade_value", "lao-cai", year, text, time, value, "USD", "eq", effective, "owner",
        removed, "target", 0, number,
    )  # fmt: skip


def test_progress_sums_local_years_and_carries_targets(client: Client, today: date) -> None:
    """A year without a record shows the last one in force; a past year keeps its own."""
    year = today.year
    put(client, "targets", _target(500, year - 2, date(year - 2, 1, 1), 1))
    for day, value in ((date(year - 2, 12, 31), 250), (date(year, 1, 1), 100), (date(year - 1, 6, 1), 50)):
        put(client, "trade_day", (day, *TRADE, "gate.crossing", 0, value, 1, 1, 5))

    rows = rows_of(
        client, "SELECT year, target_minor, actual_minor, percent, carried FROM kpi.progress ORDER BY year"
    )

    assert [
        (year - 2, 500, 250, 50.0, False),
        (year - 1, 500, 50, 10.0, True),
        (year, 500, 100, 20.0, True),
    ] == rows


def test_the_target_in_force_is_the_latest_that_has_begun(client: Client, today: date) -> None:
    """Later records win, but not those of the future, nor those that were cancelled."""
    year = today.year
    start = date(year, 1, 1)
    put(client, "targets", _target(500, year, start, 1), _target(450, year, start, 2))
    put(
        client,
        "targets",
        _target(400, year, today + timedelta(days=1), 3),
        _target(1, year, start, 4, removed=True),
    )

    rows = rows_of(
        client, "SELECT year, target_minor, actual_minor, percent, carried, as_of FROM kpi.progress"
    )

    assert [(year, 450, 0, 0.0, False, None)] == rows


def test_progress_of_parks_zones_gates_and_what_is_not_measured(client: Client, today: date) -> None:
    """Parks are the registry's; a gate and a zone count alone; what the state took counts in VND."""
    day = date(today.year, 1, 1)
    put(client, "output_day", (day, *OUTPUT, "factory.output", 0, 70, 1, 1, 5))
    put(client, "output_day", (day, "outside-zones", *OUTPUT[1:], "factory.output", 0, 30, 1, 1, 5))
    put(
        client,
        "trade_day",
        (day, *TRADE, "gate.crossing", 0, 40, 1, 1, 5),
        (day, "ho-kieu", *TRADE[1:], "gate.crossing", 0, 2, 1, 1, 5),
    )
    put(client, "revenue_day", (day, *GATE, "clearance.stage", 0, 8, 1, 1, 5))
    scopes = [
        ("industrial_output", "lao-cai"), ("industrial_output", "parks"),
        ("industrial_output", "outside-zones"), ("trade_value", "kim-thanh"), ("budget_revenue", "lao-cai"),
    ]  # fmt: skip
    for number, scope in enumerate(scopes):
        put(client, "targets", (*scope, *_target(100, today.year, day, number)[2:]))

    rows = rows_of(client, "SELECT indicator, scope, actual_minor, percent FROM kpi.progress")

    amounts = dict(zip(scopes, (100, 70, 30, 40, 9), strict=True))
    assert amounts == {(indicator, scope): actual for indicator, scope, actual, _ in rows}
    assert amounts == {(indicator, scope): percent for indicator, scope, _, percent in rows}


def _state(
    gate: str, state: str, hour: int, *, removed: bool = False, yard: int | None = None
) -> tuple[Any, ...]:
    number = f"00000000-0000-0000-0000-{hour:012d}"
    time = datetime(2026, 1, 5, hour, tzinfo=UTC)
    return (
        gate,
        number,
        time,
        state,
        "",
        "mưa",
        None,
        None,
        yard,
        None,
        "",
        "",
        removed,
        "gate.state",
        0,
        hour,
    )


def test_gates_show_their_latest_state_and_since_when(client: Client) -> None:
    """A state lasts from the first record after another one; cancelled records never were."""
    put(
        client, "gate_states",
        _state("kim-thanh", "closed", 1), _state("kim-thanh", "open", 2), _state("kim-thanh", "closed", 3),
        _state("kim-thanh", "closed", 4, yard=12), _state("kim-thanh", "open", 5, removed=True),
        _state("ho-kieu", "open", 7), _state("ho-kieu", "open", 8),
    )  # fmt: skip

    rows = rows_of(client, "SELECT gate_id, state, since, yard_present FROM kpi.gates_now ORDER BY gate_id")

    closed, opened = datetime(2026, 1, 5, 3, tzinfo=UTC), datetime(2026, 1, 5, 7, tzinfo=UTC)
    assert [("ho-kieu", "open", opened, None), ("kim-thanh", "closed", closed, 12)] == rows


def test_freshness_names_sources_and_topics(client: Client) -> None:
    """The newest event of each, however many rows there are, and its age."""
    now = clock.now().replace(microsecond=0)
    names = ["type", "time", "id", "source", "topic", "received_at"]
    crossing = "vn.laocai.kpi.gate.crossing.v1"
    id_ = "00000000-0000-0000-0000-000000000001"
    rows = [
        [crossing, now - timedelta(seconds=age), id_, source, "gate.crossing", now - timedelta(seconds=1)]
        for age, source in ((100, "/vn/laocai/kim-thanh/a"), (5000, "/vn/laocai/kim-thanh/b"))
    ]
    client.insert("events", rows, column_names=names)

    found = {row[0]: row[1:] for row in rows_of(client, "SELECT * FROM kpi.freshness")}

    assert {"gate.crossing", "/vn/laocai/kim-thanh/a", "/vn/laocai/kim-thanh/b"} == set(found)
    assert found["gate.crossing"][0] == now - timedelta(seconds=100)
    assert found["/vn/laocai/kim-thanh/b"][2] == pytest.approx(5000, abs=30)


def test_findings_that_were_taken_back_do_not_show(client: Client) -> None:
    """A finding shows until a correction took the contradiction away."""
    time = datetime(2026, 1, 5, tzinfo=UTC)

    def finding(entity: str, version: int, *, removed: bool) -> tuple[Any, ...]:
        return (
            "conflict",
            "gate.crossing",
            0,
            entity,
            "crossed",
            "t",
            entity,
            [],
            time,
            "text",
            removed,
            version,
        )

    put(client, "findings", finding("A", 1, removed=False), finding("B", 2, removed=False))
    put(client, "findings", finding("B", 3, removed=True))

    assert [("conflict", "A")] == rows_of(client, "SELECT kind, subject FROM kpi.findings")


def test_a_window_reads_only_its_own_part_of_the_table(client: Client) -> None:
    """A caller's range on the window reaches the primary key through the view."""
    client.command(
        "INSERT INTO trade_minute"
        " SELECT toDateTime('2026-01-01 00:00:00', 'UTC') + number * 60, 'g', 'o', 'e', '01',"
        " 'gate.crossing', 0, 1, 1, 1, number FROM numbers(40000)"
    )
    plan = "\n".join(
        row[0]
        for row in rows_of(
            client,
            "EXPLAIN indexes = 1 SELECT sum(value_usd_minor) FROM kpi.trade_by_minute"
            " WHERE window_start >= '2026-01-01 00:00:00' AND window_start < '2026-01-01 01:00:00'",
        )
    )

    assert "Granules: 1/" in plan.partition("PrimaryKey")[2]
