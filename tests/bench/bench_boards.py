"""How long the questions of each board take, over two years of days and two days of the simulated world."""

import asyncio
import sys
from collections.abc import Iterator
from datetime import tzinfo
from statistics import quantiles
from typing import Final

import pytest

from streams import clock
from streams.registry import load_registry
from streams.settings import Settings
from streams.wall.feed import BoardFeed
from streams.wall.frames import Frame
from streams.wall.source import ClickHouseSource
from tests.migrated import migrated_clickhouse
from tests.walls import BOARDS
from tests.worlds import seed_world

_ROUNDS: Final = 20
#: p95 of issue 6.
_GOAL_MS: Final = 100


class Timed:
    """Asks one question at a time, and notes how long each took."""

    def __init__(self, source: ClickHouseSource) -> None:
        self._source = source
        self._turn = asyncio.Lock()
        self.took_ms: list[float] = []

    async def query(self, sql: str, zone: tzinfo, ref_id: str = "A") -> Frame:
        """Ask when it is its turn."""
        async with self._turn:
            began = clock.monotonic()
            frame = await self._source.query(sql, zone, ref_id)
            self.took_ms.append((clock.monotonic() - began) * 1000)
            return frame


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """Run an engine over what boards show."""
    with migrated_clickhouse(tmp_path_factory.mktemp("boards")) as settings:
        seed_world(settings)
        yield settings


async def test_boards(world: Settings) -> None:
    """Refresh each board once to warm up, then again and again, as the wall does."""
    source, everything = ClickHouseSource(world), list[float]()
    try:
        for board in BOARDS:
            timed = Timed(source)
            feed = BoardFeed(board, timed, registry=load_registry())
            await feed.refresh()
            timed.took_ms.clear()
            for _ in range(_ROUNDS):
                await feed.refresh()
            assert not [state.problem for state in feed.states.values() if state.problem]
            say(board.uid, timed.took_ms)
            everything += timed.took_ms
    finally:
        await source.close()
    say(f"all boards (goal: p95 under {_GOAL_MS} ms)", everything)


def say(name: str, took_ms: list[float]) -> None:
    """Write one line: how many questions were asked, and how long they took."""
    percentiles = quantiles(took_ms, n=100)
    words = f"p50 {percentiles[49]:.0f} ms, p95 {percentiles[94]:.0f} ms, longest {max(took_ms):.0f} ms"
    sys.stdout.write(f"\n{name}: {len(took_ms)} questions, {words}")
