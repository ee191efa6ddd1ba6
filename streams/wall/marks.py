"""What happened, read for a board: once for all of its charts, and not with every refresh."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any, Final

from streams import clock
from streams.annotations import mark_of, marks_sql, meant_by
from streams.registry import Registry
from streams.wall.board import Annotation, Board
from streams.wall.choice import Choice
from streams.wall.frames import Frame
from streams.wall.macros import MacroContext, expand
from streams.wall.panels.drawing import Marks
from streams.wall.timerange import TimeRange

# What happened changes seldom, and some of it is long to look for.
_EVERY_S: Final = 60.0
_CHART: Final = "timeseries"

Ask = Callable[[str], Awaitable[Frame]]


class BoardMarks:
    """The marks of a board's charts, as they were when last asked for."""

    def __init__(self, board: Board, registry: Registry) -> None:
        """Take the board, and the registry that has the names of gates and plants."""
        self.found: list[tuple[Annotation, Marks]] = []
        self._board = board
        self._registry = registry
        self.charts = [panel for panel in board.panels if panel.type == _CHART]
        self._asked_at: float | None = None

    def of(self, panel: int) -> tuple[Marks, ...]:
        """Give the marks of a chart."""
        return tuple(marks for one, marks in self.found if one.is_on(panel))

    async def refresh(self, ask: Ask, choice: Choice) -> None:
        """Ask for each kind over the time of all charts, if it is time to, whatever the last answer was."""
        shown = [one for one in self._board.annotations.shown if one.enable and meant_by(one.target.tags)]
        is_due = self._asked_at is None or clock.monotonic() - self._asked_at >= _EVERY_S
        if self.charts and shown and is_due:
            spans = [self._board.span_of(panel, clock.now(), choice.span) for panel in self.charts]
            span = TimeRange(min(one.start for one in spans), max(one.end for one in spans))
            self._asked_at = clock.monotonic()
            self.found = [(one, await self._asked(ask, one, span)) for one in shown]

    async def _asked(self, ask: Ask, one: Annotation, span: TimeRange) -> Marks:
        kind, about = meant_by(one.target.tags) or ("", "")
        frame = await ask(expand(marks_sql(kind), MacroContext(span, 0, self._board.zone)))
        found = (mark_of(kind, row, self._registry) for row in _rows(frame))
        return Marks(one.name, one.icon_color, tuple(mark for mark in found if about in {"", mark.about}))


def _rows(frame: Frame) -> list[dict[str, Any]]:
    names = [column.name for column in frame.columns]
    rows = zip(*(column.values for column in frame.columns), strict=True)
    return [
        {
            name: _moment(cell) if name in ("begins", "ends") else cell
            for name, cell in zip(names, row, strict=True)
        }
        for row in rows
    ]


def _moment(cell: object) -> datetime | None:
    return datetime.fromtimestamp(cell / 1000, UTC) if isinstance(cell, int | float) else None
