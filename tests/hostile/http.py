"""Puts raw bytes through the local engine's HTTP front as one request, without a socket."""

import asyncio
import re
from typing import Any, Final, cast

from aiohttp import web
from aiohttp.abc import AbstractStreamWriter
from aiohttp.base_protocol import BaseProtocol
from aiohttp.http_exceptions import BadHttpMessage
from aiohttp.http_parser import HttpRequestParser

REQUEST_TOKENS: Final = (
    b"POST / HTTP/1.1\n", b"GET /?query=", b"&param_x=", b"&database=", b"&session_id=s",
    b"&default_format=", b"%00", b"%0d%0a", b"\nX-ClickHouse-User: ", b"\nX-ClickHouse-Key: secret",
    b"\nX-ClickHouse-Format: ", b"\nAuthorization: Basic ", b"\n\n", b"\nContent-Encoding: ", b"lz4",
    b"zstd", b"gzip", b"deflate", b"\nContent-Type: multipart/form-data; boundary=x", b"--x\n", b"SELECT ",
    b"INSERT INTO t ", b"FORMAT ", b"Native", b"VALUES ", b"SETTINGS ", b"readonly = 0", b"final = 1",
    b"FROM ", b"file('@CANARY@')", b"url('http://127.0.0.1:@PORT@/')", b"remote(", b"executable(", b"s3(",
    b"python(", b"APPLY ", b"apply(", b"{x:Identifier}", b"{x:String}", b"EXPLAIN AST ", b"DESCRIBE ",
    b"SHOW ", b"WITH ", b"EXISTS ", b"UNION ALL ", b"JOIN ", b"INTO OUTFILE '@OUT@' ", b"/*", b"*/", b"--",
    b"#!", b"`", b"'", b'"', b"\\", b"\\x66", b"$$", b"(", b")", b"[", b";", b",",
    b"additional_result_filter = '", b"additional_table_filters = {'", b"max_execution_time = ", b"SET ",
    b"USE ", b"CREATE ", b"system.one", b"default.", b"arrayMap(", b"input('a String')", b"view(",
    b"merge(", b"dictGet(", b"eval(", b"format(", b"\xff",
)  # fmt: skip
# How a body is framed and a reply is packed is aiohttp's and not what is tried here.
_FRAMING: Final = re.compile(
    rb"\r\n(?:host|content-length|transfer-encoding|accept-encoding|expect|upgrade):[^\r]*", re.IGNORECASE
)
_STATUS: Final = frozenset((200, 400, 401, 403, 404, 408, 411, 413, 415, 500, 501, 503))


class _Protocol(BaseProtocol):
    """A connection that is none."""

    ssl_context = peername = sockname = None
    max_field_size, max_line_length, max_headers = 8190, 8190, 128


class _Nowhere(AbstractStreamWriter):
    """Drops what is written."""

    async def write(self, chunk: object) -> None:
        """Drop it."""

    async def write_eof(self, chunk: bytes = b"") -> None:
        """Drop it."""

    async def drain(self) -> None:
        """Wait for nothing."""

    def enable_compression(self, *_: object, **__: object) -> None:
        """Compress nothing."""

    def enable_chunking(self) -> None:
        """Cut nothing."""

    async def write_headers(self, *_: object) -> None:
        """Drop them."""


class Client:
    """Sends requests to an application of our own, one after the other."""

    def __init__(self, app: web.Application) -> None:
        self._app = app
        self._loop = asyncio.new_event_loop()

    def send(self, data: bytes) -> web.Response | None:
        """Send a request written with plain line ends; None where aiohttp itself refuses it.

        Raises:
            AssertionError: the reply is none of ClickHouse's, or not fit to be sent.
        """
        response = self._loop.run_until_complete(self._answer(data))
        if response is not None:
            assert response.status in _STATUS, response.status
            assert response.status == 200 or "X-ClickHouse-Exception-Code" in response.headers
            assert all(value.isprintable() for value in response.headers.values()), response.headers
            "".join(response.headers.values()).encode()
        return response

    async def _answer(self, data: bytes) -> web.Response | None:
        request = self._request(data)
        if request is None:
            return None
        try:
            found = await self._app.router.resolve(request)
            response = await found.handler(request)
        except web.HTTPException:
            return None
        assert isinstance(response, web.Response)
        return response

    def _request(self, data: bytes) -> web.Request | None:
        head, _, body = data.partition(b"\n\n")
        head = _FRAMING.sub(b"", head.replace(b"\r", b"").replace(b"\n", b"\r\n"))
        protocol = _Protocol(self._loop)
        parser = HttpRequestParser(protocol, self._loop, 1 << 16, auto_decompress=False)
        try:
            found, _, _ = parser.feed_data(
                head + b"\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % len(body) + body
            )
        except BadHttpMessage:
            return None
        if not found:
            return None
        message, payload = found[0]
        connection = cast("Any", protocol), _Nowhere(), cast("Any", asyncio.current_task(self._loop))
        return web.Request(message, payload, *connection, self._loop)
