"""The wall's web application: addresses, health, and the server."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Final, NamedTuple

import uvicorn
from fastapi import FastAPI, Request, Response
from fastapi.responses import HTMLResponse, PlainTextResponse, RedirectResponse
from nicegui import app, ui

from streams import clock
from streams.errors import UsageError
from streams.ports import is_free
from streams.registry import load_registry
from streams.settings import Settings
from streams.wall.board import Board, read_boards
from streams.wall.choice import read_choice
from streams.wall.handling import Handling
from streams.wall.navigation import TURN_S, address, home_of, read_rotation, rotation_of
from streams.wall.opened import page
from streams.wall.source import ClickHouseSource
from streams.wall.wall import Wall
from streams.web_headers import FOR_PAGES, SecurityHeaders

# Browsers keep their sockets open; a stop does not wait longer than this for them.
_FAREWELL_S: Final = 2
# Messages kept for a browser that loses the line for a moment; one may hold a chart, so not many.
_HISTORY: Final = 30
# The board that is at an address of its own, for everybody.
_PUBLIC: Final = "cong-bo"
_CSS: Final = Path(__file__).with_name("wall.css")


class Guise(NamedTuple):
    """How a wall differs that shows other numbers: its mark, how fast its time runs, what queries become."""

    mark: str = ""
    pace: float = 1.0
    rewrite: Callable[[str], str] = str


def serve(settings: Settings, folder: Path, guise: Guise | None = None) -> None:
    """Serve the boards of a folder until the process is asked to stop.

    Raises:
        UsageError: there is no board, or the port is taken.
    """
    if not is_free(settings.wall_port):
        raise UsageError(f"port {settings.wall_port} is taken; choose another with --port or KPI_WALL_PORT")
    guise = guise or Guise()
    shown = {"mark": guise.mark, "pace": guise.pace}
    boards = [board.model_copy(update=shown) for board in read_boards(folder)]
    wall = Wall(boards, ClickHouseSource(settings, guise.rewrite), load_registry(settings.registry))
    _add_routes(wall)
    _add_opened(wall, settings)
    if not guise.mark:
        Handling(settings).add_to(app)
    css = _CSS.read_text(encoding="utf-8")
    ui.add_head_html(f"<style>{css}</style>", shared=True)
    app.on_startup(wall.start)
    app.on_shutdown(wall.stop)
    web = FastAPI(title="kpi wall", openapi_url=None)
    web.add_middleware(SecurityHeaders, headers=FOR_PAGES)
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
        if (board := home_of(wall.boards)) is not None:
            return RedirectResponse(address(board))
        _list_boards(wall.boards)
        return None

    # Pages come before the live boards, whose address takes any name.
    _add_pages(wall)
    _add_boards(wall)


def _add_pages(wall: Wall) -> None:
    for uid, plain in wall.pages.items():
        app.get(f"/d/{uid}")(plain.response)
    if _PUBLIC in wall.pages:
        app.get(f"/{_PUBLIC}")(wall.pages[_PUBLIC].response)


def _add_boards(wall: Wall) -> None:
    live = [feed.board for feed in wall.feeds.values()]

    @app.get("/kiosk")
    def kiosk(seconds: float = TURN_S) -> Response:
        rotation = read_rotation(",".join(rotation_of(live)), seconds, live)
        return RedirectResponse(rotation.address(rotation.uids[0]) if rotation else "/")

    @ui.page("/d/{uid}")
    def board(request: Request, uid: str, rotate: str = "", seconds: float = TURN_S) -> Response | None:
        if uid not in wall.feeds:
            return PlainTextResponse(f"Không có bảng “{uid}”; các bảng ở /", status_code=404)
        shown = wall.feeds[uid].board
        try:
            choice = read_choice(shown, request.query_params.multi_items(), clock.now())
        except UsageError as error:
            return PlainTextResponse(str(error), status_code=400)
        feed = wall.feed_of(shown, choice)
        if feed is None:
            return PlainTextResponse("Quá nhiều lựa chọn đang mở; thử lại sau ít phút", status_code=503)
        ui.page_title(feed.board.title)
        wall.show(feed, read_rotation(rotate, seconds, live))
        return None


def _add_opened(wall: Wall, settings: Settings) -> None:
    """Add the page behind each tile; one is made at a time, for it may read a day's events."""
    turn = asyncio.Semaphore(1)

    @app.get("/d/{uid}/{panel_id}")
    async def opened(uid: str, panel_id: int) -> Response:
        board = wall.feeds[uid].board if uid in wall.feeds else None
        panel = next((one for one in board.panels if one.id == panel_id), None) if board else None
        if board is None or panel is None:
            return PlainTextResponse("Không có con số nào ở đây; các bảng ở /", status_code=404)
        async with turn:
            return HTMLResponse(await asyncio.to_thread(page, settings, board, panel))


def _list_boards(boards: list[Board]) -> None:
    with ui.element("main").classes("list"):
        for board in boards:
            ui.link(board.title, f"/d/{board.uid}")
