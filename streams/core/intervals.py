"""Intervals between two facts of one entity, as rows of the latency tables or as findings.

The body of a fact here begins with its kind, its gate, its direction and its label (lane or channel).
Facts are ordered by `(time, id)`.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from operator import attrgetter
from typing import Final, cast

from streams.core.contribution import Contribution, Finding, FindingKey, RowKey
from streams.core.facts import Fact
from streams.core.sketch import bucket_of
from streams.core.windows import local_day_of, minute_of

UNKNOWN: Final = "unknown"
BOOTH: Final = "booth_service"
# The published goal: booth service of at most two minutes.
BOOTH_GOAL_MS: Final = 120_000
ORDER: Final = attrgetter("time", "id")

ByKind = Mapping[object, Sequence[Fact]]


def by_kind(facts: Sequence[Fact]) -> ByKind:
    """Sort facts by what happened."""
    kinds: defaultdict[object, list[Fact]] = defaultdict(list)
    for fact in facts:
        kinds[fact.body[0]].append(fact)
    return kinds


def earliest(facts: Sequence[Fact] | None) -> Fact | None:
    """Give the first fact by `(time, id)`."""
    return min(facts, key=ORDER) if facts else None


def latest(facts: Sequence[Fact] | None) -> Fact | None:
    """Give the last fact by `(time, id)`."""
    return max(facts, key=ORDER) if facts else None


def latest_label(facts: Sequence[Fact]) -> str:
    """Give the lane or channel last known by `(time, id)`, else `unknown`."""
    last = latest([fact for fact in facts if fact.body[3] is not None])
    return UNKNOWN if last is None else str(last.body[3])


def add_interval(
    contribution: Contribution,
    interval: str,
    ends: tuple[Fact | None, Fact | None],
    places: tuple[str, str],
    stops: int = 0,
) -> None:
    """Add the interval at the window of its end; `places` are lane and channel, `stops` those of a clearance.

    An interval whose end is before its start is a finding and in no row.
    """
    start, end = ends
    if start is None or end is None:
        return
    duration = end.time - start.time
    if duration < 0:
        contribution.findings[FindingKey("negative_interval", interval)] = Finding(
            (start.id, end.id), end.time, f"{interval} ends {-duration} ms before it starts"
        )
        return
    within = int(interval == BOOTH and duration <= BOOTH_GOAL_MS)
    measures = {"vehicles": 1, "within_goal": within, "total_ms": duration, bucket_of(duration): 1}
    gate_id, direction = cast("tuple[str, str]", end.body[1:3])
    dimensions = (interval, gate_id, direction, *places)
    contribution.add(RowKey("latency_minute", minute_of(end.time), dimensions), measures)
    contribution.add(RowKey("latency_day", local_day_of(end.time), dimensions), measures)
    # Gates close over a dwell or a clearance: these keep when they began.
    if interval != BOOTH:
        key = RowKey("finished", end.time, (*dimensions, start.time))
        contribution.add(key, {"vehicles": 1, "stops": stops})
