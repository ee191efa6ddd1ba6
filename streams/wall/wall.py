"""The wall: its boards, the feeds and pages that keep them fresh, and the browsers that look at them."""

import asyncio
import os
from typing import Final

from nicegui import ui

from streams import clock
from streams.errors import EXIT_NO, KpiError
from streams.logs import get_logger
from streams.registry import Registry
from streams.wall.board import Board
from streams.wall.choice import NOTHING, Choice
from streams.wall.feed import BoardFeed
from streams.wall.navigation import Rotation
from streams.wall.plain import PlainPage, is_plain
from streams.wall.source import ClickHouseSource
from streams.wall.view import BoardView

_log = get_logger("wall")

_TICK_S: Final = 1.0
#: Choices that are looked at at a time: each asks the database for itself, and walls must not wait for that.
MOST_CHOICES: Final = 20


class Wall:
    """The boards, their feeds, and the browsers that look at them."""

    def __init__(
        self, boards: list[Board], source: ClickHouseSource, registry: Registry | None = None
    ) -> None:
        """Take the boards, where their data comes from, and the names of what things happen to."""
        self.boards = boards
        self.feeds = {
            board.uid: BoardFeed(board, source, registry=registry) for board in boards if not is_plain(board)
        }
        self.pages = {
            board.uid: PlainPage(BoardFeed(board, source), boards) for board in boards if is_plain(board)
        }
        self._source = source
        self._registry = registry
        self._views: set[BoardView] = set()
        self._tasks: list[asyncio.Task[None]] = []
        self._chosen: dict[tuple[str, Choice], tuple[BoardFeed, asyncio.Task[None]]] = {}

    def start(self) -> None:
        """Start the feeds and the clock."""
        self._tasks = [_started(feed) for feed in self.feeds.values()]
        self._tasks.append(asyncio.create_task(self._tick()))
        self._tasks[-1].add_done_callback(_end_with)

    async def stop(self) -> None:
        """Stop all and close the connections."""
        tasks = [*self._tasks, *(task for _, task in self._chosen.values())]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._source.close()

    async def is_healthy(self) -> str:
        """Run a query; give what is wrong, nothing when it works."""
        try:
            await self._source.query("SELECT 1", self.boards[0].zone)
        except KpiError as error:
            return str(error) or type(error).__name__
        return ""

    def feed_of(self, board: Board, choice: Choice) -> BoardFeed | None:
        """Give the feed of a board with a choice, one for all who chose alike; None where there are too many.

        It ends with the last who looks at it.
        """
        if choice == NOTHING:
            return self.feeds[board.uid]
        key = board.uid, choice
        if key not in self._chosen:
            if len(self._chosen) >= MOST_CHOICES:
                return None
            feed = BoardFeed(board, self._source, choice, self._registry)
            self._chosen[key] = feed, _started(feed)
        return self._chosen[key][0]

    def end_unwatched(self, feed: BoardFeed) -> None:
        """End the feed of a choice when nobody looks at it any more."""
        key = feed.board.uid, feed.choice
        if key in self._chosen and not feed.is_watched:
            self._chosen.pop(key)[1].cancel()

    def show(self, feed: BoardFeed, rotation: Rotation | None) -> None:
        """Make a board for the browser that asks, and keep it fresh until it goes.

        The other boards of a rotation are kept fresh, too: whoever turns to the next one sees no old numbers.
        """
        view = BoardView(feed, self.boards, rotation)
        others = [self.feeds[uid] for uid in rotation.uids if uid != feed.board.uid] if rotation else []
        feed.join(view.refresh)
        for other in others:
            other.join(view.rest)
        self._views.add(view)

        def leave() -> None:
            self._views.discard(view)
            feed.leave(view.refresh)
            for other in others:
                other.leave(view.rest)
            self.end_unwatched(feed)

        ui.context.client.on_delete(leave)

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(_TICK_S)
            now = clock.now()
            for view in list(self._views):
                view.tick(now)


def _started(feed: BoardFeed) -> asyncio.Task[None]:
    task = asyncio.create_task(feed.run())
    task.add_done_callback(_end_with)
    return task


def _end_with(task: asyncio.Task[None]) -> None:
    """End the process with a task that failed: a wall that stands still must not look alive."""
    if not task.cancelled() and (error := task.exception()) is not None:
        _log.error("wall_failed", exc_info=error)
        os._exit(EXIT_NO)
