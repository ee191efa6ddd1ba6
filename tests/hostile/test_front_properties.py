"""Whatever request comes, the local ClickHouse answers as ClickHouse does, lives on, and no reader writes."""

import gzip
import http.client
import zlib
from collections.abc import Callable, Iterator
from typing import Final, NamedTuple
from urllib.parse import quote

import lz4.frame
import pytest
import zstandard
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from streams.clickhouse_client import writer
from streams.settings import Settings
from tests.servers import local_clickhouse

pytestmark = pytest.mark.integration
_EXAMPLES: Final = 300
_WAIT_S: Final = 30
_BUILT_IN: Final = {"default", "system", "information_schema"}
_OWN_METHODS: Final = ("GET", "HEAD", "POST")
_TOTAL: Final = "SELECT count(), sum(n) FROM front.kept"
# What a reader must not do, what it may, and what is none of SQL.
_STATEMENTS: Final = (
    b"SELECT 1", b"SELECT n FROM front.kept", b"SHOW TABLES FROM front", b"SELECT {x:UInt8}", b"SELECT",
    b"INSERT INTO front.kept VALUES (5)", b"INSERT INTO front.kept FORMAT Native\n\x01\x01\x01n\x06UInt64",
    b"DROP TABLE front.kept", b"TRUNCATE TABLE front.kept", b"ALTER TABLE front.kept DELETE WHERE 1",
    b"CREATE TABLE front.more (n UInt8) ENGINE = Memory", b"CREATE DATABASE more", b"DETACH TABLE front.kept",
    b"SET readonly = 0", b"SELECT 1; DROP TABLE front.kept", b"SELECT 1 SETTINGS readonly = 0",
    b"SELECT * FROM file('/etc/passwd')", b"SELECT * FROM url('http://127.0.0.1:1/')", b"SYSTEM SHUTDOWN",
    b"RENAME TABLE front.kept TO front.gone", b"OPTIMIZE TABLE front.kept FINAL", b"KILL QUERY WHERE 1",
    b"WITH 1 AS x INSERT INTO front.kept SELECT x", b"SELECT 1 INTO OUTFILE '/tmp/x'", b"\xff\xfe", b"",
)  # fmt: skip
_VALUES: Final = (
    "0", "1", "-1", "9" * 400, "front", "kpi_writer", "default", "Native", "CSV", "JSON", "a\r\nX-Evil: 1",
    "\x00", "đồng", "wait_end_of_query", "{}", "'", "../..", "None", "readonly", "60000",
)  # fmt: skip
_PARAMETERS: Final = (
    "query", "database", "user", "password", "readonly", "default_format", "query_id", "session_id",
    "session_timeout", "param_x", "compress", "decompress", "enable_http_compression", "max_result_rows",
    "allow_ddl", "role", "profile", "client_protocol_version", "wait_end_of_query", "buffer_size", "nonsense",
)  # fmt: skip
_HEADERS: Final = (
    "X-ClickHouse-User", "X-ClickHouse-Key", "X-ClickHouse-Database", "X-ClickHouse-Format", "Authorization",
    "Content-Type", "Content-Encoding", "Accept-Encoding", "Accept", "Cookie", "Referer", "X-Forwarded-For",
)  # fmt: skip
_PACKERS: Final[dict[str, Callable[[bytes], bytes]]] = {
    "": bytes,
    "gzip": gzip.compress,
    "deflate": zlib.compress,
    "zstd": zstandard.compress,
    "lz4": lz4.frame.compress,
}

_texts = st.sampled_from(_VALUES) | st.text(max_size=20)
_statements = st.sampled_from(_STATEMENTS) | st.sampled_from(_STATEMENTS) | st.binary(max_size=60)
_paths = st.sampled_from(["/ping", "/replicas_status", "/play", "//", "/../../etc/passwd"])
_methods = st.sampled_from(["GET", "HEAD", "PUT", "DELETE", "OPTIONS", "PATCH"])


class Answer(NamedTuple):
    """What came back."""

    status: int
    code: str | None
    body: bytes


class Request(NamedTuple):
    """One request, well framed, whatever is in it."""

    method: str
    target: str
    headers: list[tuple[str, bytes]]
    body: bytes


