"""What the lines of a plant do: the PackML state of each, window by window.

A row is one line's hour in one state; its `starts` holds a bit for each minute at which a window of that
length began. No two windows of a line, length and start are one bit, so that sums of bits are exact.
"""

from collections.abc import Iterable
from typing import Final, NamedTuple

from streams.core.contribution import Contribution, RowKey
from streams.core.windows import hour_of

_MINUTE_MS: Final = 60_000
_MINUTES: Final = 60
# From running to standing: a line does the first of what is said of its products.
_STATES: Final = {
    state: rank for rank, state in enumerate(("execute", "idle", "held", "suspended", "stopped", "aborted"))
}
# Nothing made in a window in one of these is a stop.
_STANDING: Final = frozenset(("held", "suspended", "stopped", "aborted"))


class LineWindow(NamedTuple):
    """A window of one line; its edges in ms."""

    zone_id: str
    plant_id: str
    line_id: str
    start: int
    end: int


class Said(NamedTuple):
    """What a report says of its line; `made` in millionths of the product's unit."""

    state: str
    product: str
    reason: str
    made: int


def add_line_state(contribution: Contribution, window: LineWindow, reports: Iterable[Said]) -> None:
    """Add what a line did in a window, from the counted reports of all its products."""
    reports = list(reports)
    leading = min(reports, key=lambda report: (_STATES[report.state], report.product))
    stopped = leading.state in _STANDING and not any(report.made for report in reports)
    minutes = (window.end - window.start) // _MINUTE_MS
    dimensions = (*window[:3], leading.state, leading.reason, stopped, minutes)
    bit = 1 << window.start // _MINUTE_MS % _MINUTES
    key = RowKey("line_state_hour", hour_of(window.start), dimensions)
    contribution.add(key, {"starts": bit, "windows": 1})
