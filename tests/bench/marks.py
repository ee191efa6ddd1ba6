"""What a worker or a peer logged of its batches, and the speed that follows from it."""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from itertools import pairwise
from math import inf
from typing import Any, NamedTuple

from tests.bench.measure import Sample

_STORED, _ASSIGNED = "batch_stored", "partitions_assigned"


class Mark(NamedTuple):
    """A batch that was stored: when (seconds since 1970), how many records, and up to which offsets."""

    at: float
    records: int
    offsets: Mapping[str, Sequence[int]]


class Reading(NamedTuple):
    """The CPU seconds that processes had used at a moment: ours and the engine's."""

    at: float
    own_cpu_s: float
    engine_cpu_s: float


def marks_of(lines: Iterable[str], *, settled: bool = False) -> list[Mark]:
    """Read the marks of a log; `settled`: only those since partitions were last assigned."""
    marks: list[Mark] = []
    for line in lines:
        entry = _entry(line)
        if entry.get("event") == _STORED:
            at = datetime.fromisoformat(entry["timestamp"]).timestamp()
            marks.append(Mark(at, entry["records"], entry.get("offsets", {})))
        elif settled and entry.get("event") == _ASSIGNED:
            marks.clear()
    return marks


def _entry(line: str) -> dict[str, Any]:
    if _STORED not in line and _ASSIGNED not in line:
        return {}
    try:
        # A peer's spinner may have left its marks before it.
        entry: dict[str, Any] = json.loads(line[line.find("{") :])
    except ValueError:
        return {}  # a line that is being written, or is another's
    return entry


def sample_of(logs: Sequence[Sequence[Mark]], readings: Sequence[Reading]) -> Sample:
    """Give the speed of processes together, from when each has stored its first batch to the last but one.

    What starting costs is not in it, nor how long the last batch waited for more that did not come.
    """
    began = max(marks[0].at if marks else inf for marks in logs)
    stored = [mark for marks in logs for mark in marks[:-1] if mark.at > began]
    if not stored:
        raise AssertionError("too few batches to measure: send more events")
    ended = max(mark.at for mark in stored)
    first, last = (_reading(readings, at) for at in (began, ended))
    cpu = last.own_cpu_s - first.own_cpu_s, last.engine_cpu_s - first.engine_cpu_s
    return Sample(sum(mark.records for mark in stored), ended - began, *cpu)


def _reading(readings: Sequence[Reading], at: float) -> Reading:
    """Give what was used at a moment, on the straight line between two readings."""
    for before, after in pairwise(readings):
        if before.at <= at <= after.at:
            share = (at - before.at) / (after.at - before.at)
            own, engine = (
                earlier + share * (later - earlier)
                for earlier, later in zip(before[1:], after[1:], strict=True)
            )
            return Reading(at, own, engine)
    return readings[0] if at < readings[0].at else readings[-1]
