"""A board's feed: one query a panel a refresh, and what happens when queries fail."""

import asyncio
from collections import Counter
from datetime import timedelta, tzinfo
from typing import Any

from streams import clock
from streams.errors import DependencyDownError
from streams.wall.board import Board
from streams.wall.feed import BoardFeed
from streams.wall.frames import Column, Frame
from streams.wall.source import QueryError


class ListSource:
    """Answers every query with one number, and keeps count; fails on demand."""

    def __init__(self) -> None:
        """Start well."""
        self.asked: Counter[str] = Counter()
        self.down = False
        self.number = 1

    async def query(self, sql: str, zone: tzinfo, ref_id: str = "A") -> Frame:  # noqa: ARG002 - the protocol
        """Answer."""
        self.asked[sql] += 1
        if self.down:
            raise DependencyDownError("nobody answers")
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


async def test_watchers_share_one_query() -> None:
    """Two browsers cost what one costs, and nobody watching costs nothing."""
    source = ListSource()
    feed = feed_over(source, "one")
    task = asyncio.create_task(feed.run())
    await asyncio.sleep(0)

    assert 0 == source.asked.total()

    told: asyncio.Queue[str] = asyncio.Queue()
    first, second = (lambda: told.put_nowait("first")), (lambda: told.put_nowait("second"))
    feed.join(first)
    feed.join(second)
    heard = {await asyncio.wait_for(told.get(), 5), await asyncio.wait_for(told.get(), 5)}
    task.cancel()

    assert {"first", "second"} == heard
    assert 1 == source.asked["one"]


async def test_numbers_grow_stale() -> None:
    """Numbers that missed three refreshes are stale."""
    feed = feed_over(ListSource(), "one")
    await feed.refresh()
    now = clock.now()

    assert not feed.is_stale(feed.states[1], now + timedelta(seconds=29))
    assert feed.is_stale(feed.states[1], now + timedelta(seconds=31))
