"""Intervals between two facts of one entity, as rows of the latency tables or as findings."""

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from streams.core.contribution import Contribution, Finding, FindingKey, RowKey
from streams.core.sketch import bucket_of
from streams.core.windows import local_day_of, minute_of

UNKNOWN: Final = "unknown"
# The published goal: booth service of at most two minutes.
BOOTH_GOAL_MS: Final = 120_000


class Mark(NamedTuple):
    """A fact that may begin or end an interval, ordered by `(time, id)`."""

    time: int
    id: str
    kind: str
    gate_id: str
    direction: str
    label: str | None


def earliest(marks: Iterable[Mark], kind: str) -> Mark | None:
    """Give the first mark of a kind by `(time, id)`."""
    return min((mark for mark in marks if mark.kind == kind), default=None)


def latest(marks: Iterable[Mark], kind: str) -> Mark | None:
    """Give the last mark of a kind by `(time, id)`."""
    return max((mark for mark in marks if mark.kind == kind), default=None)


def latest_label(marks: Sequence[Mark]) -> str:
    """Give the lane or channel last known by `(time, id)`, else `unknown`."""
    labelled = [mark for mark in marks if mark.label is not None]
    return str(max(labelled).label) if labelled else UNKNOWN


def add_interval(
    contribution: Contribution, interval: str, start: Mark | None, end: Mark | None, places: tuple[str, str]
) -> None:
    """Add the interval at the window of its end; `places` are lane and channel.

    An interval whose end is before its start is a finding and in no row.
    """
    if start is None or end is None:
        return
    duration = end.time - start.time
    if duration < 0:
        contribution.findings[FindingKey("negative_interval", interval)] = Finding(
            (start.id, end.id), end.time, f"{interval} ends {-duration} ms before it starts"
        )
        return
    within = int(interval == "booth_service" and duration <= BOOTH_GOAL_MS)
    measures = {"vehicles": 1, "within_goal": within, "total_ms": duration, bucket_of(duration): 1}
    dimensions = (interval, end.gate_id, end.direction, *places)
    contribution.add(RowKey("latency_minute", minute_of(end.time), dimensions), measures)
    contribution.add(RowKey("latency_day", local_day_of(end.time), dimensions), measures)
