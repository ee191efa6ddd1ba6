"""Queries to ClickHouse as the reader: frames out, a lost database told apart from a bad query."""

import asyncio
import re
from collections.abc import Callable
from datetime import tzinfo
from typing import Final

import aiohttp
import clickhouse_connect
from clickhouse_connect.driver.asyncclient import AsyncClient
from clickhouse_connect.driver.exceptions import ClickHouseError, OperationalError
from clickhouse_connect.driver.query import QueryResult

from streams.clickhouse import reader_options
from streams.errors import DependencyDownError, KpiError
from streams.settings import Settings
from streams.wall.frames import Frame, make_column

# Two at once: the wall must leave room for the worker's writes on a small machine.
_AT_ONCE: Final = 2
# A reply later than this is of no use to a board that refreshes every 10 s.
_PATIENCE_S: Final = 9.0
_CONNECT_S: Final = 3
_WRAPPING: Final = re.compile(
    r"^Received ClickHouse exception, code: \d+, server response: | \(for url [^)]*\)$"
)


class QueryError(KpiError):
    """ClickHouse refused a query; the panel shows the text."""


class ClickHouseSource:
    """Runs queries on the public views; connects when first needed and again after a loss."""

    def __init__(self, settings: Settings, rewrite: Callable[[str], str] = str) -> None:
        """Take the address, the reader's credentials, what to make of each query; nothing is sent yet."""
        self._settings = settings
        self._rewrite = rewrite
        self._client: AsyncClient | None = None
        self._connecting = asyncio.Lock()
        self._slots = asyncio.Semaphore(_AT_ONCE)

    async def query(self, sql: str, zone: tzinfo, ref_id: str = "A") -> Frame:
        """Run a query and give its frame.

        Raises:
            DependencyDownError: ClickHouse does not answer.
            QueryError: it answered that it cannot.
        """
        async with self._slots:
            result = await self._answer(self._rewrite(sql))
        columns = zip(result.column_names, result.column_types, result.result_columns, strict=False)
        made = tuple(make_column(name, kind.name, cells, zone) for name, kind, cells in columns)
        return Frame(made, ref_id)

    async def _answer(self, sql: str) -> QueryResult:
        try:
            async with asyncio.timeout(_PATIENCE_S):
                return await (await self._connected()).query(sql, tz_mode="aware")
        except TimeoutError:
            raise DependencyDownError(f"ClickHouse không trả lời trong {_PATIENCE_S:.0f} giây") from None
        except (OperationalError, aiohttp.ClientError, OSError) as error:
            raise DependencyDownError(_first_line(error)) from None
        except ClickHouseError as error:
            # Without ClickHouse's own code the answer is not one of ClickHouse's: a proxy's, or a cut one.
            kind = DependencyDownError if getattr(error, "code", None) is None else QueryError
            raise kind(_first_line(error)) from None

    async def close(self) -> None:
        """Give the connections back; the next query makes new ones."""
        client, self._client = self._client, None
        if client is not None:
            await client.close()

    async def _connected(self) -> AsyncClient:
        async with self._connecting:
            if self._client is None:
                self._client = await clickhouse_connect.get_async_client(
                    **reader_options(self._settings),
                    database=self._settings.database,
                    connect_timeout=_CONNECT_S,
                    send_receive_timeout=int(_PATIENCE_S),
                )
            return self._client


def _first_line(error: BaseException) -> str:
    """Give ClickHouse's own words; the driver wraps them in what was asked of whom."""
    words = _WRAPPING.sub("", str(error).partition("\n")[0])
    return words.partition(" (version ")[0][:300]
