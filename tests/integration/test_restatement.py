"""Then and now: a day's figures when published, what they are, and why; worked out by hand."""

import asyncio
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from clickhouse_connect.driver.client import Client

from streams.clickhouse_client import writer
from streams.core.record import REPLAY_OF, Record
from streams.events import epoch_ms
from streams.registry import load_registry
from streams.replay.rebuild import Rebuild
from streams.settings import Settings
from streams.topics import DEFAULT_PARTITIONS
from streams.verify import Verifier
from tests.driver import with_offsets
from tests.events import correction, crossing, goods, output, record_of
from tests.folding import fold_records
from tests.migrated import migrated_clickhouse

pytestmark = pytest.mark.integration

Event = dict[str, Any]
Arrived = tuple[Event, str]
MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000
# The local day 2026-01-01 ends at 17:00 UTC and is published at 17:15; 2026-01-02 a day later.
THEN, PUBLISHED, NEXT = "2026-01-01T17:14", "2026-01-01T17:15", "2026-01-02T17:15"
FIRST, SECOND = date(2026, 1, 1), date(2026, 1, 2)
SHOWN = (
    "SELECT day, kpi, cause, first_value, now_value, difference, events FROM kpi.restatements"
    " WHERE scope = 'lao-cai' ORDER BY ALL"
)


@pytest.fixture
def alone(tmp_path: Path) -> Iterator[Settings]:
    """Give the settings of an engine that no other test has: a rebuild switches its views."""
    with migrated_clickhouse(tmp_path) as settings:
        yield settings


def fold(client: Client, arrived: Sequence[Arrived], redriven: Sequence[Arrived] = ()) -> None:
    """Send events through the pipeline, each with the moment at which it came."""
    records = [_record(*item) for item in arrived]
    records += [_record(*item)._replace(headers=((REPLAY_OF, b"gate.crossing/0/1"),)) for item in redriven]
    fold_records(client, with_offsets(records), batch=3)


def _record(event: Event, received: str) -> Record:
    return record_of(event, received_ms=epoch_ms(datetime.fromisoformat(received).replace(tzinfo=UTC)))


def shown(client: Client, sql: str = SHOWN) -> list[tuple[Any, ...]]:
    """Ask the view, and verify that its partials are what the events say."""
    verifier = Verifier(client, lambda _: None)
    found = verifier.verify(verifier.chunks(), lambda _: None)
    assert found.equal, found.differences
    return [tuple(row) for row in client.query(sql).result_rows]


def crossed(number: int, visit: str, ms: int, value: int, **extra: Any) -> Event:
    """Give a loaded crossing."""
    return crossing(number, visit, "crossed", ms, goods=[goods(value)], **extra)


def test_what_came_in_time_restates_nothing(client: Client) -> None:
    """Up to 00:15 of the next day, late or not; history sent after the fact was never published."""
    fold(
        client,
        [
            (crossed(1, "V1", HOUR, 100), "2026-01-01T01:00"),
            (crossed(2, "V2", HOUR, 100), THEN),
            (crossed(3, "V3", HOUR, 100, backfill=True), "2026-03-01T00:00"),
            (output(4, 1, backfill=True), "2026-03-01T00:00"),
            (crossed(5, "V1", HOUR, 90, **correction("amend", 1, HOUR)), THEN),
        ],
    )

    assert [] == shown(client)


def test_a_late_event_adds_to_what_was_published(client: Client) -> None:
    """100 was published, 130 is known: 30 came late, one vehicle of it; the gate and the province say so."""
    fold(
        client,
        [(crossed(1, "V1", HOUR, 100), "2026-01-01T01:00"), (crossed(2, "V2", HOUR, 30), PUBLISHED)],
    )

    assert [
        (FIRST, "trade_value", "late", 100, 130, 30, 1),
        (FIRST, "vehicles", "late", 1, 2, 1, 1),
    ] == shown(client)
    scopes = "SELECT DISTINCT scope FROM kpi.restatements ORDER BY scope"
    assert [("kim-thanh",), ("lao-cai",)] == shown(client, scopes)


def test_an_amendment_moves_a_value_to_another_day(client: Client) -> None:
    """100 of the first day are 70 of the second: both were published, both are restated."""
    fold(
        client,
        [
            (crossed(1, "V1", HOUR, 100), "2026-01-01T01:00"),
            (crossed(2, "V2", HOUR, 5), "2026-01-01T01:00"),
            (crossed(3, "V1", DAY, 70, **correction("amend", 1, HOUR)), NEXT),
        ],
    )

    assert [
        (FIRST, "trade_value", "amended", 105, 5, -100, 1),
        (FIRST, "vehicles", "amended", 2, 1, -1, 1),
        (SECOND, "trade_value", "amended", 0, 70, 70, 1),
        (SECOND, "vehicles", "amended", 0, 1, 1, 1),
    ] == shown(client)


