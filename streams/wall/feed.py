"""One board's data, shared by all who look at it: each query runs once a refresh, whoever watches."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, tzinfo
from typing import Final, Protocol

from streams import clock
from streams.errors import DependencyDownError, KpiError
from streams.logs import get_logger
from streams.registry import Registry
from streams.resources import resource
from streams.wall.board import Board, Panel
from streams.wall.choice import NOTHING, Choice
from streams.wall.frames import Frame
from streams.wall.macros import MacroContext, expand
from streams.wall.marks import BoardMarks
from streams.wall.panels.drawing import Drawing, Marks, Picture
from streams.wall.panels.registry import draw
from streams.wall.timerange import interval_ms
from streams.wall.variables import Chosen, choose, interpolate

_log = get_logger("wall")

# A lost database is asked again sooner than the board refreshes, so that it is seen to be back.
_RETRY_S: Final = 2.0
# Grafana takes a panel's width in pixels; a wall's chart needs no more points than this.
_MOST_POINTS: Final = 1000
#: A number is stale once it missed this many refreshes.
STALE_REFRESHES: Final = 3


class Source(Protocol):
    """Where frames come from."""

    async def query(self, sql: str, zone: tzinfo, ref_id: str = "A") -> Frame:
        """Run a query."""


@dataclass(frozen=True)
class PanelState:
    """What a panel shows: its last drawing, when that was drawn, and what is wrong since."""

    drawing: Drawing | None = None
    drawn_at: datetime | None = None
    problem: str = ""


@dataclass(frozen=True)
class Status:
    """What the header shows.

    The newest event, whether it is simulated, of how many days of the year nothing is known, how many alerts
    are open and how many of them are critical, whether nobody evaluates them, and since when the database is
    lost.
    """

    last_event_at: datetime | None = None
    simulated: bool = False
    missing_days: int = 0
    alerts: int = 0
    critical: int = 0
    is_blind: bool = False
    asked_at: datetime | None = None
    lost_since: datetime | None = None
    reason: str = ""


class BoardFeed:
    """Refreshes a board while somebody watches, and tells the watchers."""

    def __init__(
        self, board: Board, source: Source, choice: Choice = NOTHING, registry: Registry | None = None
    ) -> None:
        """Take the board, where its data comes from, and what is chosen of its variables and its time.

        With the registry, which has the names of what things happened to, charts are marked with them.
        """
        self.board = board
        self.choice = choice
        self.chosen: Mapping[str, Chosen] = {one.name: Chosen(one) for one in board.variables}
        self.states = {panel.id: PanelState() for panel in board.panels}
        self.status = Status()
        self._source = source
        self._marks = BoardMarks(board, registry) if registry else None
        self._pictures: dict[int, Picture] = {}
        self._status_sql = resource("sql/queries/wall/do-tuoi.sql").read_text(encoding="utf-8")
        self._watchers: set[Callable[[], None]] = set()
        self._watched = asyncio.Event()

    def join(self, tell: Callable[[], None]) -> None:
        """Be told after each refresh, until `leave`."""
        self._watchers.add(tell)
        self._watched.set()

    def leave(self, tell: Callable[[], None]) -> None:
        """Be told no more; with nobody left the feed rests."""
        self._watchers.discard(tell)
        if not self._watchers:
            self._watched.clear()

    @property
    def is_watched(self) -> bool:
        """Tell whether anybody is told of refreshes."""
        return bool(self._watchers)

    async def run(self) -> None:
        """Refresh for ever; sleeps while nobody watches."""
        while True:
            await self._watched.wait()
            started = clock.monotonic()
            await self.refresh()
            for tell in list(self._watchers):
                tell()
            pause = _RETRY_S if self.status.lost_since else self.board.refresh_s
            await asyncio.sleep(max(pause - (clock.monotonic() - started), 0.1))

    async def refresh(self) -> None:
        """Ask for everything once; with the database lost, keep what there was."""
        self.status = await self._asked_status()
        there = self.status.lost_since is None and await self._refresh_variables()
        panels = [self._refresh_panel(one) for one in self.board.panels if there or not one.targets]
        if not there or self._marks is None:
            await asyncio.gather(*panels)
            return
        # Numbers do not wait for marks; charts are drawn again where something happened.
        before = self._marks.found
        await asyncio.gather(*panels, self._refresh_marks(self._marks))
        if self._marks.found != before:
            for chart in self._marks.charts:
                self._mark_anew(chart, self._marks.of(chart.id))

    def is_stale(self, state: PanelState, now: datetime) -> bool:
        """Tell whether a drawing is older than a board of this pace should show."""
        if state.drawn_at is None:
            return False
        return (
            now - state.drawn_at
        ).total_seconds() > STALE_REFRESHES * self.board.refresh_s * self.board.pace

    async def _asked_status(self) -> Status:
        try:
            frame = await self._source.query(self._status_sql, self.board.zone)
        except DependencyDownError as error:
            if self.status.lost_since is None:
                _log.warning("database_lost", reason=str(error))
            return replace(self.status, lost_since=self.status.lost_since or clock.now(), reason=str(error))
        except KpiError as error:
            _log.warning("status_failed", reason=str(error))
            return replace(self.status, lost_since=None, reason=str(error))
        if self.status.lost_since is not None:
            _log.info("database_back")
        return _status(frame, self.board.zone)

    async def _refresh_variables(self) -> bool:
        """Ask what can be chosen; where that fails no panel is asked, for it would show another choice."""
        span = (self.choice.span or self.board.time).at(clock.now(), self.board.zone)
        chosen: dict[str, Chosen] = {}
        try:
            for one in self.board.variables:
                sql = expand(interpolate(one.query, chosen), MacroContext(span, 0, self.board.zone))
                frame = await self._source.query(sql, self.board.zone)
                chosen[one.name] = choose(one, frame, self.choice.of(one.name))
        except Exception as error:  # noqa: BLE001 - as with a panel: the board goes on
            for panel in self.board.panels:
                if panel.targets:
                    self._note(panel, error)
            return False
        self.chosen = chosen
        return True

    async def _refresh_marks(self, marks: BoardMarks) -> None:
        """Ask what happened; charts that cannot be marked are drawn with the marks of before."""
        try:
            await marks.refresh(lambda sql: self._source.query(sql, self.board.zone), self.choice)
        except Exception as error:  # noqa: BLE001 - as with a panel: the board goes on
            _log.warning("marks_failed", board=self.board.uid, reason=str(error))

    def _mark_anew(self, panel: Panel, marks: tuple[Marks, ...]) -> None:
        """Draw a chart from the numbers that it has, with other marks."""
        state, picture = self.states[panel.id], self._pictures.get(panel.id)
        if picture is None or state.problem:
            return
        try:
            self.states[panel.id] = replace(state, drawing=draw(replace(picture, marks=marks)))
        except Exception as error:  # noqa: BLE001 - as with a panel: the others go on
            self._note(panel, error)

    async def _refresh_panel(self, panel: Panel) -> None:
        try:
            drawing = draw(await self._asked(panel))
        except Exception as error:  # noqa: BLE001 - whatever one panel suffers, the others go on
            self._note(panel, error)
        else:
            self.states[panel.id] = PanelState(drawing, clock.now())

    def _note(self, panel: Panel, error: Exception) -> None:
        """Show a problem beside the last numbers, and log it when it is new."""
        state, problem = self.states[panel.id], str(error) or type(error).__name__
        if state.problem != problem:
            _log.warning("panel_failed", board=self.board.uid, panel=panel.id, reason=problem)
        self.states[panel.id] = replace(state, problem=problem)

    async def _asked(self, panel: Panel) -> Picture:
        span, zone = self.board.span_of(panel, clock.now(), self.choice.span), self.board.zone
        points = panel.max_data_points or _MOST_POINTS
        interval = interval_ms(span, points, panel.interval)
        frames = []
        for target in panel.targets:
            if not target.hide:
                context = MacroContext(span, interval, zone, target.table, target.column)
                sql = expand(interpolate(target.raw_sql, self.chosen), context)
                frames.append(await self._source.query(sql, zone, target.ref_id))
        marks = self._marks.of(panel.id) if self._marks else ()
        picture = Picture(panel, tuple(frames), span, zone, marks, self.choice)
        if self._marks and panel in self._marks.charts:
            self._pictures[panel.id] = picture
        return picture


def _status(frame: Frame, zone: tzinfo) -> Status:
    values = {column.name: column.values[0] for column in frame.columns if column.values}
    newest = values.get("last_event_time")
    return Status(
        last_event_at=datetime.fromtimestamp(newest / 1000, zone) if isinstance(newest, int) else None,
        simulated=bool(values.get("simulated")),
        missing_days=int(values.get("missing_days") or 0),
        alerts=int(values.get("alerts") or 0),
        critical=int(values.get("critical") or 0),
        is_blind=bool(values.get("is_blind")),
        asked_at=clock.now(),
    )
