"""The local engine as its clients see it: clickhouse-connect unmodified, plain HTTP, clickhouse-go."""

import asyncio
import gzip
import json
import os
import subprocess
import time
import uuid
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import clickhouse_connect
import httpx
import lz4.frame
import pytest
import pytest_asyncio
import zstandard
from clickhouse_connect.driver.asyncclient import AsyncClient
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import DatabaseError

from streams import clock
from streams.ports import free_port
from streams.settings import Settings
from tests.line import KPI
from tests.servers import local_clickhouse, start_clickhouse, stop

pytestmark = pytest.mark.integration

_ENDLESS = "SELECT count() FROM numbers(1000000000000) WHERE sipHash64(number) = 1"
_RUNNING = "SELECT count() FROM system.processes WHERE startsWith(query, 'SELECT count() FROM numbers')"


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """Give the settings of a running engine with a database `kpi`."""
    with local_clickhouse(tmp_path_factory.mktemp("clickhouse")) as found:
        _write(found, "CREATE DATABASE kpi ENGINE = Atomic")
        yield found


def _address(settings: Settings) -> dict[str, Any]:
    return {"host": "127.0.0.1", "port": httpx.URL(settings.clickhouse_url).port}


@pytest.fixture
def writer(settings: Settings) -> Iterator[Client]:
    """Give clickhouse-connect's client of the writer."""
    user, password = settings.writer_credentials()
    with clickhouse_connect.get_client(**_address(settings), username=user, password=password) as client:
        yield client


@pytest.fixture
def reader(settings: Settings) -> Iterator[Client]:
    """Give clickhouse-connect's client of somebody without credentials."""
    with clickhouse_connect.get_client(**_address(settings)) as client:
        yield client


@pytest_asyncio.fixture
async def async_writer(settings: Settings) -> AsyncIterator[AsyncClient]:
    """Give clickhouse-connect's asynchronous client of the writer."""
    user, password = settings.writer_credentials()
    client = await clickhouse_connect.get_async_client(**_address(settings), username=user, password=password)
    yield client
    await client.close()


@pytest.fixture
def table(settings: Settings) -> str:
    """Give a new table of an integer and a string."""
    name = f"kpi.t_{uuid.uuid4().hex}"
    _write(settings, f"CREATE TABLE {name} (a UInt64, b String) ENGINE = MergeTree ORDER BY a")
    return name


def _write(settings: Settings, sql: str | bytes, **kwargs: Any) -> httpx.Response:
    answer = _ask(settings, sql, auth=settings.writer_credentials(), **kwargs)
    assert answer.status_code == 200, answer.text
    return answer


def _ask(settings: Settings, sql: str | bytes = b"", **kwargs: Any) -> httpx.Response:
    content = sql.encode() if isinstance(sql, str) else sql
    return httpx.post(settings.clickhouse_url, content=content, timeout=60, **kwargs)


_COLUMNS: dict[str, tuple[str, Any]] = {
    "text": ("LowCardinality(String)", "Cửa khẩu Kim Thành"),
    "bytes": ("String", "\x00\t\n'\\ €"),
    "at": ("DateTime64(3, 'UTC')", datetime(2026, 7, 1, 12, 30, 15, 123_000, tzinfo=UTC)),
    "second": ("DateTime('UTC')", datetime(2026, 7, 1, 12, 30, 15, tzinfo=UTC)),
    "id": ("UUID", uuid.UUID("0190a3b2-0000-7000-8000-000000000001")),
    "sketch": ("Map(Int16, Int64)", {-1: 2, 300: 2**62}),
    "missing": ("Nullable(Int32)", None),
    "there": ("Nullable(Int32)", -5),
    "yes": ("Bool", True),
    "ids": ("Array(UUID)", [uuid.UUID(int=7)]),
    "money": ("Decimal(18, 2)", Decimal("12.34")),
    "big": ("UInt64", 2**64 - 1),
}


