"""What a clearance contributes: the interval from `lodged` to `released`, its steps, and what was paid."""

from collections.abc import Sequence
from typing import cast

from streams.core.contribution import Contribution, RowKey
from streams.core.facts import Fact
from streams.core.intervals import add_interval, by_kind, earliest, latest, latest_label
from streams.core.steps import add_holders, add_steps, count_stops, steps_of
from streams.core.windows import local_day_of
from streams.events import StageBody


def clearance_body(body: StageBody) -> tuple[object, ...]:
    """Keep what the contribution reads: stage, gate, direction, channel, agency, duty and fee in VND."""
    paid = body.duty_minor or 0, body.fee_minor or 0
    return body.stage, body.gate_id, body.direction, body.channel, body.agency, *paid


def clearance_contribution(facts: Sequence[Fact]) -> Contribution:
    """Fold the standing facts of one clearance."""
    contribution = Contribution()
    stages = by_kind(facts)
    lodged, released = earliest(stages.get("lodged")), latest(stages.get("released"))
    steps = steps_of(stages)
    # Most stages come before the release and are no step: they only say who holds the vehicle.
    if steps or released is not None:
        channel = latest_label(facts)
        add_interval(contribution, "clearance", (lodged, released), ("", channel), count_stops(steps))
        add_steps(contribution, steps, channel)
    add_holders(contribution, stages, steps, facts)
    for payment in stages.get("duty_paid", ()):
        _add_payment(contribution, payment)
    return contribution


def _add_payment(contribution: Contribution, fact: Fact) -> None:
    """Add what was paid; a clearance may be paid in parts, and what was not paid is cancelled."""
    _, gate_id, direction, _, _, duty, fee = cast(
        "tuple[str, str, str, str | None, str, int, int]", fact.body
    )
    measures = {"duty_vnd": duty, "fee_vnd": fee, "payments": 1}
    contribution.add(RowKey("revenue_day", local_day_of(fact.time), (gate_id, direction)), measures)
