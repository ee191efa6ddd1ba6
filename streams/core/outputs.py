"""What the reports of one plant's window contribute: value and quantity, and what each line did."""

from collections import defaultdict
from collections.abc import Sequence
from decimal import Decimal
from typing import Final, cast

from streams.core.contribution import Contribution, Finding, FindingKey, Measures, RowKey
from streams.core.facts import Fact
from streams.core.line_states import add_line_state
from streams.core.restatement import Figure, Figures
from streams.core.windows import hour_of, local_day_of
from streams.events import OutputBody, epoch_ms

_MICRO = 1_000_000


def output_body(body: OutputBody) -> tuple[object, ...]:
    """Keep what the contribution reads; the window's start in ms, the quantity in millionths of its unit."""
    return (
        body.line_id, body.product, epoch_ms(body.window_start),
        body.zone_id, body.plant_id, body.price_basis, body.unit,
        body.value_minor, int(Decimal(body.quantity) * _MICRO),
        body.state, body.stop_reason or "",
    )  # fmt: skip


def output_contribution(facts: Sequence[Fact]) -> Contribution:
    """Fold the standing reports: of several of one line, product and window the smallest id counts."""
    contribution = Contribution()
    reports: defaultdict[tuple[object, ...], list[Fact]] = defaultdict(list)
    lines: defaultdict[tuple[object, object], list[Fact]] = defaultdict(list)
    for fact in facts:
        reports[fact.body[:3]].append(fact)
    for (line, product, start), rivals in reports.items():
        counted = rivals[0] if len(rivals) == 1 else min(rivals, key=lambda fact: fact.id)
        _add_report(contribution, counted)
        lines[line, start].append(counted)
        if len(rivals) > 1:
            ids = tuple(sorted(fact.id for fact in rivals))
            detail = (
                f"{len(ids)} reports of line {line}, product {product}, one window; the smallest id counts"
            )
            key = FindingKey("conflict", f"{line}/{product}/{start}")
            contribution.findings[key] = Finding(ids, counted.time, detail)
    for counted_reports in lines.values():
        add_line_state(contribution, counted_reports)
    return contribution


def _add_report(contribution: Contribution, fact: Fact) -> None:
    line, product, start, zone, plant, basis, unit, value, quantity = cast(
        "tuple[str, str, int, str, str, str, str, int, int]", fact.body[:9]
    )
    dimensions = (zone, plant, line, product, basis, unit)
    measures = {"value_vnd": value, "quantity_micro": quantity, "reports": 1}
    contribution.add(RowKey("output_hour", hour_of(start), dimensions), measures)
    contribution.add(RowKey("output_day", local_day_of(start), dimensions), measures)


def _day_of(fact: Fact) -> int:
    return local_day_of(cast("int", fact.body[2]))


def _published(facts: Sequence[Fact], day: int) -> dict[Figure, Measures]:
    """Give the value of a plant's reports on a local day, in its zone."""
    counted: dict[tuple[object, ...], Fact] = {}
    for fact in facts:
        if _day_of(fact) == day:
            rival = counted.setdefault(fact.body[:3], fact)
            counted[fact.body[:3]] = min(rival, fact, key=lambda one: one.id)
    figures: dict[Figure, Measures] = {}
    for fact in counted.values():
        figure = figures.setdefault(("industrial_output", cast("str", fact.body[3])), {"difference": 0})
        figure["difference"] += cast("int", fact.body[7])
    return figures


OUTPUT_FIGURES: Final = Figures(_day_of, _published)
