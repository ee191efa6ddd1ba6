"""What a clearance contributes: the interval from `lodged` to `released`."""

from typing import cast

from streams.core.contribution import Contribution
from streams.core.facts import Standing
from streams.core.intervals import Mark, add_interval, earliest, latest, latest_label
from streams.events import StageBody


def clearance_body(body: StageBody) -> tuple[object, ...]:
    """Keep what the contribution reads: stage, gate, direction, channel."""
    return body.stage, body.gate_id, body.direction, body.channel


def clearance_contribution(facts: list[Standing]) -> Contribution:
    """Fold the standing facts of one clearance."""
    contribution = Contribution()
    marks = [Mark(f.time, f.id, *cast("tuple[str, str, str, str | None]", f.body)) for f in facts]
    places = ("", latest_label(marks))
    add_interval(contribution, "clearance", earliest(marks, "lodged"), latest(marks, "released"), places)
    return contribution
