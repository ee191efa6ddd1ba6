"""`kpi verify`: equal where the fold was right, whatever was corrected; a wrong row is a difference."""

import itertools
import json
import random
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

import pytest
from clickhouse_connect.driver.client import Client
from typer.testing import CliRunner

from streams.commands.verify import app
from streams.recompute import FIRST_DAY, LAST_DAY, PARTS, Part
from streams.settings import Settings
from streams.suspects import Difference
from streams.verify import Chunk, Verification, Verifier
from tests.events import correction, crossing, envelope, output, stage
from tests.folding import fold, parts_of

pytestmark = pytest.mark.integration

Event = dict[str, Any]
MINUTE, HOUR = 60_000, 3_600_000
LANE = "kim-thanh-out-1"
# One of each kind of number: (table, the column to falsify).
NUMBERS = [
    ("trade_minute", "value_usd_minor"), ("trade_day", "net_mass_kg"), ("crossings_minute", "vehicles"),
    ("crossings_day", "gross_mass_kg"), ("latency_minute", "total_ms"), ("latency_day", "within_goal"),
    ("finished", "stops"), ("steps_day", "total_ms"), ("holding", "vehicles"),
    ("waiting", "vehicles"), ("waiting", "arrived"), ("output_hour", "quantity_micro"),
    ("output_day", "value_vnd"),
    ("commodity_day", "value_usd_minor"), ("revenue_day", "duty_vnd"),
    ("line_state_hour", "starts"), ("restatement_day", "difference"),
    ("gate_states", "lanes_open"), ("targets", "value_minor"), ("declarations", "duty_minor"),
]  # fmt: skip
# What is in motion below is trade.
CROSSINGS = PARTS[:1]
REGISTERS = ("gate_states", "targets", "declarations")


def verify(client: Client, parts: Sequence[Part] = PARTS) -> Verification:
    """Verify without waiting between readings."""
    verifier = Verifier(client, pause=lambda _: None, parts=parts)
    return verifier.verify(verifier.chunks(date(2025, 1, 1), date(2027, 1, 1)), lambda _: None)


def one_of_each() -> list[Event]:
    """Give events that lead to a row in every table, two findings among them."""
    state = {"gate_id": "kim-thanh", "state": "open", "lanes_open": 2, "reason": "sau bão"}
    target = {
        "indicator": "trade_value", "scope": "lao-cai", "year": 2026, "value_minor": 500, "currency": "USD",
        "qualifier": "eq", "effective_from": "2026-01-01", "source": "owner",
    }  # fmt: skip
    declaration = {
        "declaration_no": "100000000001", "system": "vnaccs_vcis", "version_no": 1, "status": "released",
        "regime": "export", "gate_id": "kim-thanh", "value_usd_minor": 5, "net_mass_kg": 2, "lines": 1,
        "duty_minor": 7,
    }  # fmt: skip
    return [
        crossing(1, "V1", "arrived", 0),
        crossing(2, "V1", "booth_start", MINUTE, lane_id=LANE),
        crossing(3, "V1", "booth_end", 2 * MINUTE),
        crossing(4, "V1", "crossed", 3 * MINUTE),
        crossing(5, "V1", "crossed", 4 * MINUTE),
        crossing(6, "V2", "arrived", 5 * MINUTE),
        crossing(7, "V2", "booth_start", 9 * MINUTE),
        crossing(8, "V2", "booth_end", 8 * MINUTE),
        stage(9, "V1", "lodged", 0),
        stage(10, "V1", "released", HOUR, channel="green"),
        output(11, 0),
        output(12, 0, value=900),
        stage(16, "V1", "duty_paid", HOUR, duty_minor=70_000, fee_minor=5_000),
        stage(17, "V1", "docs_start", MINUTE),
        stage(18, "V1", "docs_end", 5 * MINUTE),
        stage(19, "V3", "lodged", 6 * MINUTE),
        stage(20, "V3", "inspection_start", 7 * MINUTE, agency="plant_quarantine"),
        envelope("gate.state", 13, "kim-thanh", 0, state),
        envelope("target", 14, "trade_value/lao-cai/2026", 0, target),
        envelope("declaration", 15, "100000000001", 0, declaration),
    ]


