"""The wall's web application: pages, health, and the tasks that keep the boards fresh."""

import asyncio
import os
from pathlib import Path
from typing import Final

import uvicorn
from fastapi import FastAPI, Response
from fastapi.responses import PlainTextResponse, RedirectResponse
from nicegui import app, ui

from streams import clock
from streams.errors import EXIT_NO, KpiError, UsageError
from streams.logs import get_logger
from streams.ports import is_free
from streams.settings import Settings
from streams.wall.board import Board, read_boards
from streams.wall.feed import BoardFeed
from streams.wall.source import ClickHouseSource
from streams.wall.view import BoardView

_log = get_logger("wall")

# Browsers keep their sockets open; a stop does not wait longer than this for them.
_FAREWELL_S: Final = 2
# Messages kept for a browser that loses the line for a moment; one may hold a chart, so not many.
_HISTORY: Final = 30
_TICK_S: Final = 1.0
_CSS: Final = Path(__file__).with_name("wall.css")


class Wall:
    """The boards, their feeds, and the browsers that look at them."""

    def __init__(self, boards: list[Board], source: ClickHouseSource) -> None:
        """Take the boards and where their data comes from."""
        self.boards = boards
        self.feeds = {board.uid: BoardFeed(board, source) for board in boards}
        self._source = source
        self._views: set[BoardView] = set()
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Start the feeds and the clock."""
        self._tasks = [asyncio.create_task(feed.run()) for feed in self.feeds.values()]
        self._tasks.append(asyncio.create_task(self._tick()))
        for task in self._tasks:
            task.add_done_callback(_end_with)

    async def stop(self) -> None:
        """Stop all and close the connections."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._source.close()

    async def is_healthy(self) -> str:
        """Run a query; give what is wrong, nothing when it works."""
        try:
            await self._source.query("SELECT 1", next(iter(self.feeds.values())).board.zone)
        except KpiError as error:
            return str(error) or type(error).__name__
        return ""

    def show(self, feed: BoardFeed) -> None:
        """Make a board for the browser that asks, and keep it fresh until it goes."""
        view = BoardView(feed, self.boards)
        feed.join(view.refresh)
        self._views.add(view)

        def leave() -> None:
            self._views.discard(view)
            feed.leave(view.refresh)

        ui.context.client.on_delete(leave)

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(_TICK_S)
            now = clock.now()
            for view in list(self._views):
                view.tick(now)


def _end_with(task: asyncio.Task[None]) -> None:
    """End the process with a task that failed: a wall that stands still must not look alive."""
    if not task.cancelled() and (error := task.exception()) is not None:
        _log.error("wall_failed", exc_info=error)
        os._exit(EXIT_NO)


def serve(settings: Settings, folder: Path) -> None:
    """Serve the boards of a folder until the process is asked to stop.

    Raises:
        UsageError: there is no board, or the port is taken.
    """
    if not is_free(settings.wall_port):
        raise UsageError(f"port {settings.wall_port} is taken; choose another with --port or KPI_WALL_PORT")
    wall = Wall(read_boards(folder), ClickHouseSource(settings))
    _add_routes(wall)
    css = _CSS.read_text(encoding="utf-8")
    ui.add_head_html(f"<style>{css}</style>", shared=True)
    app.on_startup(wall.start)
    app.on_shutdown(wall.stop)
    web = FastAPI(title="kpi wall", openapi_url=None)
    ui.run_with(
        web,
        title="KPI cửa khẩu Lào Cai",
        language="vi",
        dark=True,
        favicon="📊",
        tailwind=False,
        show_welcome_message=False,
        message_history_length=_HISTORY,
    )
    uvicorn.run(
        web,
        host=settings.wall_host,
        port=settings.wall_port,
        log_config=None,
        log_level="warning",
        access_log=False,
        timeout_graceful_shutdown=_FAREWELL_S,
    )


def _add_routes(wall: Wall) -> None:
    @app.get("/healthz")
    async def healthz() -> Response:
        problem = await wall.is_healthy()
        return PlainTextResponse(problem or "ok", status_code=503 if problem else 200)

    @ui.page("/")
    def home() -> RedirectResponse | None:
        if len(wall.boards) == 1:
            return RedirectResponse(f"/d/{wall.boards[0].uid}")
        _list_boards(wall.boards)
        return None

    @ui.page("/d/{uid}")
    def board(uid: str) -> Response | None:
        feed = wall.feeds.get(uid)
        if feed is None:
            return PlainTextResponse(f"Không có bảng “{uid}”; các bảng ở /", status_code=404)
        ui.page_title(feed.board.title)
        wall.show(feed)
        return None


def _list_boards(boards: list[Board]) -> None:
    with ui.element("main").classes("list"):
        for board in boards:
            ui.link(board.title, f"/d/{board.uid}")