def test_every_type_survives_the_way_there_and_back(writer: Client, reader: Client) -> None:
    """What clickhouse-connect inserts is what it reads, whatever the type."""
    ddl = ", ".join(f"{name} {kind}" for name, (kind, _) in _COLUMNS.items())
    writer.command(f"CREATE TABLE kpi.types ({ddl}) ENGINE = MergeTree ORDER BY tuple()")
    row: list[Any] = [value for _, value in _COLUMNS.values()]

    summary = writer.insert("kpi.types", [row], column_names=list(_COLUMNS))
    found = reader.query("SELECT * FROM kpi.types", tz_mode="aware").named_results()

    assert summary.written_rows == 1
    assert {name: value for name, (_, value) in _COLUMNS.items()} == next(iter(found))


@pytest.mark.parametrize("compress", ["lz4", "zstd", "gzip", False])
def test_a_large_insert_arrives_whole(settings: Settings, table: str, compress: str | bool) -> None:
    """Every frame of a compressed body is read: 120,000 rows sent are 120,000 rows stored and reported."""
    rows, (user, password) = 120_000, settings.writer_credentials()
    columns: list[list[Any]] = [list(range(rows)), [f"row {number}" for number in range(rows)]]

    with clickhouse_connect.get_client(
        **_address(settings), username=user, password=password, compress=compress
    ) as client:
        summary = client.insert(table, columns, column_names=["a", "b"], column_oriented=True)
        total = client.query(f"SELECT count(), sum(a), uniqExact(b) FROM {table}").result_rows

    assert rows == summary.written_rows
    assert [(rows, rows * (rows - 1) // 2, rows)] == total


async def test_the_async_client_works_as_the_other(async_writer: AsyncClient, table: str) -> None:
    """Inserts, parameters and parallel queries of the asynchronous client."""
    summary = await async_writer.insert(table, [[n, "x"] for n in range(10_000)], column_names=["a", "b"])
    sql = f"SELECT count() FROM {table} WHERE a >= {{low:UInt64}}"
    answers = await asyncio.gather(
        *(async_writer.query(sql, parameters={"low": low}) for low in range(0, 10_000, 1000))
    )

    assert summary.written_rows == 10_000
    assert [[(10_000 - low,)] for low in range(0, 10_000, 1000)] == [answer.result_rows for answer in answers]


def test_identifiers_and_values_are_bound(writer: Client, table: str) -> None:
    """Parameters name databases and tables in DDL, and hold any text, short or too long for a URL."""
    database, name = table.split(".")
    long = "đường dài " * 2000
    writer.command(
        "CREATE TABLE {database:Identifier}.{name:Identifier} (a UInt8) ENGINE = Memory",
        parameters={"database": database, "name": f"{name} x"},
    )
    found = writer.query(
        "SELECT {text:String}, {at:DateTime64(3)}",
        parameters={"text": "a\t'\\\n", "at": "2026-01-02 03:04:05.678"},
        tz_mode="aware",
    )

    assert [("a\t'\\\n", datetime(2026, 1, 2, 3, 4, 5, 678_000, tzinfo=UTC))] == found.result_rows
    assert [(long,)] == writer.query("SELECT {text:String}", parameters={"text": long}).result_rows
    assert ("a",) == writer.query(f"SELECT * FROM {database}.`{name} x`").column_names


def test_settings_hold_for_their_query_alone(settings: Settings) -> None:
    """A setting given with a query is in force for it and forgotten after it."""
    sql = "SELECT getSetting('max_block_size')"

    assert "77\n" == _ask(settings, sql, params={"max_block_size": "77"}).text
    assert "78\n" == _write(settings, f"{sql} SETTINGS max_block_size = 78").text
    assert "77\n" != _ask(settings, sql).text


def test_a_result_without_rows_has_columns(reader: Client) -> None:
    """The names and types of an empty result are known."""
    empty = reader.query("SELECT toInt16(1) AS a, map(1, 2) AS b WHERE 0")

    assert (("a", "b"), []) == (empty.column_names, empty.result_rows)
    assert ["Int16", "Map(UInt8, UInt8)"] == [kind.name for kind in empty.column_types]


@pytest.mark.parametrize(
    ("statement", "data"),
    [
        ("FORMAT JSONEachRow", b'{"a": 1, "b": "x"}\n{"a": 2, "b": "y"}\n'),
        ("FORMAT CSV", b"1,x\n2,y\n"),
        ("(b, a) FORMAT TabSeparated", b"x\t1\ny\t2\n"),
        (
            "FORMAT RowBinary",
            b"".join(n.to_bytes(8, "little") + b"\x01" + t for n, t in ((1, b"x"), (2, b"y"))),
        ),
        (
            "FORMAT Native",
            b"\x02\x02\x01a\x06UInt64"
            + (1).to_bytes(8, "little")
            + (2).to_bytes(8, "little")
            + b"\x01b\x06String\x01x\x01y",
        ),
        ("VALUES", b"(1, 'x'), (2, 'y')"),
    ],
)
@pytest.mark.parametrize("where", ["body", "url"])
def test_inserts_come_in_any_format(
    settings: Settings, table: str, statement: str, data: bytes, where: str
) -> None:
    """The statement stands in the URL or before the data; the rows written are reported."""
    sql = f"INSERT INTO {table} {statement}"

    if where == "url":
        answer = _write(settings, data, params={"query": sql})
    else:
        answer = _write(settings, sql.encode() + b"\n" + data)

    assert "2" == json.loads(answer.headers["X-ClickHouse-Summary"])["written_rows"]
    assert "1\tx\n2\ty\n" == _ask(settings, f"SELECT a, b FROM {table} ORDER BY a").text


def test_parquet_goes_in_and_out(settings: Settings, table: str) -> None:
    """A binary file format works in both directions."""
    file = _ask(settings, "SELECT number AS a, toString(number) AS b FROM numbers(3) FORMAT Parquet").content

    _write(settings, file, params={"query": f"INSERT INTO {table} FORMAT Parquet"})

    assert "3\t3\n" == _ask(settings, f"SELECT count(), sum(a) FROM {table}").text


def test_an_insert_binds_parameters_and_settings(settings: Settings, table: str) -> None:
    """Values may be parameters, and a setting of the URL is in force."""
    params = {"param_name": "O'Neil\\t", "format_csv_delimiter": ";"}

    _write(settings, f"INSERT INTO {table} VALUES (1, {{name:String}})", params=params)
    _write(settings, f"INSERT INTO {table} FORMAT CSV\n2;x\n", params=params)

    assert [["1", "O'Neil\t"], ["2", "x"]] == [
        [str(row["a"]), row["b"]]
        for row in map(
            json.loads,
            _ask(settings, f"SELECT * FROM {table} ORDER BY a FORMAT JSONEachRow").text.splitlines(),
        )
    ]


@pytest.mark.parametrize(
    ("encoding", "pack"),
    [("lz4", lz4.frame.compress), ("gzip", gzip.compress), ("zstd", zstandard.ZstdCompressor().compress)],
)
def test_bodies_are_packed_both_ways(settings: Settings, encoding: str, pack: Any) -> None:
    """A packed query is read, a long reply is packed as the client takes it, a damaged body is refused."""
    headers = {"Content-Encoding": encoding, "Accept-Encoding": encoding}
    sql = pack(b"SELECT repeat('a', ") + pack(b"5000)")

    with httpx.stream("POST", settings.clickhouse_url, content=sql, headers=headers) as answer:
        raw = b"".join(answer.iter_raw())
    broken = _ask(settings, sql + b"x", headers=headers)

    assert (encoding, True) == (answer.headers["Content-Encoding"], len(raw) < 500)
    assert (500, "271") == (broken.status_code, broken.headers["X-ClickHouse-Exception-Code"])


def test_a_failed_insert_leaves_nothing(settings: Settings, table: str) -> None:
    """An insert whose data breaks off stores none of its rows."""
    good = b"".join(b"%d,x\n" % number for number in range(50_000))

    answer = _ask(
        settings,
        b"INSERT INTO %s FORMAT CSV\n" % table.encode() + good + b"zz,1\n",
        auth=settings.writer_credentials(),
    )

    assert (400, "27") == (answer.status_code, answer.headers["X-ClickHouse-Exception-Code"])
    assert "0\n" == _ask(settings, f"SELECT count() FROM {table}").text


@pytest.mark.parametrize(
    ("rules", "values", "code"),
    [
        (", CONSTRAINT even CHECK a % 2 = 0) ENGINE = MergeTree", "(2), (3)", "469"),
        (") ENGINE = MergeTree PARTITION BY a", ", ".join(f"({n})" for n in range(101)), "252"),
    ],
    ids=["a constraint", "too many partitions"],
)
def test_what_the_table_refuses_is_no_success(settings: Settings, rules: str, values: str, code: str) -> None:
    """What goes wrong at the very end of an insert is an error, and nothing is stored."""
    name = f"kpi.t_{uuid.uuid4().hex}"
    _write(settings, f"CREATE TABLE {name} (a UInt64 {rules} ORDER BY a")

    answer = _ask(settings, f"INSERT INTO {name} VALUES {values}", auth=settings.writer_credentials())

    assert code == answer.headers["X-ClickHouse-Exception-Code"]
    assert "0\n" == _ask(settings, f"SELECT count() FROM {name}").text


def test_an_insert_that_selects_from_its_data_is_refused(settings: Settings, table: str) -> None:
    """What the engine would drop without a word is an error."""
    sql = f"INSERT INTO {table} (a) SELECT a * 2 FROM input('a UInt64') FORMAT CSV\n1\n"

    answer = _ask(settings, sql, auth=settings.writer_credentials())

    assert (501, "48") == (answer.status_code, answer.headers["X-ClickHouse-Exception-Code"])


def test_ping_and_plain_requests(settings: Settings) -> None:
    """Curl's requests: ping, root, a query in the URL, a format by default."""
    url = settings.clickhouse_url

    assert "Ok.\n" == httpx.get(f"{url}/ping").text
    assert "Ok.\n" == httpx.get(url).text
    assert 200 == httpx.head(url).status_code
    assert "1\ta\n" == httpx.get(url, params={"query": "SELECT 1, 'a'"}).text
    assert '1,"a"\n' == httpx.get(url, params={"query": "SELECT 1, 'a'", "default_format": "CSV"}).text
    assert (
        '[1, "a"]\n'
        == _ask(settings, "SELECT 1, 'a'", headers={"X-ClickHouse-Format": "JSONCompactEachRow"}).text
    )
    assert 404 == httpx.get(f"{url}/nothing").status_code


def test_replies_say_what_they_are(settings: Settings) -> None:
    """Each reply names server, query, format, zone and what was read."""
    answer = _ask(settings, "SELECT number FROM numbers(10) FORMAT JSON", params={"query_id": "my query"})
    summary = json.loads(answer.headers["X-ClickHouse-Summary"])

    assert ("my query", "JSON", "UTC", "kpi") == tuple(
        answer.headers[f"X-ClickHouse-{name}"]
        for name in ("Query-Id", "Format", "Timezone", "Server-Display-Name")
    )
    assert ("10", "10", "0") == (summary["read_rows"], summary["result_rows"], summary["written_rows"])
    assert answer.json()["rows"] == 10


def test_a_database_is_chosen_by_url_or_header(settings: Settings, table: str) -> None:
    """Unqualified tables are found in the database that the request names."""
    sql = f"SELECT count() FROM {table.removeprefix('kpi.')}"

    assert "0\n" == _ask(settings, sql, params={"database": "kpi"}).text
    assert "0\n" == _ask(settings, sql, headers={"X-ClickHouse-Database": "kpi"}).text
    assert 404 == _ask(settings, sql).status_code


def test_a_session_remembers_what_was_set(settings: Settings) -> None:
    """SET and USE hold for the queries of their session and for no other."""
    mine, other = {"session_id": "mine"}, {"session_id": "other"}

    _write(settings, "SET max_block_size = 123", params=mine)
    _write(settings, "USE kpi", params=mine)
    sql = "SELECT getSetting('max_block_size') = 123, currentDatabase() = 'kpi'"

    assert "1\t1\n" == _write(settings, sql, params=mine).text
    assert "0\t0\n" == _write(settings, sql, params=other).text


@pytest.mark.parametrize(
    ("sql", "status", "code", "text"),
    [
        ("SELECT nope", 404, 47, "UNKNOWN_IDENTIFIER"),
        ("SELECT * FROM kpi.nope", 404, 60, "UNKNOWN_TABLE"),
        ("SELECT * FROM", 400, 62, "SYNTAX_ERROR"),
        ("SELECT 1; SELECT 2", 400, 62, "Multi-statements are not allowed"),
        ("SELECT 1 FORMAT Nothing", 404, 73, "UNKNOWN_FORMAT"),
        ("SELECT throwIf(number = 5) FROM numbers(10)", 500, 395, "FUNCTION_THROW_IF"),
        (
            "SELECT number FROM numbers(100000000) ORDER BY sipHash64(number)",
            500,
            241,
            "MEMORY_LIMIT_EXCEEDED",
        ),
        ("SELECT number FROM numbers(100000000)", 500, 396, "TOO_MANY_ROWS_OR_BYTES"),
        ("", 400, 62, "Empty query"),
    ],
)
def test_errors_have_status_code_and_text(
    settings: Settings, sql: str, status: int, code: int, text: str
) -> None:
    """An error is never a 200: it has ClickHouse's status, code and words, and the version."""
    answer = _ask(settings, sql)

    assert (status, str(code)) == (answer.status_code, answer.headers["X-ClickHouse-Exception-Code"])
    assert answer.text.startswith(f"Code: {code}. DB::Exception: ")
    assert text in answer.text
    assert "(version 26." in answer.text


@pytest.mark.parametrize("auth", [("kpi_writer", "wrong"), ("default", "x"), ("root", "")])
def test_wrong_credentials_are_refused(settings: Settings, auth: tuple[str, str]) -> None:
    """Neither a wrong password nor an unknown user gets in, by basic authentication, headers or URL."""
    user, password = auth
    answers = [
        _ask(settings, "SELECT 1", auth=auth),
        _ask(settings, "SELECT 1", headers={"X-ClickHouse-User": user, "X-ClickHouse-Key": password}),
        _ask(settings, "SELECT 1", params={"user": user, "password": password}),
    ]

    assert [(403, "516")] * 3 == [(a.status_code, a.headers["X-ClickHouse-Exception-Code"]) for a in answers]


def test_get_only_reads(settings: Settings, table: str) -> None:
    """A GET changes nothing, whoever sends it."""
    answer = httpx.get(
        settings.clickhouse_url,
        params={"query": f"TRUNCATE TABLE {table}"},
        auth=settings.writer_credentials(),
    )

    assert (500, "164") == (answer.status_code, answer.headers["X-ClickHouse-Exception-Code"])


_READS_FILES = [
    "SELECT file('{path}')",
    "SELECT * FROM file('{path}', 'LineAsString')",
    "DESCRIBE file('{path}', 'CSVWithNames')",
    "SELECT `fi\\x6ce`('{path}')",
    "SELECT arrayMap(file, ['{path}'])",
    "SELECT * APPLY file FROM (SELECT '{path}')",
    "SELECT arrayMap({{f:Identifier}}, ['{path}'])",
    "WITH file('{path}') AS a SELECT a",
    "EXPLAIN SELECT file('{path}')",
    "SELECT 1 -- FORMAT CSV SETTINGS \n, file($${path}$$)",
    "SELECT file('{path}') FORMAT JSON SETTINGS max_threads = 1",
    "SELECT count() FROM system.one SETTINGS additional_result_filter = 'file(\\'{path}\\') != \\'\\''",
    "SELECT * FROM default.`{path}`",
    "SELECT * FROM '{path}'",
    "SELECT 1 FORMAT Template SETTINGS format_template_row = '{path}'",
    "SELECT * FROM url('file://{path}', 'LineAsString')",
    "SELECT * FROM eval('SELECT file(''{path}'')')",
    "SELECT * FROM executable('cat {path}', 'TSV', 'a String')",
]


@pytest.mark.parametrize("sql", _READS_FILES)
def test_the_reader_cannot_read_files(settings: Settings, sql: str) -> None:
    """No way to the writer's secret, which lies in a file beside the data."""
    path = settings.writer_secret_file

    answer = _ask(settings, sql.format(path=path), params={"param_f": "file"})

    assert answer.status_code in (403, 500)
    assert answer.headers["X-ClickHouse-Exception-Code"] in ("164", "497")
    assert path.read_text().strip() not in answer.text


@pytest.mark.parametrize(
    "sql",
    [
        "INSERT INTO kpi.x VALUES (1)",
        "CREATE TABLE kpi.x (a UInt8) ENGINE = Memory",
        "DROP DATABASE kpi",
        "ALTER TABLE kpi.x DELETE WHERE 1",
        "SET max_threads = 8",
        "USE system",
        "KILL QUERY WHERE 1",
        "SYSTEM FLUSH LOGS",
        "BACKUP DATABASE kpi TO File('x')",
        "CREATE FUNCTION f AS x -> x",
        "SELECT 1 INTO OUTFILE '/tmp/out'",
        "SELECT 1 SETTINGS profile = 'default'",
        "SELECT * FROM remote('127.0.0.1', 'system.one')",
    ],
)
def test_the_reader_cannot_change_anything(settings: Settings, sql: str) -> None:
    """Everything but reading is refused."""
    answer = _ask(settings, sql)

    assert answer.headers["X-ClickHouse-Exception-Code"] in ("164", "497")


@pytest.mark.parametrize(
    "sql",
    [
        "SHOW DATABASES",
        "SHOW TABLES FROM kpi",
        "DESC TABLE system.one",
        "EXISTS TABLE kpi.x",
        "EXPLAIN SELECT 1",
        "(SELECT 1)",
        "WITH 1 AS a SELECT a",
        "SELECT name FROM system.functions LIMIT 1",
        "SELECT 1 SETTINGS max_execution_time = 60, additional_table_filters = {'kpi.x': ' a = \\'v\\' '}",
    ],
)
def test_the_reader_can_read(settings: Settings, sql: str) -> None:
    """What boards and their editors ask works without credentials."""
    assert _ask(settings, sql).status_code == 200


def test_grafana_says_hello(settings: Settings) -> None:
    """clickhouse-go's requests: the hello of revision 0, then blocks without anything of a higher one."""
    params = {
        "default_format": "Native",
        "client_protocol_version": "54460",
        "max_execution_time": "24",
        "database": "kpi",
    }
    ask = {"params": params, "auth": ("default", "")}

    hello = _ask(settings, "SELECT displayName(), version(), revision(), timezone()", **ask).content
    one = _ask(settings, "SELECT 1", **ask).content

    assert hello.startswith(
        bytes.fromhex("010002ffffffff00") + b"\x04\x01\x0ddisplayName()\x06String\x00\x03kpi"
    )
    assert b"\x0arevision()\x06UInt32\x00\x00\x00\x00\x00\x0atimezone()\x06String\x00\x03UTC" in hello
    assert b"\x01\x01\x011\x05UInt8\x01" == one


def test_many_clients_at_once(settings: Settings, table: str) -> None:
    """Writers and readers work side by side, and no answer is another's."""

    def write(number: int) -> str:
        return _write(settings, f"INSERT INTO {table} VALUES ({number}, 'x')").headers["X-ClickHouse-Summary"]

    def read(number: int) -> str:
        return _ask(settings, f"SELECT {number}, sleepEachRow(0.01)").text

    with ThreadPoolExecutor(16) as pool:
        written, seen = list(pool.map(write, range(40))), list(pool.map(read, range(40)))

    assert {"1"} == {json.loads(summary)["written_rows"] for summary in written}
    assert [f"{number}\t0\n" for number in range(40)] == seen
    assert "40\t780\n" == _ask(settings, f"SELECT count(), sum(a) FROM {table}").text


def test_readers_do_not_hold_up_writers(settings: Settings, table: str) -> None:
    """While as many slow queries as there are readers' threads run, a write is done before any of them."""
    slow = "SELECT sleepEachRow(1) FROM numbers(3) SETTINGS max_block_size = 1"
    with ThreadPoolExecutor(8) as pool:
        reads = [pool.submit(_ask, settings, slow) for _ in range(8)]
        _write(settings, f"INSERT INTO {table} VALUES (1, 'x')")
        ended = [read.done() for read in reads]

    assert not any(ended)
    assert {200} == {read.result().status_code for read in reads}


def test_an_abandoned_query_is_cancelled(settings: Settings) -> None:
    """When the client hangs up its query ends."""
    with pytest.raises(httpx.TimeoutException):
        httpx.post(settings.clickhouse_url, content=_ENDLESS, timeout=0.5)

    deadline = clock.monotonic() + 10
    while _ask(settings, _RUNNING).text != "0\n":
        assert clock.monotonic() < deadline
        time.sleep(0.1)


def test_acknowledged_rows_outlive_kill_nine(tmp_path: Path) -> None:
    """After kill -9 the same folder opens again, with every acknowledged row, functions and views."""
    url = f"http://127.0.0.1:{free_port()}"
    settings = Settings(_env_file=None, home=tmp_path, clickhouse_url=url)
    engine = start_clickhouse(tmp_path, url)
    try:
        _write(settings, "CREATE DATABASE kpi ENGINE = Atomic")
        _write(settings, "CREATE TABLE kpi.t (a UInt64) ENGINE = MergeTree ORDER BY a")
        _write(settings, "CREATE FUNCTION twice AS x -> x * 2")
        _write(settings, "CREATE VIEW kpi.v AS SELECT twice(sum(a)) AS s FROM kpi.t")
        for number in range(20):
            _write(settings, f"INSERT INTO kpi.t VALUES ({number})")
        engine.kill()
        engine.wait()
        engine = start_clickhouse(tmp_path, url)

        assert "380\n" == _ask(settings, "SELECT s FROM kpi.v").text
    finally:
        stop(engine)


def test_a_stop_takes_less_than_five_seconds(tmp_path: Path) -> None:
    """SIGTERM ends the process with 0, also while a query runs that would never end."""
    url = f"http://127.0.0.1:{free_port()}"
    engine = start_clickhouse(tmp_path, url)
    with ThreadPoolExecutor(1) as pool:
        settings = Settings(_env_file=None, home=tmp_path, clickhouse_url=url)
        running = pool.submit(_ask, settings, _ENDLESS)
        deadline = clock.monotonic() + 10
        while _ask(settings, _RUNNING).text != "1\n" and clock.monotonic() < deadline:
            time.sleep(0.05)
        started = clock.monotonic()
        stop(engine)
        seconds = clock.monotonic() - started

    assert 0 == engine.returncode
    assert seconds < 5
    assert "394" == running.result().headers["X-ClickHouse-Exception-Code"]


def _kpi(settings: Settings, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {
        **os.environ,
        "KPI_HOME": str(settings.home),
        "KPI_CLICKHOUSE_URL": settings.clickhouse_url,
    }
    command = [*KPI, *arguments]
    return subprocess.run(
        command, env=environment, cwd=settings.home, capture_output=True, text=True, timeout=60, check=False
    )


def test_a_second_engine_is_told_why_it_cannot(settings: Settings, tmp_path: Path) -> None:
    """The same folder and the same port are one clear line each."""
    same_folder = _kpi(settings, "clickhouse", "--url", f"http://127.0.0.1:{free_port()}")
    same_port = _kpi(settings.model_copy(update={"home": tmp_path}), "clickhouse")

    assert (1, 1) == (same_folder.returncode, same_port.returncode)
    assert "Another process already serves the data" in same_folder.stderr
    assert "cannot listen" in same_port.stderr
    assert "Traceback" not in same_folder.stderr + same_port.stderr


@pytest.mark.parametrize(
    ("arguments", "output"),
    [
        (["SELECT 1 AS a, 'tỷ' AS b", "--format", "csv"], '"a","b"\n1,"tỷ"\n'),
        (["SELECT 1 AS a, 'tỷ' AS b", "--format", "json"], '{"a":1,"b":"tỷ"}\n'),
    ],
)
def test_kpi_query_prints(settings: Settings, arguments: list[str], output: str) -> None:
    """`kpi query` prints CSV with a header, or one JSON object a line."""
    done = _kpi(settings, "query", *arguments)

    assert (0, output) == (done.returncode, done.stdout)


def test_kpi_query_prints_a_table(settings: Settings) -> None:
    """Without a format the result is a table; an integer keeps all its digits."""
    done = _kpi(settings, "query", "SELECT toInt64(9223372036854775807) AS value_vnd, NULL AS nothing")

    assert 0 == done.returncode
    assert "value_vnd" in done.stdout
    assert "9223372036854775807" in done.stdout


def test_kpi_query_tells_no_from_down(settings: Settings) -> None:
    """A SQL error exits 1 with ClickHouse's words, an engine that is down exits 3 with its address."""
    refused = _kpi(settings, "query", "DROP DATABASE kpi")
    down = _kpi(settings.model_copy(update={"clickhouse_url": "http://127.0.0.1:9"}), "query", "SELECT 1")

    assert (1, 3) == (refused.returncode, down.returncode)
    assert "Code: 497" in refused.stderr
    assert "http://127.0.0.1:9" in down.stderr


def test_the_data_belong_to_their_owner_alone(settings: Settings) -> None:
    """Nobody else may look into the folder of the data or read the secret."""
    folder = settings.home / "clickhouse"

    assert (0o700, 0o600) == (
        folder.stat().st_mode & 0o777,
        settings.writer_secret_file.stat().st_mode & 0o777,
    )


def test_a_refused_reader_raises_in_clickhouse_connect(reader: Client) -> None:
    """The client sees the code and name of the error."""
    with pytest.raises(DatabaseError) as raised:
        reader.command("DROP DATABASE kpi")

    assert 497 == raised.value.code


def test_frames_are_read_as_tables(reader: Client) -> None:
    """Pandas and Arrow results come through the same front."""
    frame = reader.query_df("SELECT number AS n FROM numbers(3)")
    arrow = reader.query_arrow("SELECT number AS n FROM numbers(3)")

    assert [0, 1, 2] == frame["n"].tolist() == arrow["n"].to_pylist()


def test_times_without_a_zone_are_utc(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The zone of the machine does not reach the engine."""
    monkeypatch.setenv("TZ", "Asia/Ho_Chi_Minh")
    with local_clickhouse(tmp_path) as settings:
        answer = _ask(settings, "SELECT timezone(), toDateTime(0)::String")

    assert ("UTC", "UTC\t1970-01-01 00:00:00\n") == (answer.headers["X-ClickHouse-Timezone"], answer.text)
