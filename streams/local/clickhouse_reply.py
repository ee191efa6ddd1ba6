"""Answers as ClickHouse's HTTP interface gives them: headers, summary, errors, compression."""

import asyncio
import json
from dataclasses import dataclass
from typing import Final

from aiohttp import web

from streams.local import clickhouse_native as native
from streams.local.clickhouse_codec import choose, pack
from streams.local.clickhouse_errors import EngineError
from streams.local.clickhouse_job import Result
from streams.local.clickhouse_request import Request

_NAME: Final = "kpi"
# Replies above this are packed beside the event loop.
_SMALL: Final = 1 << 16
_TEXT: Final = "text/plain; charset=UTF-8"
_CONTENT_TYPES: Final = {
    "TabSeparated": "text/tab-separated-values; charset=UTF-8",
    "TabSeparatedWithNames": "text/tab-separated-values; charset=UTF-8",
    "CSV": "text/csv; charset=UTF-8; header=absent",
    "CSVWithNames": "text/csv; charset=UTF-8; header=present",
    "JSON": "application/json; charset=UTF-8",
    "JSONCompact": "application/json; charset=UTF-8",
    "JSONEachRow": "application/x-ndjson; charset=UTF-8",
    "Pretty": _TEXT,
    "PrettyCompact": _TEXT,
}


@dataclass(frozen=True, slots=True)
class Replies:
    """Writes answers that name this engine."""

    version: str
    timezone: str

    def hello(self, asked: Request) -> web.Response:
        """Answer clickhouse-go's first question."""
        body = native.hello(_NAME, self.version, self.timezone)
        return web.Response(body=body, headers=self._headers(asked.query_id, "Native"))

    async def result(self, asked: Request, result: Result, seconds: float) -> web.Response:
        """Send what a query gave, packed as the client takes it."""
        method = choose(asked.accepts)
        if len(result.body) < _SMALL:
            body, encoding = pack(result.body, method)
        else:
            body, encoding = await asyncio.to_thread(pack, result.body, method)
        headers = self._headers(asked.query_id, result.format)
        headers["X-ClickHouse-Summary"] = _summary(result, seconds)
        if encoding:
            headers["Content-Encoding"] = encoding
        return web.Response(body=body, headers=headers)

    def failure(self, error: EngineError, query_id: str) -> web.Response:
        """Send an error: its status, its code, its text."""
        headers = self._headers(query_id, "TabSeparated")
        headers |= {"Content-Type": _TEXT, "X-ClickHouse-Exception-Code": str(error.code)}
        return web.Response(
            status=error.status, body=f"{error.with_version(self.version)}\n".encode(), headers=headers
        )

    def _headers(self, query_id: str, fmt: str) -> dict[str, str]:
        return {
            "Content-Type": _CONTENT_TYPES.get(fmt, "application/octet-stream"),
            "X-ClickHouse-Server-Display-Name": _NAME,
            "X-ClickHouse-Query-Id": _one_line(query_id),
            "X-ClickHouse-Format": _one_line(fmt),
            "X-ClickHouse-Timezone": self.timezone,
        }


def _one_line(text: str) -> str:
    """Leave out what would end a header: the client chose this text."""
    return "".join(filter(str.isprintable, text))


def _summary(result: Result, seconds: float) -> str:
    values = {
        "read_rows": result.read_rows,
        "read_bytes": result.read_bytes,
        "written_rows": result.written_rows,
        "written_bytes": result.written_bytes,
        "total_rows_to_read": result.read_rows,
        "result_rows": result.result_rows or result.written_rows,
        "result_bytes": len(result.body) or result.written_bytes,
        "elapsed_ns": int(seconds * 1e9),
    }
    return json.dumps({name: str(value) for name, value in values.items()}, separators=(",", ":"))
