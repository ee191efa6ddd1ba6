"""The command that opens a row which differs: the events behind it, or the rows of both sides."""

import shlex
from typing import Final, NamedTuple

from streams.clock import HANOI
from streams.events import epoch_ms
from streams.explain.request import VIEWS
from streams.replay.compare import TABLES, Row

LIVE: Final = "live"
_GRAINS: Final = ("minute", "hour", "day")


class Sides(NamedTuple):
    """What is compared: a replay and what it is compared with, and the generations of both."""

    run: str
    against: str
    there: str
    here: str


def opening(row: Row, sides: Sides) -> str:
    """Give the command that opens a row."""
    stem, _, grain = row.kpi.rpartition("_")
    view = f"{stem}_by_{grain}"
    if grain not in _GRAINS or view not in VIEWS:
        return f"kpi query {shlex.quote(_rows_of(row, sides))}"
    at = f"{row.at:%Y-%m-%d}" if grain == "day" else f"{row.at.astimezone(HANOI):%Y-%m-%dT%H:%M}"
    chosen = [f"--where {shlex.quote(f'{name}={value}')}" for name, value in row.dimensions.items() if value]
    against = [] if sides.against == LIVE else [f"--against {sides.against}"]
    return " ".join([f"kpi replay explain {sides.run} {view} --at {at}", *chosen, *against])


def _rows_of(row: Row, sides: Sides) -> str:
    """Select a row of which no view opens the events."""
    at = f"toDateTime64({TABLES[row.kpi].window}, 3, 'UTC') = fromUnixTimestamp64Milli({epoch_ms(row.at)})"
    chosen = (f"toString({name}) = {_text(value)}" for name, value in row.dimensions.items() if value)
    where = " AND ".join([at, *chosen])
    return " UNION ALL ".join(
        f"SELECT '{side}' AS side, * FROM {generation}.{row.kpi} FINAL WHERE {where}"  # noqa: S608 - is shown
        for side, generation in (("there", sides.there), ("replay", sides.here))
    )


def _text(value: str) -> str:
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"
