"""A board's feed: one query a panel a refresh, and what happens when queries fail."""

import asyncio
from collections import Counter
from datetime import timedelta, tzinfo
from functools import partial
from typing import Any

from streams import clock
from streams.errors import DependencyDownError
from streams.settings import Settings
from streams.wall.board import Board
from streams.wall.choice import NOTHING, Choice
from streams.wall.feed import BoardFeed
from streams.wall.frames import Column, Frame
from streams.wall.panels.drawing import Drawing
from streams.wall.source import ClickHouseSource, QueryError
from streams.wall.wall import MOST_CHOICES, Wall


class ListSource:
    """Answers every query with one number, and keeps count; fails on demand."""

    def __init__(self) -> None:
        """Start well."""
        self.asked: Counter[str] = Counter()
        self.down = False
        self.refused = ""
        self.number = 1

    async def query(self, sql: str, zone: tzinfo, ref_id: str = "A") -> Frame:  # noqa: ARG002 - the protocol
        """Answer."""
        self.asked[sql] += 1
        if self.down:
            raise DependencyDownError("nobody answers")
        if sql == self.refused:
            raise QueryError("Code: 60. unknown table")
        if sql == "bad":
            raise QueryError("Code: 47. unknown column")
        return Frame((Column("last_event_time" if "freshness" in sql else "n", "number", (self.number,)),))


def _panel(number: int, sql: str) -> dict[str, Any]:
    place = {"x": 0, "y": number, "w": 4, "h": 1}
    return {"id": number, "type": "stat", "gridPos": place, "targets": [{"rawSql": sql}]}


def feed_over(source: ListSource, *queries: str) -> BoardFeed:
    """Make the feed of a board with a panel for each query."""
    panels = [_panel(number, sql) for number, sql in enumerate(queries, 1)]
    return BoardFeed(
        Board.model_validate({"uid": "b", "title": "B", "refresh": "10s", "panels": panels}), source
    )


async def test_a_bad_query_spoils_its_own_panel_only() -> None:
    """A panel whose query fails says why; the others go on."""
    feed = feed_over(ListSource(), "bad", "good")
    await feed.refresh()

    assert "Code: 47. unknown column" == feed.states[1].problem
    assert feed.states[2].drawing is not None
    assert feed.status.lost_since is None


async def test_a_problem_goes_when_the_query_works_again() -> None:
    """A panel keeps its last numbers beside a problem, and loses the problem with the next answer."""
    source = ListSource()
    feed = feed_over(source, "good")
    await feed.refresh()
    first = feed.states[1].drawing
    source.down = True
    await feed.refresh()

    assert feed.status.lost_since is not None
    assert first is feed.states[1].drawing

    source.down, source.number = False, 2
    await feed.refresh()

    assert feed.status.lost_since is None
    assert first != feed.states[1].drawing


async def test_a_lost_database_is_asked_once_a_refresh() -> None:
    """With the database lost only the header's question is asked, not every panel's."""
    source = ListSource()
    source.down = True
    feed = feed_over(source, "one", "two")
    await feed.refresh()

    assert 1 == source.asked.total()


async def test_words_need_no_database() -> None:
    """A panel of words is drawn while the database is lost."""
    source = ListSource()
    source.down = True
    words = {
        "id": 1,
        "type": "text",
        "gridPos": {"x": 0, "y": 0, "w": 4, "h": 1},
        "options": {"content": "Chữ"},
    }
    feed = BoardFeed(Board.model_validate({"uid": "b", "title": "B", "panels": [words]}), source)
    await feed.refresh()

    assert "Chữ" in (feed.states[1].drawing or Drawing("")).html


async def test_watchers_share_one_query() -> None:
    """Twenty browsers cost what one costs, and nobody watching costs nothing."""
    source = ListSource()
    feed = feed_over(source, "one")
    task = asyncio.create_task(feed.run())
    await asyncio.sleep(0)

    assert 0 == source.asked.total()

    told: asyncio.Queue[int] = asyncio.Queue()
    for number in range(20):
        feed.join(partial(told.put_nowait, number))
    heard = {await asyncio.wait_for(told.get(), 5) for _ in range(20)}
    task.cancel()

    assert set(range(20)) == heard
    assert 1 == source.asked["one"]


def chosen_feed(source: ListSource, *values: str) -> BoardFeed:
    """Make the feed of a board with a variable, which offers 1 alone, of which these are chosen."""
    variable = {"name": "n", "type": "query", "query": "offered", "multi": True, "includeAll": True}
    board = {
        "uid": "b",
        "title": "B",
        "panels": [_panel(1, "n IN (${n:singlequote})"), _panel(2, "good")],
        "templating": {"list": [variable]},
    }
    return BoardFeed(Board.model_validate(board), source, Choice((("n", values),)))


async def test_what_is_chosen_is_in_the_query() -> None:
    """What is offered is asked first, once a refresh."""
    source = ListSource()
    await chosen_feed(source, "1").refresh()

    assert 1 == source.asked["offered"] == source.asked["n IN ('1')"]


async def test_a_choice_that_cannot_be_asked_shows_no_other() -> None:
    """With the variable's query refused no panel is drawn as if all were chosen: each says why."""
    source = ListSource()
    feed = chosen_feed(source, "1")
    source.refused = "offered"
    await feed.refresh()

    assert {"Code: 60. unknown table"} == {state.problem for state in feed.states.values()}
    assert source.asked.keys() & {"good", "n IN ('1')"} == set()


def wall_of(board: Board) -> Wall:
    """Give a wall of one board, which asks nobody as long as nobody looks."""
    return Wall([board], ClickHouseSource(Settings(_env_file=None)))


def nobody() -> None:
    """Be told, and do nothing."""


async def test_all_who_chose_alike_share_a_feed_until_the_last_goes() -> None:
    """Another choice is another feed; none chosen is that of everybody."""
    board = chosen_feed(ListSource()).board
    wall = wall_of(board)
    one, two = Choice((("n", ("1",)),)), Choice((("n", ("2",)),))
    feed = wall.feed_of(board, one)
    assert feed is not None
    feed.join(nobody)

    assert feed is wall.feed_of(board, one)
    assert feed is not wall.feed_of(board, two)
    assert wall.feeds["b"] is wall.feed_of(board, NOTHING)
    wall.end_unwatched(feed)
    assert feed is wall.feed_of(board, one)
    feed.leave(nobody)
    wall.end_unwatched(feed)
    assert feed is not wall.feed_of(board, one)
    await wall.stop()


async def test_choices_cannot_drown_the_database() -> None:
    """So many at a time, and no more."""
    board = chosen_feed(ListSource()).board
    wall = wall_of(board)
    choices = [Choice((("n", (str(number),)),)) for number in range(MOST_CHOICES + 1)]
    feeds = [wall.feed_of(board, choice) for choice in choices]
    await wall.stop()

    assert all(feeds[:-1])
    assert feeds[-1] is None


async def test_numbers_grow_stale() -> None:
    """Numbers that missed three refreshes are stale."""
    feed = feed_over(ListSource(), "one")
    await feed.refresh()
    now = clock.now()

    assert not feed.is_stale(feed.states[1], now + timedelta(seconds=29))
    assert feed.is_stale(feed.states[1], now + timedelta(seconds=31))
