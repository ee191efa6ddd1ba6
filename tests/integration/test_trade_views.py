"""Trade by gate pair, regime and commodity, and what the state took: events in, figures made by hand out."""

import random
from collections import defaultdict
from datetime import UTC, date, datetime
from typing import Any

import pytest
from clickhouse_connect.driver.client import Client

from streams.explain.explanation import explain
from streams.explain.request import Request
from tests.events import correction, crossing, goods, stage
from tests.folding import fold

pytestmark = pytest.mark.integration

HOUR = 3_600_000
DAY = 24 * HOUR
_BREAKDOWNS = (
    *("trade_by_day", "gate_trade_by_day", "gate_traffic_by_day"),
    *("trade_by_regime", "commodity_by_day"),
)
_REGIMES = ("export", "import", "temporary_import", "re_export", "transit", "bonded", "border_resident")


def load(value: int, code: str = "081060", regime: str = "export", mass: int = 10) -> dict[str, Any]:
    """Give a line of goods of a value in cents and a mass in kg."""
    return {**goods(value, code, regime), "net_mass_kg": mass}


def test_a_gate_pair_shows_its_names_kind_and_figures(client: Client) -> None:
    """Two loaded trucks of 300 and 100 USD and 4 t, an empty one, and a wagon at the rail gate go out."""
    fold(
        client,
        [
            crossing(1, "A", "crossed", 0, goods=[load(30_000, mass=3000)]),
            crossing(2, "B", "crossed", HOUR, goods=[load(10_000, "310530", "transit", 1000)]),
            crossing(3, "C", "crossed", HOUR, loaded=False),
            crossing(4, "D", "crossed", HOUR, gate_id="lao-cai-rail", goods=[load(5_000, mass=0)]),
        ],
    )

    trade = client.query(
        "SELECT gate, counterpart, gate_kind, direction, regime, value_usd_minor, net_mass_kg, lines"
        " FROM kpi.gate_trade_by_day ORDER BY gate_id, regime"
    ).result_rows
    traffic = client.query(
        "SELECT * EXCEPT (gate, counterpart, gate_kind) FROM kpi.gate_traffic_by_day ORDER BY gate_id"
    ).result_rows

    pair = ("Kim Thành", "Bắc Sơn", "road", "outbound")
    assert [
        (*pair, "export", 30_000, 3000, 1),
        (*pair, "transit", 10_000, 1000, 1),
        ("Ga Lào Cai", "Hà Khẩu", "rail", "outbound", "export", 5_000, 0, 1),
    ] == trade
    day = date(2026, 1, 1)
    # 400 USD on two loaded of three vehicles are 200 USD each, and 100 USD a tonne.
    third = pytest.approx(200 / 3)
    assert [
        (day, "kim-thanh", "outbound", 2, 1, third, 40_000, 4000, 20_000.0, 10_000.0),
        (day, "lao-cai-rail", "outbound", 1, 0, 100.0, 5_000, 0, 5_000.0, None),
    ] == traffic


def test_a_gate_that_the_registry_does_not_describe_shows_its_slug(client: Client) -> None:
    """Its trade is not lost from the view."""
    client.command(
        "INSERT INTO trade_day VALUES"
        " ('2026-01-01', 'new-gate', 'outbound', 'export', '08', 'gate.crossing', 0, 700, 1, 1, 1)"
    )

    rows = client.query("SELECT gate, counterpart, value_usd_minor FROM kpi.gate_trade_by_day").result_rows

    assert [("new-gate", "", 700)] == rows


def test_commodities_have_names_as_far_as_they_are_known(client: Client) -> None:
    """An 8-digit code has its own name or that of its first six digits; an unknown one shows as the code."""
    lines = [load(1000, "081060", mass=4), load(200, "08109092"), load(30, "08109099"), load(5, "990101")]
    fold(client, [crossing(1, "A", "crossed", 0, goods=[*lines, load(3000, "081060", mass=4)])])

    rows = client.query(
        "SELECT hs_chapter, chapter, hs_heading, hs_code, commodity, value_usd_minor, net_mass_kg, lines,"
        " value_per_tonne FROM kpi.commodity_by_day ORDER BY value_usd_minor DESC"
    ).result_rows

    fruit = ("08", "Quả và hạt ăn được", "0810")
    assert [
        (*fruit, "081060", "Sầu riêng", 4000, 8, 2, 500_000.0),
        (*fruit, "08109092", "Thanh long", 200, 10, 1, 20_000.0),
        (*fruit, "08109099", "Quả tươi khác", 30, 10, 1, 3_000.0),
        ("99", "99", "9901", "990101", "990101", 5, 10, 1, 500.0),
    ] == rows


def test_the_regimes_of_a_day_are_shares_of_its_headline(client: Client) -> None:
    """50 of 200 are bonded goods: the third class; the day after stands alone."""
    fold(
        client,
        [
            crossing(1, "A", "crossed", 0, goods=[load(120), load(30, regime="import")]),
            crossing(2, "B", "crossed", HOUR, goods=[load(50, regime="bonded")]),
            crossing(3, "C", "crossed", DAY, goods=[load(7, regime="import")]),
        ],
    )

    rows = client.query("SELECT * FROM kpi.trade_by_regime ORDER BY day, regime").result_rows

    first, second = date(2026, 1, 1), date(2026, 1, 2)
    assert [
        (first, "other", "bonded", 50, 200, 25.0),
        (first, "export", "export", 120, 200, 60.0),
        (first, "import", "import", 30, 200, 15.0),
        (second, "import", "import", 7, 7, 100.0),
    ] == rows