def test_what_the_fold_stored_is_equal(client: Client) -> None:
    """Every table has rows, and every number agrees."""
    fold(client, one_of_each())

    found = verify(client)

    assert (20, 0, 0) == (found.events, found.differing, found.moving)
    counts = [client.query(f"SELECT count() FROM {table}").first_row for table, _ in NUMBERS]
    assert all(count and count[0] for count in counts)


def falsify(client: Client, table: str, column: str, ahead: int = 0) -> None:
    """Add one to a number of one row, written as a newer version where asked."""
    client.command(
        f"INSERT INTO {table} SELECT * REPLACE ({column} + 1 AS {column}, version + {ahead} AS version)"
        f" FROM {table} FINAL WHERE {column} != 0 LIMIT 1"
    )


def test_every_wrong_number_is_found(client: Client) -> None:
    """One wrong number of each kind, all at once: each is found by itself, and no other is."""
    fold(client, one_of_each())
    for table, column in NUMBERS:
        falsify(client, table, column)

    found = verify(client).differences

    wrong = [(d.kpi, d.measure, d.stored - d.recomputed) for d in found if d.kpi not in REGISTERS]
    assert sorted((table, column, 1) for table, column in NUMBERS if table not in REGISTERS) == sorted(wrong)
    # An entry of a register is named by its content: one too many, and one that is missing.
    entries = [(d.kpi, d.stored - d.recomputed) for d in found if d.kpi in REGISTERS]
    assert sorted(itertools.product(REGISTERS, (-1, 1))) == sorted(entries)
    assert not any(difference.ahead for difference in found)


def test_a_wrong_number_of_a_version_to_come_is_found(client: Client) -> None:
    """A row above what is consumed may be in motion; one that stays is a difference, said to be ahead."""
    fold(client, one_of_each())
    falsify(client, "trade_day", "lines", ahead=1000)

    found = verify(client)

    assert [("trade_day", 2, 1, True)] == [
        (d.kpi, d.stored, d.recomputed, d.ahead) for d in found.differences
    ]


def move(client: Client, lines: int, version: int) -> None:
    """Write the lines of the day's trade anew, ahead of what is consumed."""
    client.command(
        "INSERT INTO trade_day"
        f" SELECT * REPLACE ({lines} AS lines, {version} AS version) FROM trade_day FINAL"
    )


def test_a_number_in_motion_is_proven_when_it_was_equal_once(client: Client) -> None:
    """A row that is written at each of many readings is read until it is as the events say."""
    fold(client, one_of_each())
    steps = iter(enumerate([*range(7, 30), 1], 1_000))
    first, lines = next(steps)
    move(client, lines, first)

    def pause(_: float) -> None:
        version, lines = next(steps)
        move(client, lines, version)

    found = Verifier(client, pause, parts=CROSSINGS).verify([Chunk(FIRST_DAY, LAST_DAY, 20)], lambda _: None)

    assert (True, []) == (found.equal, list(steps))


def test_a_number_that_is_never_equal_while_it_moves_is_not_proven(client: Client) -> None:
    """When patience ends it is no difference, and nobody says equal."""
    fold(client, one_of_each())
    steps = itertools.count(1_000)
    move(client, 7, next(steps))

    def pause(_: float) -> None:
        move(client, 7, next(steps))

    verifier = Verifier(client, pause, patience_s=0.5, parts=CROSSINGS)
    found = verifier.verify([Chunk(FIRST_DAY, LAST_DAY, 20)], lambda _: None)

    assert (1, 0, False) == (found.moving, found.differing, found.equal)


def test_a_wrong_bucket_is_found(client: Client) -> None:
    """A duration in the next bucket of a sketch is two differences: one bucket too few, one too many."""
    fold(client, one_of_each())
    client.command(
        "INSERT INTO latency_day SELECT * REPLACE (mapApply((b, n) -> (b + 1, n), sketch) AS sketch)"
        " FROM latency_day FINAL WHERE interval = 'clearance'"
    )

    found = verify(client).differences

    assert [(0, 1), (1, 0)] == sorted((difference.stored, difference.recomputed) for difference in found)
    assert all(difference.measure.startswith("bucket ") for difference in found)


def test_a_lost_row_and_an_invented_one_are_found(client: Client) -> None:
    """A row that is not stored, and one on a day without any event."""
    fold(client, one_of_each())
    client.command("TRUNCATE TABLE trade_day")
    client.command(
        "INSERT INTO crossings_day VALUES"
        " ('2025-06-01', 'ho-kieu', 'inbound', 'rigid', true, 'gate.crossing', 3, 5, 0, 0)"
    )

    found = verify(client).differences

    assert ("crossings_day", 5, 0) in _numbers(found)
    assert ("trade_day", 0, 1000) in _numbers(found)


