"""One board's data, shared by all who look at it: each query runs once a refresh, whoever watches."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, tzinfo
from typing import Final, Protocol

from streams import clock
from streams.errors import DependencyDownError, KpiError
from streams.logs import get_logger
from streams.resources import resource
from streams.wall.board import Board, Panel
from streams.wall.frames import Frame
from streams.wall.macros import MacroContext, expand
from streams.wall.panels.drawing import Drawing, Picture
from streams.wall.panels.registry import draw
from streams.wall.timerange import interval_ms

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
    """What the header shows: the newest event, whether it is simulated, since when the database is lost."""

    last_event_at: datetime | None = None
    simulated: bool = False
    asked_at: datetime | None = None
    lost_since: datetime | None = None
    reason: str = ""


class BoardFeed:
    """Refreshes a board while somebody watches, and tells the watchers."""

    def __init__(self, board: Board, source: Source) -> None:
        """Take the board and where its data comes from."""
        self.board = board
        self.states = {panel.id: PanelState() for panel in board.panels}
        self.status = Status()
        self._source = source
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
        if self.status.lost_since is None:
            await asyncio.gather(*(self._refresh_panel(panel) for panel in self.board.panels))

    def is_stale(self, state: PanelState, now: datetime) -> bool:
        """Tell whether a drawing is older than a board of this pace should show."""
        if state.drawn_at is None:
            return False
        return (now - state.drawn_at).total_seconds() > STALE_REFRESHES * self.board.refresh_s

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

    async def _refresh_panel(self, panel: Panel) -> None:
        state = self.states[panel.id]
        try:
            drawing = await self._drawn(panel)
        except Exception as error:  # noqa: BLE001 - whatever one panel suffers, the others go on
            problem = str(error) or type(error).__name__
            if state.problem != problem:
                _log.warning("panel_failed", board=self.board.uid, panel=panel.id, reason=problem)
            self.states[panel.id] = replace(state, problem=problem)
        else:
            self.states[panel.id] = PanelState(drawing, clock.now())

    async def _drawn(self, panel: Panel) -> Drawing:
        span, zone = self.board.span_of(panel, clock.now()), self.board.zone
        points = panel.max_data_points or _MOST_POINTS
        interval = interval_ms(span, points, panel.interval)
        frames = []
        for target in panel.targets:
            if not target.hide:
                context = MacroContext(span, interval, zone, target.table, target.column)
                sql = expand(target.raw_sql, context)
                frames.append(await self._source.query(sql, zone, target.ref_id))
        return draw(Picture(panel, tuple(frames), span, zone))


def _status(frame: Frame, zone: tzinfo) -> Status:
    values = {column.name: column.values[0] for column in frame.columns if column.values}
    newest = values.get("last_event_time")
    return Status(
        last_event_at=datetime.fromtimestamp(newest / 1000, zone) if isinstance(newest, int) else None,
        simulated=bool(values.get("simulated")),
        asked_at=clock.now(),
    )
