"""The local ClickHouse answers broken and hostile requests with an error of its own, and goes on."""

import asyncio
import gzip
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import zstandard

from streams.settings import Settings
from tests.servers import local_clickhouse

pytestmark = pytest.mark.integration
_MIB = 1 << 20


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """Give the settings of a running engine."""
    with local_clickhouse(tmp_path_factory.mktemp("clickhouse")) as settings:
        yield settings


def _request(header: bytes = b"", body: bytes = b"SELECT 1", path: bytes = b"/") -> bytes:
    head = b"POST " + path + b" HTTP/1.1\r\nHost: x\r\nConnection: close\r\n" + header
    return head + b"Content-Length: %d\r\n\r\n" % len(body) + body


def _form(part_header: bytes, value: bytes = b"SELECT 1", kind: bytes = b"; boundary=x") -> bytes:
    body = b"--x\r\n" + part_header + b"\r\n\r\n" + value + b"\r\n--x--\r\n"
    return _request(b"Content-Type: multipart/form-data" + kind + b"\r\n", body)


_NAMED = b'Content-Disposition: form-data; name="query"'
_FILE = _NAMED + b'; filename="x"'
REFUSED = {
    "a key that is no UTF-8": (_request(b"X-ClickHouse-User: kpi_writer\r\nX-ClickHouse-Key: \xff\r\n"), 36),
    "a user that is no UTF-8": (_request(b"X-ClickHouse-User: \xff\r\n"), 36),
    "a database that is no UTF-8": (_request(b"X-ClickHouse-Database: \xff\r\n"), 36),
    "a format that is no UTF-8": (_request(b"X-ClickHouse-Format: \xff\r\n"), 36),
    "an encoding that is no UTF-8": (_request(b"Content-Encoding: \xff\r\n"), 36),
    "a revision without end": (_request(path=b"/?client_protocol_version=" + b"9" * 5000), 36),
    "a format with a line end": (_request(path=b"/?default_format=%0aCSV%0d%0aX-Evil:1"), 73),
    "a form without a boundary": (_form(_NAMED, kind=b""), 36),
    "a form that does not begin": (_request(b"Content-Type: multipart/form-data; boundary=x\r\n", b"y"), 36),
    "a form packed in its own way": (_form(_NAMED + b"\r\nContent-Transfer-Encoding: zip"), 36),
    "a field of an unknown charset": (_form(_NAMED + b"\r\nContent-Type: text/plain; charset=nope"), 36),
    "a field that is no UTF-8": (_form(_NAMED, b"SELECT \xff"), 36),
    "a field of half a sign": (
        _form(_NAMED + b"\r\nContent-Type: text/plain; charset=utf-7", b"+2AA-"),
        36,
    ),
    "a field without a name": (_form(b"Content-Disposition: form-data"), 36),
    "a form within a form": (
        _form(b"Content-Type: multipart/mixed; boundary=y", b"--y\r\n\r\na\r\n--y--"),
        36,
    ),
    "a file in a form": (_form(_FILE), 48),
    "a large form of a reader": (_form(_NAMED, b"SELECT '" + b"x" * _MIB + b"'"), 229),
    "a long statement of a reader": (_request(body=b"SELECT '" + b"x" * _MIB + b"'"), 229),
    "a gzip bomb": (_request(b"Content-Encoding: gzip\r\n", gzip.compress(bytes(64 * _MIB))), 229),
    "a zstd bomb": (_request(b"Content-Encoding: zstd\r\n", zstandard.compress(bytes(300 * _MIB))), 229),
    "half a zstd frame": (_request(b"Content-Encoding: zstd\r\n", zstandard.compress(b"SELECT 1")[:-2]), 271),
    "brackets without end": (_request(body=b"SELECT " + b"[" * 200_000), 306),
    "a NUL in the statement": (_request(body=b"SELECT 1\x00; SELECT 2"), 62),
}


async def _send(settings: Settings, request: bytes) -> bytes:
    url = httpx.URL(settings.clickhouse_url)
    reader, writer = await asyncio.open_connection(url.host, url.port)
    writer.write(request)
    answer = await asyncio.wait_for(reader.read(), 30)
    writer.close()
    return answer


def _log(settings: Settings) -> str:
    return Path(settings.home / "clickhouse.log").read_text()


@pytest.mark.parametrize(("request_", "code"), REFUSED.values(), ids=REFUSED.keys())
async def test_a_hostile_request_is_refused_in_words(settings: Settings, request_: bytes, code: int) -> None:
    """The answer bears ClickHouse's code, no handler fails, and the next query works."""
    head, _, body = (await _send(settings, request_)).partition(b"\r\n\r\n")

    assert b"X-ClickHouse-Exception-Code: %d\r\n" % code in head + b"\r\n"
    assert body.startswith(b"Code: %d. DB::Exception" % code)
    assert "Traceback" not in _log(settings)
    assert (await _send(settings, _request())).endswith(b"1\n")


@pytest.mark.parametrize("name", [b"a%0d%0aX-Evil:%201", b"a%00b", b"%C4%91%E1%BB%93"])
async def test_what_a_client_calls_its_query_makes_no_header(settings: Settings, name: bytes) -> None:
    """A query id is given back on one line, whatever is in it."""
    answer = await _send(settings, _request(path=b"/?query_id=" + name))

    assert answer.startswith(b"HTTP/1.1 200")
    assert b"\r\nX-Evil" not in answer
    assert "Traceback" not in _log(settings)