def test_a_lost_and_an_invented_finding_are_found(client: Client) -> None:
    """Findings that the events lead to must be there, and no others; re-sent events cannot be recomputed."""
    fold(client, one_of_each())
    kinds = client.query("SELECT kind, count() FROM findings FINAL GROUP BY kind ORDER BY kind").result_rows
    client.command("ALTER TABLE findings DELETE WHERE kind = 'conflict'", settings={"mutations_sync": 1})
    client.command("INSERT INTO findings (kind, entity, at) VALUES ('resent_differs', 'V9', '2026-01-01')")

    found = verify(client).differences

    assert [("conflict", 2), ("negative_interval", 1)] == kinds
    assert [("findings", 0, 1)] * 2 == _numbers(found)


def test_an_event_that_was_lost_is_found(client: Client) -> None:
    """The windows hold more than the events say."""
    fold(client, one_of_each())
    client.command("ALTER TABLE events DELETE WHERE type LIKE '%output%'", settings={"mutations_sync": 1})

    assert {"output_hour", "output_day", "line_state_hour", "restatement_day", "findings"} == {
        d.kpi for d in verify(client).differences
    }


def _numbers(differences: Sequence[Difference]) -> list[tuple[str, int, int]]:
    return [(difference.kpi, difference.stored, difference.recomputed) for difference in differences]


@pytest.mark.parametrize(
    "events",
    [
        pytest.param(
            [crossing(1, "V", "crossed", 0), crossing(2, "V", "crossed", HOUR, **correction("amend", 1, 0))],
            id="an amendment moves the fact",
        ),
        pytest.param(
            [crossing(2, "V", "crossed", HOUR, **correction("amend", 1, 0))],
            id="an amendment without its original",
        ),
        pytest.param(
            [crossing(1, "V", "crossed", 0), crossing(2, "V", "crossed", 0, **correction("cancel", 1, 0))],
            id="a cancellation",
        ),
        pytest.param(
            [
                crossing(1, "V", "crossed", 0),
                crossing(9, "V", "crossed", HOUR, **correction("amend", 1, 0, 2)),
                crossing(3, "V", "crossed", 2 * HOUR, **correction("amend", 1, 0, 1)),
                crossing(4, "V", "crossed", 3 * HOUR, **correction("amend", 1, 0, 2)),
            ],
            id="the highest number and id stands",
        ),
        pytest.param(
            [
                crossing(1, "V", "crossed", 0),
                crossing(2, "V", "crossed", HOUR, **correction("amend", 1, 0)),
                crossing(3, "V", "crossed", HOUR, **correction("cancel", 2, HOUR, 2)),
            ],
            id="a correction of a correction",
        ),
        pytest.param(
            [
                crossing(2, "V", "crossed", HOUR, **correction("amend", 3, HOUR)),
                crossing(3, "V", "crossed", HOUR, **correction("amend", 2, HOUR, 2)),
                crossing(4, "V", "crossed", 0, **correction("amend", 2, HOUR)),
            ],
            id="corrections in a ring",
        ),
        pytest.param(
            [
                crossing(5, "V", "arrived", 0),
                crossing(6, "V", "turned_back", 0),
                crossing(7, "V", "turned_back", 9, **correction("cancel", 6, 0)),
            ],
            id="waiting again",
        ),
        pytest.param(
            [
                stage(5, "V", "lodged", 0),
                stage(6, "V", "docs_start", HOUR),
                stage(7, "V", "docs_end", 2 * HOUR, agency="plant_quarantine"),
                stage(8, "V", "docs_end", 2 * HOUR, **correction("amend", 7, 2 * HOUR)),
                stage(9, "V", "inspection_start", 4 * HOUR),
                stage(10, "V", "inspection_end", 3 * HOUR),
                stage(11, "V", "released", 5 * HOUR),
                stage(12, "V", "released", 5 * HOUR, **correction("cancel", 11, 5 * HOUR)),
            ],
            id="a step of another agency, one that ends before it starts, a release taken back",
        ),
        pytest.param(
            [
                output(8, 3),
                output(2, 3, value=7),
                output(9, 3, value=0, **correction("amend", 2, 4 * 300_000)),
            ],
            id="an amended report keeps its original's rank",
        ),
    ],
)
def test_corrections_are_equal(client: Client, events: list[Event]) -> None:
    """However a fact was corrected, SQL and the fold agree, in any order of arrival."""
    fold(client, events)
    assert verify(client, parts_of(events)).differing == 0


