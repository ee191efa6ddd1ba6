"""Counts what rules on booth service ring in a whole simulated year, by the vehicles served: no engine.

python -m tests.bench.count_booths normal 2026     # a minute

`count_year` asks the real views on some days; this is the same world and the same state machine on every
minute of the year, with exact percentiles. It tells what another limit would ring.
"""

import sys
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from math import ceil
from typing import Final

from producers.simulate.calendar import HOUR_MS, MINUTE_MS
from producers.simulate.world import World
from streams.alerts.files import load_rules
from streams.core.alerts.machine import Kind, Look, Observation, Standing, step
from streams.core.alerts.rules import Rule
from streams.registry import load_registry

_DAY: Final = timedelta(days=1)
_GOAL_MS: Final = 120_000
#: limits tried beside the rule's own, with where each is over
_OTHERS: Final[dict[str, tuple[dict[str, float], ...]]] = {
    "booth-p90": (
        {"above": 2.0, "clear": 2.0},
        {"above": 2.25, "clear": 2.0},
        {"above": 2.5, "clear": 2.0},
    ),
    "booth-share": (
        {"below": 80.0, "clear": 80.0},
        {"below": 75.0, "clear": 80.0},
        {"below": 65.0, "clear": 75.0},
    ),
}


def main(scenario: str, year: str) -> None:
    """Count, by rule and limit."""
    world, rules, fired = World(load_registry(), 2026, scenario), list(_rules()), Counter[str]()
    day = date(int(year), 1, 1)
    while day.year == int(year):
        for slug in load_registry().gate_by_slug:
            served = sorted((one.end_ms, one.end_ms - one.start_ms) for one in world.passes(slug, day).served)
            for rule in rules:
                fired[_name(rule)] += _rings(rule, served)
        day += _DAY
    for rule in rules:
        sys.stdout.write(f"{_name(rule):36} {fired[_name(rule)]:5} in {scenario} {year}\n")


def _rules() -> Iterator[Rule]:
    for rule in load_rules():
        if rule.id in _OTHERS:
            yield from (rule.model_copy(update=other) for other in ({}, *_OTHERS[rule.id]))


def _name(rule: Rule) -> str:
    return f"{rule.id} limit {rule.limit:g} clear {rule.clear:g}"


def _rings(rule: Rule, served: Sequence[tuple[int, int]]) -> int:
    """Count how often a rule fires on a gate's day, looked at once a minute; nights clear everything."""
    if not served:
        return 0
    ends, standing, fired = [end for end, _ in served], Standing(), 0
    for now in range(ends[0], ends[-1] + 2 * HOUR_MS, MINUTE_MS):
        span = 15 * MINUTE_MS if rule.id == "booth-p90" else HOUR_MS
        lengths = [length for _, length in served[bisect_right(ends, now - span) : bisect_left(ends, now)]]
        value = _p90_minutes(lengths) if rule.id == "booth-p90" else _percent_within(lengths)
        standing, kind = step(rule, "gate", standing, Observation(value, len(lengths)), Look(now))
        fired += kind is Kind.FIRED
    return fired


def _p90_minutes(lengths: Sequence[int]) -> float | None:
    return sorted(lengths)[ceil(0.9 * len(lengths)) - 1] / MINUTE_MS if lengths else None


def _percent_within(lengths: Sequence[int]) -> float | None:
    return sum(length <= _GOAL_MS for length in lengths) / len(lengths) * 100 if lengths else None


if __name__ == "__main__":
    main(*sys.argv[1:])