@pytest.mark.parametrize("seed", range(3))
def test_the_parts_always_add_to_the_headline(client: Client, seed: int) -> None:
    """Whatever crosses, is amended or cancelled: every breakdown of a day sums to the day's trade."""
    rng = random.Random(seed)  # noqa: S311 - a repeatable world
    events: list[dict[str, Any]] = []
    headline: defaultdict[date, int] = defaultdict(int)
    for number in range(1, 120):
        at, value = rng.randrange(5) * DAY + rng.randrange(DAY), 0
        crossed = _crossing(rng, number, at, {})
        fate = rng.choice(("stands", "stands", "amended", "cancelled"))
        events.append(crossed)
        if fate == "amended":
            crossed = _crossing(rng, number, at, correction("amend", number, at))
            events.append(crossed | {"id": f"00000000-0000-0000-0001-{number:012d}"})
        if fate == "cancelled":
            cancel = crossing(1000 + number, f"V{number}", "crossed", at, **correction("cancel", number, at))
            events.append(cancel)
        else:
            value = sum(line["value_usd_minor"] for line in crossed["data"]["goods"])
        headline[date(2026, 1, 1 + (at + 7 * HOUR) // DAY)] += value
    rng.shuffle(events)

    fold(client, events, batch=rng.randrange(1, 200))

    wanted = {day: value for day, value in headline.items() if value}
    for view in _BREAKDOWNS:
        found = client.query(f"SELECT day, sum(value_usd_minor) FROM kpi.{view} GROUP BY day").result_rows
        assert sorted(wanted.items()) == sorted((day, value) for day, value in found), view
    said = client.query("SELECT DISTINCT day, headline_usd_minor FROM kpi.trade_by_regime").result_rows
    assert sorted(wanted.items()) == sorted((day, value) for day, value in said)


def _crossing(rng: random.Random, number: int, at: int, extra: dict[str, Any]) -> dict[str, Any]:
    codes = ("081060", "08109092", "310530", "990101")
    lines = [
        load(rng.randrange(1, 10**6), rng.choice(codes), rng.choice(_REGIMES))
        for _ in range(rng.randrange(1, 4))
    ]
    gate = random.Random(number).choice(("kim-thanh", "lao-cai-rail"))  # noqa: S311 - the same for a correction
    return crossing(number, f"V{number}", "crossed", at, goods=lines, gate_id=gate, **extra)


def test_what_was_paid_counts_by_day_gate_and_direction(client: Client) -> None:
    """Two parts of one clearance, one put right, one taken back: 880,000 VND on 40 USD."""
    amended = stage(4, "B", "duty_paid", HOUR, **correction("amend", 3, HOUR))
    fold(
        client,
        [
            stage(1, "A", "duty_paid", 0, direction="inbound", duty_minor=500_000, fee_minor=50_000),
            stage(2, "A", "duty_paid", HOUR, direction="inbound", duty_minor=300_000),
            stage(3, "B", "duty_paid", HOUR, direction="inbound", duty_minor=1, fee_minor=1),
            amended | {"data": {**amended["data"], "direction": "inbound", "fee_minor": 30_000}},
            stage(5, "C", "duty_paid", 2 * HOUR, duty_minor=9),
            stage(6, "C", "duty_paid", 2 * HOUR, duty_minor=9, **correction("cancel", 5, 2 * HOUR)),
            stage(7, "D", "released", 2 * HOUR, duty_minor=9),
            crossing(8, "A", "crossed", 3 * HOUR, direction="inbound", goods=[load(4_000, regime="import")]),
        ],
    )

    rows = client.query("SELECT * FROM kpi.revenue_by_day").result_rows

    place = (date(2026, 1, 1), "kim-thanh", "inbound")
    assert [(*place, 800_000, 80_000, 880_000, 3, 4_000, 22_000.0)] == rows


def test_the_events_behind_these_numbers_can_be_opened(client: Client) -> None:
    """A commodity, a gate pair and a payment: each number names its own event, which makes it up."""
    fold(
        client,
        [
            crossing(1, "A", "crossed", 0, goods=[load(1000), load(30, "310530")]),
            crossing(2, "B", "crossed", 0, goods=[load(500, "310530", "transit")]),
            stage(3, "A", "duty_paid", HOUR, duty_minor=70, fee_minor=5),
            stage(4, "A", "released", HOUR),
        ],
    )
    at = datetime(2026, 1, 1, tzinfo=UTC)

    durian = explain(client, "kpi", Request("commodity_by_day", at, {"hs_code": "081060"}))
    transit = explain(client, "kpi", Request("gate_trade_by_day", at, {"regime": "transit"}))
    paid = explain(client, "kpi", Request("revenue_by_day", at, {"gate_id": "kim-thanh"}))

    goods_of = {"net_mass_kg": 10, "lines": 1}
    wanted = (
        {"value_usd_minor": 1000, **goods_of},
        {"value_usd_minor": 500, **goods_of},
        {"duty_vnd": 70, "fee_vnd": 5, "payments": 1},
    )
    for found, sums in zip((durian, transit, paid), wanted, strict=True):
        assert (True, 1) == (found.adds_up, found.sample)
        assert sums == {name: found.number.measures[name] for name in sums}
    assert [("A", True), ("B", True), ("A", True)] == [
        (event.subject, event.stands) for found in (durian, transit, paid) for event in found.events
    ]