@st.composite
def requests(draw: st.DrawFn) -> Request:
    """Draw a request that is strange in none, one or several ways; they need not fit together."""
    strange = draw(st.sets(st.sampled_from(["method", "path", "parameters", "headers", "packing", "cut"])))
    statement = draw(_statements)
    given_ = draw(
        st.lists(st.tuples(st.sampled_from(_PARAMETERS), _texts), max_size=3 * ("parameters" in strange))
    )
    words = [f"{name}={quote(value.encode(errors='surrogatepass'))}" for name, value in given_]
    in_target = draw(st.booleans())
    words += [f"query={quote(statement)}"] if in_target else []
    packed = draw(st.sampled_from(sorted(_PACKERS)))
    said = draw(st.sampled_from([*_PACKERS, "br", "x"])) if "packing" in strange else packed
    count = 3 * ("headers" in strange)
    # The same header twice is no HTTP.
    headers = draw(st.dictionaries(st.sampled_from(_HEADERS), _header_values(), max_size=count))
    if said:
        headers.setdefault("Content-Encoding", said.encode())
    path = draw(_paths) if "path" in strange else "/"
    body = _PACKERS[packed](draw(st.sampled_from([b"", b"5", b"(5)"])) if in_target else statement)
    return Request(
        draw(_methods) if "method" in strange else "POST",
        path + ("?" + "&".join(words) if words else ""),
        list(headers.items()),
        body[:5] if "cut" in strange else body,
    )


def _header_values() -> st.SearchStrategy[bytes]:
    """Draw what HTTP lets a header hold: no control characters, any other bytes."""
    held = st.sampled_from([value for value in _VALUES if value.isprintable()]).map(str.encode)
    return held | st.binary(max_size=20).map(lambda value: bytes(b for b in value if b >= 0x20 and b != 0x7F))


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """Run an engine with one table of three rows."""
    with local_clickhouse(tmp_path_factory.mktemp("front")) as running:
        with writer(running) as client:
            client.command("CREATE DATABASE front")
            client.command("CREATE TABLE front.kept (n UInt64) ENGINE = MergeTree ORDER BY n")
            client.command("INSERT INTO front.kept VALUES (1), (2), (39)")
        yield running


def ask(engine: Settings, request: Request) -> Answer:
    """Send a request on a connection of its own; what is no HTTP raises."""
    connection = http.client.HTTPConnection(engine.clickhouse_url.removeprefix("http://"), timeout=_WAIT_S)
    try:
        connection.putrequest(request.method, request.target)
        for name, value in request.headers:
            connection.putheader(name, value)
        connection.putheader("Content-Length", str(len(request.body)))
        connection.endheaders(request.body)
        response = connection.getresponse()
        return Answer(response.status, response.getheader("X-ClickHouse-Exception-Code"), response.read())
    finally:
        connection.close()


@settings(max_examples=_EXAMPLES, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(request=requests())
def test_every_request_has_an_answer_and_changes_nothing(engine: Settings, request: Request) -> None:
    """A success, or an error with ClickHouse's code; the next correct query has its answer."""
    answer = ask(engine, request)

    served = request.method in _OWN_METHODS and request.target.partition("?")[0] == "/"
    if answer.code is not None:
        assert answer.code.isdigit()
        assert answer.status >= 400
        assert request.method == "HEAD" or answer.body.startswith(b"Code: " + answer.code.encode() + b".")
    else:
        assert answer.status == 200 or (not served and answer.status in {404, 405})
    total = ask(engine, Request("POST", "/", [], _TOTAL.encode()))
    assert Answer(200, None, b"3\t42\n") == total


def test_no_reader_left_anything_behind(engine: Settings) -> None:
    """After all of that there are the tables and databases that the writer made, and no handler failed."""
    with writer(engine) as client:
        databases = client.query("SELECT name FROM system.databases ORDER BY name").result_columns[0]
        tables = client.query("SHOW TABLES FROM front").result_columns[0]
    log = (engine.home / "clickhouse.log").read_text()

    assert {"front"} == {name for name in databases if name.lower() not in _BUILT_IN}
    assert ["kept"] == list(tables)
    assert "Traceback" not in log
