"""What a visit contributes: trade and crossings at `crossed`, booth service, gate dwell, waiting."""

from collections.abc import Sequence
from typing import Final, cast

from streams.core.contribution import Contribution, Finding, FindingKey, Measures, RowKey
from streams.core.facts import Fact
from streams.core.intervals import BOOTH, add_interval, by_kind, earliest, latest, latest_label
from streams.core.restatement import Figure, Figures
from streams.core.sketch import bucket_of
from streams.core.windows import local_day_of, minute_of
from streams.events import CrossingBody

# regime, HS code, value in US cents, net mass in kg, lines
GoodsSum = tuple[str, str, int, int, int]


def visit_body(body: CrossingBody) -> tuple[object, ...]:
    """Keep what the contribution reads; goods are summed by regime and HS code."""
    sums: dict[tuple[str, str], tuple[int, int, int]] = {}
    for line in body.goods or ():
        key = line.regime, line.hs_code
        value, mass, lines = sums.get(key, (0, 0, 0))
        sums[key] = value + line.value_usd_minor, mass + line.net_mass_kg, lines + 1
    goods = tuple((*key, *amounts) for key, amounts in sorted(sums.items()))
    mass_kg = body.gross_mass_kg or 0
    return (
        body.point, body.gate_id, body.direction, body.lane_id,
        body.vehicle_class, body.loaded, mass_kg, goods,
    )  # fmt: skip


def visit_contribution(facts: Sequence[Fact]) -> Contribution:
    """Fold the standing facts of one visit."""
    contribution = Contribution()
    points = by_kind(facts)
    arrived, crossed = earliest(points.get("arrived")), earliest(points.get("crossed"))
    places = (latest_label(facts), "")
    booth = earliest(points.get("booth_start")), latest(points.get("booth_end"))
    add_interval(contribution, BOOTH, booth, places)
    add_interval(contribution, "gate_dwell", (arrived, crossed), places)
    if crossed is not None:
        _add_goods(contribution, crossed)
        _find_conflict(contribution, points["crossed"])
    _add_stay(contribution, arrived, earliest(points.get("turned_back")), crossed)
    return contribution


def _add_stay(
    contribution: Contribution, arrived: Fact | None, turned_back: Fact | None, crossed: Fact | None
) -> None:
    """Count the arrival, whether it still waits, and a turn back of who did not cross after all."""
    left = turned_back if crossed is None else None
    for fact, measures in (
        (arrived, {"arrived": 1, "vehicles": int(crossed is None and left is None)}),
        (left, {"turned_back": 1}),
    ):
        if fact is not None:
            place = cast("tuple[str, str]", fact.body[1:3])
            contribution.add(RowKey("waiting", fact.time, place), measures)


def _add_goods(contribution: Contribution, fact: Fact) -> None:
    _, gate_id, direction, _, vehicle_class, loaded, mass_kg, goods = cast(
        "tuple[str, str, str, str | None, str, bool, int, list[GoodsSum]]", fact.body
    )
    minute, day = minute_of(fact.time), local_day_of(fact.time)
    vehicle = (gate_id, direction, vehicle_class, loaded)
    for table, window in (("crossings_minute", minute), ("crossings_day", day)):
        contribution.add(RowKey(table, window, vehicle), {"vehicles": 1, "gross_mass_kg": mass_kg})
    for regime, code, value, mass, lines in goods:
        measures = {"value_usd_minor": value, "net_mass_kg": mass, "lines": lines}
        place = (gate_id, direction, regime)
        for table, window in (("trade_minute", minute), ("trade_day", day)):
            contribution.add(RowKey(table, window, (*place, code[:2])), measures)
        contribution.add(RowKey("commodity_day", day, (*place, code)), measures)


def _find_conflict(contribution: Contribution, crossings: Sequence[Fact]) -> None:
    if len(crossings) > 1:
        marks = sorted((fact.time, fact.id) for fact in crossings)
        detail = f"{len(marks)} crossings of one visit; the earliest counts"
        finding = Finding(tuple(mark[1] for mark in marks), marks[0][0], detail)
        contribution.findings[FindingKey("conflict", "crossed")] = finding


def _day_of(fact: Fact) -> int | None:
    return local_day_of(fact.time) if fact.body[0] in ("crossed", "booth_end") else None


def _published(facts: Sequence[Fact], day: int) -> dict[Figure, Measures]:
    """Give vehicles, trade value and booth service of a visit on a local day, at their gates."""
    points = by_kind(facts)
    figures: dict[Figure, Measures] = {}
    crossed = earliest(points.get("crossed"))
    if crossed is not None and local_day_of(crossed.time) == day:
        gate_id, goods = cast("str", crossed.body[1]), cast("list[GoodsSum]", crossed.body[7])
        figures["vehicles", gate_id] = {"difference": 1}
        figures["trade_value", gate_id] = {"difference": sum(line[2] for line in goods)}
    start, end = earliest(points.get("booth_start")), latest(points.get("booth_end"))
    if start is not None and end is not None and start.time <= end.time and local_day_of(end.time) == day:
        figures[BOOTH, cast("str", end.body[1])] = {"difference": 1, bucket_of(end.time - start.time): 1}
    return figures


VISIT_FIGURES: Final = Figures(_day_of, _published)