def test_an_amendment_in_time_for_the_day_that_it_moves_to(client: Client) -> None:
    """The second day was not published yet: only the first one is restated."""
    fold(
        client,
        [
            (crossed(1, "V1", HOUR, 100), "2026-01-01T01:00"),
            (crossed(3, "V1", DAY, 70, **correction("amend", 1, HOUR)), "2026-01-02T09:00"),
        ],
    )

    assert [
        (FIRST, "trade_value", "amended", 100, 0, -100, 1),
        (FIRST, "vehicles", "amended", 1, 0, -1, 1),
    ] == shown(client)


def test_each_cause_has_its_part_of_a_difference(client: Client) -> None:
    """100 + 40 published; one cancelled, one redriven, one late and then amended: 40 + 8 + 6 - 1."""
    fold(
        client,
        [
            (crossed(1, "V1", HOUR, 100), "2026-01-01T01:00"),
            (crossed(2, "V2", HOUR, 40), "2026-01-01T01:00"),
            (crossed(3, "V1", HOUR, 100, **correction("cancel", 1, HOUR)), NEXT),
            (crossed(4, "V3", HOUR, 6), NEXT),
            (crossed(5, "V3", HOUR, 5, **correction("amend", 4, HOUR)), NEXT),
        ],
        redriven=[(crossed(6, "V4", HOUR, 8), NEXT)],
    )

    assert [
        (FIRST, "trade_value", "amended", 140, 53, -1, 1),
        (FIRST, "trade_value", "cancelled", 140, 53, -100, 1),
        (FIRST, "trade_value", "late", 140, 53, 6, 1),
        (FIRST, "trade_value", "redriven", 140, 53, 8, 1),
        (FIRST, "vehicles", "cancelled", 2, 3, -1, 1),
        (FIRST, "vehicles", "late", 2, 3, 1, 1),
        (FIRST, "vehicles", "redriven", 2, 3, 1, 1),
    ] == shown(client)


def test_output_and_booth_service_are_restated_too(client: Client) -> None:
    """A late report adds its value; a booth service of 100 s beside one of 10 s moves both percentiles."""
    fold(
        client,
        [
            (output(1, 0, value=500), "2026-01-01T01:00"),
            (output(2, 1, value=30), PUBLISHED),
            (output(3, 0, value=450, **correction("amend", 1, 5 * MINUTE)), NEXT),
            (crossing(4, "V1", "booth_start", HOUR), "2026-01-01T02:00"),
            (crossing(5, "V1", "booth_end", HOUR + 10_000), "2026-01-01T02:00"),
            (crossing(6, "V2", "booth_start", HOUR), "2026-01-01T02:00"),
            (crossing(7, "V2", "booth_end", HOUR + 20_000), "2026-01-01T02:00"),
            (crossing(8, "V2", "booth_end", HOUR + 1_000, **correction("amend", 7, HOUR + 20_000)), NEXT),
        ],
    )

    rows = {(row[1], row[2]): row[3:] for row in shown(client)}

    assert (500, 480, 30, 1) == rows["industrial_output", "late"]
    assert (500, 480, -50, 1) == rows["industrial_output", "amended"]
    first, now, difference, events = rows["booth_p50", "amended"]
    # Of two values the lower one is the median and the 90th percentile: 10 s, then 1 s; within 1 %.
    assert (pytest.approx(10_000, rel=0.01), pytest.approx(1000, rel=0.01)) == (first, now)
    assert (now - first, 1) == (difference, events)
    assert {"industrial_output", "booth_p50", "booth_p90"} == {kpi for kpi, _ in rows}


def test_a_rebuild_from_the_archive_tells_the_same(alone: Settings) -> None:
    """In whatever order the archive is folded, also where a correction lies before its original there."""
    arrived = [
        (crossed(5, "V1", HOUR, 100), "2026-01-01T01:00"),
        (crossed(2, "V1", HOUR - 1, 70, **correction("amend", 5, HOUR)), NEXT),
        (crossed(3, "V2", HOUR, 40, backfill=True), "2026-05-01T00:00"),
        (crossed(1, "V2", HOUR - 5, 30, **correction("amend", 3, HOUR)), NEXT),
        (output(9, 1, value=30), NEXT),
    ]
    with writer(alone, "kpi_g1") as client:
        fold(client, arrived, redriven=[(crossed(4, "V3", HOUR, 8), NEXT)])
        before = shown(client)

    rebuild = Rebuild(alone, load_registry(), DEFAULT_PARTITIONS)
    with rebuild.closed_source():
        asyncio.run(rebuild.fold(lambda _: None, lambda _: None))
        rebuild.promote()

    with writer(alone, rebuild.name) as client:
        assert before == shown(client)
    assert {"amended", "redriven", "late"} == {row[2] for row in before}
    assert (FIRST, "trade_value", "amended", 140, 108, -40, 2) in before