@pytest.mark.parametrize("seed", range(3))
def test_a_random_world_is_equal(client: Client, seed: int) -> None:
    """Many visits, clearances and reports, corrected at random, in a random order, in random batches."""
    rng = random.Random(seed)  # noqa: S311 - a repeatable world
    events = list(_world(rng, visits=40))
    rng.shuffle(events)

    fold(client, events, batch=rng.randrange(1, 200))

    found = verify(client)
    assert (len(events), []) == (found.events, found.differences)


def _world(rng: random.Random, visits: int) -> Iterator[Event]:
    numbers = iter(rng.sample(range(1, 1_000_000), 10_000))
    for visit in range(visits):
        start = rng.randrange(0, 20 * 24 * HOUR)
        for point in ("arrived", "booth_start", "booth_end", "crossed", "turned_back", "crossed"):
            if rng.random() < (0.15 if point == "turned_back" else 0.7):
                extra = {"lane_id": LANE} if rng.random() < 0.5 else {}
                ms = start + rng.randrange(0, HOUR)
                yield from _corrected(rng, numbers, crossing(next(numbers), f"V{visit}", point, ms, **extra))
        steps = [f"{step}_{end}" for step in ("docs", "inspection", "docs") for end in ("start", "end")]
        for name in ("lodged", "duty_paid", *steps, "released", "released", "refused"):
            if rng.random() < 0.3:
                continue
            paid = {"duty_minor": rng.randrange(1000), "agency": rng.choice(("customs", "border_guard"))}
            ms, channel = start + rng.randrange(0, HOUR), rng.choice((None, "green", "red"))
            event = stage(next(numbers), f"V{visit}", name, ms, channel, **paid)
            yield from _corrected(rng, numbers, event)
    for window in rng.choices(range(300), k=visits):
        yield from _corrected(rng, numbers, output(next(numbers), window, value=rng.randrange(1000)))


def _corrected(rng: random.Random, numbers: Iterator[int], event: Event) -> Iterator[Event]:
    """Give an event, or nothing of it, and corrections of it and of each other."""
    if rng.random() < 0.9:
        yield event
    targets = [event]
    while rng.random() < 0.25:
        named, kind = rng.choice(targets), rng.choice(("amend", "cancel"))
        rank = {"correctionkind": kind, "correctionno": rng.randrange(1, 3)}
        names = {"correctsid": named["id"], "correctstime": named["time"]}
        other = json.loads(json.dumps(event)) | rank | names
        other["id"] = f"00000000-0000-0000-0000-{next(numbers):012x}"
        targets.append(other)
        yield other


def test_the_command_says_equal_or_shows_a_table(
    client: Client, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Exit 0 with the scale of the proof, exit 1 with the rows that differ; as JSON where asked."""
    monkeypatch.setenv("KPI_HOME", str(settings.home))
    monkeypatch.setenv("KPI_CLICKHOUSE_URL", settings.clickhouse_url)
    monkeypatch.setenv("COLUMNS", "200")
    fold(client, one_of_each())

    equal = CliRunner().invoke(app, ["--from", "2026-01-01", "--to", "2026-01-02"])
    client.command("INSERT INTO trade_day SELECT * REPLACE (7 AS lines) FROM trade_day FINAL")
    wrong = CliRunner().invoke(app, [])
    as_json = CliRunner().invoke(app, ["--json"])

    assert (0, True) == (equal.exit_code, "equal: " in equal.output and "20 events" in equal.output)
    assert (1, True) == (wrong.exit_code, "trade_day" in wrong.output and "1 numbers differ" in wrong.output)
    assert (1, 7) == (as_json.exit_code, json.loads(as_json.stdout)["differences"][0]["stored"])


def test_days_are_cut_into_chunks_without_a_gap(client: Client) -> None:
    """The chunks cover every day asked for, with or without events."""
    fold(client, one_of_each())

    chunks = Verifier(client).chunks(date(2025, 12, 1), date(2026, 3, 1))

    assert (date(2025, 12, 1), date(2026, 3, 1)) == (chunks[0].first, chunks[-1].last)
    assert sum(chunk.events for chunk in chunks) == 20
