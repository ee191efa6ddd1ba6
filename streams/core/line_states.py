"""What the lines of a plant do: the PackML state of each, window by window.

A row is one line's hour in one state; its `starts` holds a bit for each minute at which a window of that
length began. No two windows of a line, length and start are one bit, so that sums of bits are exact.
"""

from collections.abc import Sequence
from typing import Final, cast

from streams.core.contribution import Contribution, RowKey
from streams.core.facts import Fact
from streams.core.windows import hour_of

_MINUTE_MS: Final = 60_000
_MINUTES: Final = 60
# From running to standing: a line does the first of what is said of its products.
_RANKS: Final = {
    state: rank for rank, state in enumerate(("execute", "idle", "held", "suspended", "stopped", "aborted"))
}
# Nothing made in a window in one of these is a stop.
_STANDING: Final = frozenset(("held", "suspended", "stopped", "aborted"))

# Line, product, start in ms, zone, plant; price basis, unit, value, quantity; state, reason.
_Body = tuple[str, str, int, str, str, str, str, int, int, str, str]


def add_line_state(contribution: Contribution, reports: Sequence[Fact]) -> None:
    """Add what a line did in a window, from the counted reports of all its products."""
    leading = min(reports, key=_rank) if len(reports) > 1 else reports[0]
    line, _, start, zone, plant, _, _, _, _, state, reason = cast("_Body", leading.body)
    stopped = state in _STANDING and not any(report.body[-3] for report in reports)
    # A report's time is the end of its window.
    dimensions = (zone, plant, line, state, reason, stopped, (leading.time - start) // _MINUTE_MS)
    key = RowKey("line_state_hour", hour_of(start), dimensions)
    contribution.add(key, {"starts": 1 << start // _MINUTE_MS % _MINUTES})


def _rank(report: Fact) -> tuple[int, object]:
    return _RANKS[cast("str", report.body[-2])], report.body[1]
