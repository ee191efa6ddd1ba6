"""Queries of the wall: what is a lost database, whatever the driver calls it."""

from typing import Any, NoReturn

import aiohttp
import pytest

from streams import clock
from streams.errors import DependencyDownError
from streams.settings import Settings
from streams.wall.source import ClickHouseSource


class CutClient:
    """A driver whose server ends in the middle of an answer."""

    async def query(self, *_: Any, **__: Any) -> NoReturn:
        """Break off."""
        raise aiohttp.ClientPayloadError("Response payload is not completed")

    async def close(self) -> None:
        """Close."""


async def test_an_answer_that_breaks_off_is_a_lost_database(monkeypatch: pytest.MonkeyPatch) -> None:
    """The driver lets some of its library's own errors through."""

    async def connect(**_: Any) -> CutClient:
        return CutClient()

    monkeypatch.setattr("clickhouse_connect.get_async_client", connect)
    source = ClickHouseSource(Settings(_env_file=None))
    with pytest.raises(DependencyDownError, match="not completed"):
        await source.query("SELECT 1", clock.HANOI)
    await source.close()
