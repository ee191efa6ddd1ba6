"""What a visit contributes: trade and crossings at `crossed`, booth service, gate dwell, waiting."""

from typing import cast

from streams.core.contribution import Contribution, Finding, FindingKey, RowKey
from streams.core.facts import Standing
from streams.core.intervals import Mark, add_interval, earliest, latest, latest_label
from streams.core.windows import local_day_of, minute_of
from streams.events import CrossingBody

# regime, HS chapter, value in US cents, net mass in kg, lines
GoodsSum = tuple[str, str, int, int, int]


def visit_body(body: CrossingBody) -> tuple[object, ...]:
    """Keep what the contribution reads; goods are summed by regime and HS chapter."""
    sums: dict[tuple[str, str], tuple[int, int, int]] = {}
    for line in body.goods or ():
        key = line.regime, line.hs_code[:2]
        value, mass, lines = sums.get(key, (0, 0, 0))
        sums[key] = value + line.value_usd_minor, mass + line.net_mass_kg, lines + 1
    goods = tuple((*key, *amounts) for key, amounts in sorted(sums.items()))
    mass_kg = body.gross_mass_kg or 0
    return (
        body.point, body.gate_id, body.direction, body.lane_id,
        body.vehicle_class, body.loaded, mass_kg, goods,
    )  # fmt: skip


def visit_contribution(facts: list[Standing]) -> Contribution:
    """Fold the standing facts of one visit."""
    contribution = Contribution()
    marks = [Mark(f.time, f.id, *cast("tuple[str, str, str, str | None]", f.body[:4])) for f in facts]
    arrived, crossed = earliest(marks, "arrived"), earliest(marks, "crossed")
    places = (latest_label(marks), "")
    booth = earliest(marks, "booth_start"), latest(marks, "booth_end")
    add_interval(contribution, "booth_service", *booth, places)
    add_interval(contribution, "gate_dwell", arrived, crossed, places)
    if crossed is not None:
        _add_goods(contribution, next(fact for fact in facts if fact.id == crossed.id))
        _find_conflict(contribution, marks)
    if arrived is not None and crossed is None and earliest(marks, "turned_back") is None:
        key = RowKey("waiting", arrived.time, (arrived.gate_id, arrived.direction))
        contribution.add(key, {"vehicles": 1})
    return contribution


def _add_goods(contribution: Contribution, fact: Standing) -> None:
    _, gate_id, direction, _, vehicle_class, loaded, mass_kg, goods = cast(
        "tuple[str, str, str, str | None, str, bool, int, list[GoodsSum]]", fact.body
    )
    minute, day = minute_of(fact.time), local_day_of(fact.time)
    vehicle = (gate_id, direction, vehicle_class, loaded)
    for table, window in (("crossings_minute", minute), ("crossings_day", day)):
        contribution.add(RowKey(table, window, vehicle), {"vehicles": 1, "gross_mass_kg": mass_kg})
    for regime, chapter, value, mass, lines in goods:
        measures = {"value_usd_minor": value, "net_mass_kg": mass, "lines": lines}
        for table, window in (("trade_minute", minute), ("trade_day", day)):
            contribution.add(RowKey(table, window, (gate_id, direction, regime, chapter)), measures)


def _find_conflict(contribution: Contribution, marks: list[Mark]) -> None:
    crossings = sorted(mark for mark in marks if mark.kind == "crossed")
    if len(crossings) > 1:
        ids = tuple(mark.id for mark in crossings)
        detail = f"{len(ids)} crossings of one visit; the earliest counts"
        contribution.findings[FindingKey("conflict", "crossed")] = Finding(ids, crossings[0].time, detail)
