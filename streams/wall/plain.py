"""A board as one page of HTML for who only reads: no script, no socket, the same numbers."""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Final

from fastapi.responses import HTMLResponse

from streams import clock
from streams.wall.board import Board, Panel
from streams.wall.feed import BoardFeed, PanelState
from streams.wall.markup import template
from streams.wall.navigation import steps_of
from streams.wall.words import banner_text, freshness, outdated_text

_TEMPLATE: Final = template("page.html.j2")
_CSS: Final = Path(__file__).with_name("wall.css").read_text(encoding="utf-8")
_PUBLIC: Final = "public"
# The page holds all that it needs, and nothing in it may run.
_HEADERS: Final = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'",
    "X-Content-Type-Options": "nosniff",
}


def is_plain(board: Board) -> bool:
    """Tell whether a board is served as a page: one for the public, or one that asks for nothing."""
    return _PUBLIC in board.tags or not any(panel.targets for panel in board.panels)


class PlainPage:
    """The page of a board; however many ask for it, its queries run once a refresh."""

    def __init__(self, feed: BoardFeed, boards: Sequence[Board]) -> None:
        """Take the board's feed, which nobody else refreshes, and all boards for the links."""
        self._feed = feed
        self._steps = steps_of(feed.board, boards)
        self._refreshing = asyncio.Lock()
        self._refreshed_at: float | None = None

    async def response(self) -> HTMLResponse:
        """Give the page as it is now."""
        async with self._refreshing:
            if self._is_due():
                await self._feed.refresh()
                self._refreshed_at = clock.monotonic()
        return HTMLResponse(self._html(), headers=_HEADERS)

    def _is_due(self) -> bool:
        if self._refreshed_at is None:
            return True
        return clock.monotonic() - self._refreshed_at >= self._feed.board.refresh_s

    def _html(self) -> str:
        board, status, now = self._feed.board, self._feed.status, clock.now()
        asks = any(panel.targets for panel in board.panels)
        return _TEMPLATE.render(
            board=board,
            css=_CSS,
            steps=self._steps,
            shown=[self._shown(panel, now) for panel in board.panels],
            fresh=freshness(status, now, board.zone) if asks else None,
            simulated=status.simulated and asks,
            banner=banner_text(status, now, board.zone) if asks else "",
            reload_s=int(board.refresh_s) if asks else None,
        )

    def _shown(self, panel: Panel, now: datetime) -> tuple[Panel, PanelState, bool, str]:
        """Give a panel with its state, whether that is old, and what is to be said of it."""
        board, state = self._feed.board, self._feed.states[panel.id]
        public = state.problem and _PUBLIC in board.tags
        problem = outdated_text(state, board.zone) if public else state.problem
        return panel, state, self._feed.is_stale(state, now), problem
