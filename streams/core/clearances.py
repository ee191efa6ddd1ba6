"""What a clearance contributes: the interval from `lodged` to `released`."""

from collections.abc import Sequence

from streams.core.contribution import Contribution
from streams.core.facts import Fact
from streams.core.intervals import add_interval, by_kind, earliest, latest, latest_label
from streams.events import StageBody


def clearance_body(body: StageBody) -> tuple[object, ...]:
    """Keep what the contribution reads: stage, gate, direction, channel."""
    return body.stage, body.gate_id, body.direction, body.channel


def clearance_contribution(facts: Sequence[Fact]) -> Contribution:
    """Fold the standing facts of one clearance."""
    contribution = Contribution()
    stages = by_kind(facts)
    lodged, released = earliest(stages.get("lodged")), latest(stages.get("released"))
    # Most stages of a clearance come before its release: they add nothing yet.
    if lodged is not None and released is not None:
        add_interval(contribution, "clearance", lodged, released, ("", latest_label(facts)))
    return contribution
