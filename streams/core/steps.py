"""The steps of a clearance by agency: how long each took, how many there were, and who holds the vehicle.

A step is `docs` or `inspection` of one agency, from its earliest start to its latest end by `(time, id)`.
The body of a fact here begins with its stage, its gate, its direction, its channel and its agency.
"""

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple, cast

from streams.core.contribution import Contribution, Finding, FindingKey, RowKey
from streams.core.facts import Fact
from streams.core.intervals import ORDER, ByKind, earliest, latest
from streams.core.sketch import bucket_of
from streams.core.windows import local_day_of

# Stage -> its step, and whether it starts or ends it.
_STEPS: Final = {
    "docs_start": ("docs", 0),
    "docs_end": ("docs", 1),
    "inspection_start": ("inspection", 0),
    "inspection_end": ("inspection", 1),
}
# What ends a clearance, and with it whatever an agency had begun before.
_OVER: Final = frozenset(("released", "refused", "cancelled"))
_BETWEEN: Final = "waiting"


class Step(NamedTuple):
    """What one agency did of one kind; its starts and its ends."""

    starts: list[Fact]
    ends: list[Fact]


Steps = Mapping[tuple[str, str], Step]


def steps_of(stages: ByKind) -> Steps:
    """Sort the starts and ends of steps by agency and step."""
    steps: dict[tuple[str, str], Step] = {}
    if _STEPS.keys().isdisjoint(stages):
        return steps
    for stage, (name, place) in _STEPS.items():
        for fact in stages.get(stage, ()):
            steps.setdefault((cast("str", fact.body[4]), name), Step([], []))[place].append(fact)
    return steps


def count_stops(steps: Steps) -> int:
    """Count the steps that began: each is a stop for the vehicle."""
    return sum(1 for step in steps.values() if step.starts)


def add_steps(contribution: Contribution, steps: Steps, channel: str) -> None:
    """Add each step that has both ends at the local day of its end; one that ends first is a finding."""
    for (agency, name), step in steps.items():
        start, end = earliest(step.starts), latest(step.ends)
        if start is None or end is None:
            continue
        duration = end.time - start.time
        if duration < 0:
            detail = f"{name} of {agency} ends {-duration} ms before it starts"
            finding = Finding((start.id, end.id), end.time, detail)
            contribution.findings[FindingKey("negative_interval", f"{agency}/{name}")] = finding
            continue
        gate_id, direction = cast("tuple[str, str]", end.body[1:3])
        key = RowKey("steps_day", local_day_of(end.time), (agency, name, gate_id, direction, channel))
        contribution.add(key, {"vehicles": 1, "total_ms": duration, bucket_of(duration): 1})


def add_holders(contribution: Contribution, stages: ByKind, steps: Steps, facts: Sequence[Fact]) -> None:
    """Add each agency that holds the vehicle, at the moment at which it took it.

    It does while a step of its own has begun and not ended; where no step has, papers that are lodged are
    with the agency that acted last, since it took over from another one. The clearance's end ends it all.
    """
    over = [] if _OVER.isdisjoint(stages) else [fact for stage in _OVER for fact in stages.get(stage, ())]
    held = False
    for (agency, name), step in steps.items():
        start, end = latest(step.starts), latest(step.ends + over)
        if start is not None and (end is None or ORDER(end) < ORDER(start)):
            held = True
            _add_holder(contribution, start, agency, name)
    if not held and not over and "lodged" in stages:
        since = _taken_over(facts)
        _add_holder(contribution, since, str(since.body[4]), _BETWEEN)


def _taken_over(facts: Sequence[Fact]) -> Fact:
    """Give the first act of the agency that acted last, after the last act of any other."""
    in_order = sorted(facts, key=ORDER)
    since = in_order[-1]
    for fact in reversed(in_order):
        if fact.body[4] != since.body[4]:
            break
        since = fact
    return since


def _add_holder(contribution: Contribution, since: Fact, agency: str, step: str) -> None:
    gate_id, direction = cast("tuple[str, str]", since.body[1:3])
    contribution.add(RowKey("holding", since.time, (gate_id, direction, agency, step)), {"vehicles": 1})
