"""Boards as plain pages: the numbers, no script, and few questions however many ask."""

import asyncio
from typing import Any

import pytest

from streams.wall.board import Board
from streams.wall.feed import BoardFeed
from streams.wall.plain import PlainPage, is_plain
from tests.boards.test_feed import ListSource

PLACE = {"x": 0, "y": 0, "w": 4, "h": 1}
ASKS = {
    "id": 1,
    "type": "stat",
    "title": "Xe chờ",
    "description": "Đang chờ",
    "gridPos": PLACE,
    "targets": [{"rawSql": "good"}],
    "links": [{"title": "Định nghĩa", "url": "/d/x#waiting", "targetBlank": False}],
}
SAYS = {"id": 1, "type": "text", "gridPos": PLACE, "options": {"content": "Chữ"}}


def board(*panels: dict[str, Any], **rest: Any) -> Board:
    """Give a board of panels."""
    return Board.model_validate({"uid": "b", "title": "B", "refresh": "10s", "panels": list(panels), **rest})


def text_of(response: Any) -> str:
    """Give the page of a response."""
    return bytes(response.body).decode()


@pytest.mark.parametrize(
    ("made", "plain"),
    [(board(ASKS), False), (board(ASKS, tags=["public"]), True), (board(SAYS), True)],
)
def test_the_public_and_what_asks_nothing_get_a_page(made: Board, plain: bool) -> None:
    """Every other board is live."""
    assert plain == is_plain(made)


async def test_many_readers_cost_one_query() -> None:
    """Those that come at once, and those that come before the next refresh is due."""
    source = ListSource()
    page = PlainPage(BoardFeed(board(ASKS), source), [])
    await asyncio.gather(*(page.response() for _ in range(20)))
    await page.response()

    assert 1 == source.asked["good"]


async def test_the_page_holds_everything_and_runs_nothing() -> None:
    """Title, number, definition and time of the data; the browser is told to run and fetch nothing."""
    response = await PlainPage(BoardFeed(board(ASKS), ListSource()), []).response()
    page = text_of(response)

    for expected in ("Xe chờ", ">1<", 'href="/d/x#waiting"', "Dữ liệu đến", 'content="10"'):
        assert expected in page
    assert "<script" not in page
    assert response.headers["content-security-policy"].startswith("default-src 'none'")


async def test_a_lost_database_is_said_beside_the_old_numbers() -> None:
    """The page stays, and says that it is old."""
    source = ListSource()
    page = PlainPage(BoardFeed(board(ASKS, refresh="1ms"), source), [])
    await page.response()
    source.down = True
    await asyncio.sleep(0.002)
    lost = text_of(await page.response())

    assert "MẤT KẾT NỐI" in lost
    assert ">1<" in lost


async def test_the_public_reads_no_words_of_the_database() -> None:
    """Its numbers stay, marked as old and from when they are; who works here reads what is wrong."""
    for tags, told in (["public"], "chưa cập nhật được, từ "), ([], "Code: 60. unknown table"):
        source = ListSource()
        page = PlainPage(BoardFeed(board(ASKS, refresh="1ms", tags=tags), source), [])
        await page.response()
        source.refused = "good"
        await asyncio.sleep(0.01)
        shown = text_of(await page.response())

        assert told in shown
        assert ">1<" in shown
        assert 'class="panel type-stat stale"' in shown
        assert ("Code" in shown) is (not tags)


async def test_words_say_no_time() -> None:
    """A page that asks for nothing is as of no moment, and does not reload."""
    page = text_of(await PlainPage(BoardFeed(board(SAYS), ListSource()), []).response())

    assert "Chữ" in page
    assert "Dữ liệu đến" not in page
    assert "http-equiv" not in page
