"""Inserts are cut where their data starts; settings and formats are found where they stand."""

import pytest

from streams.local.clickhouse_sql import first_words, output_format, split_insert, take_settings


@pytest.mark.parametrize(
    ("statement", "head", "fmt", "data"),
    [
        pytest.param(
            b"INSERT INTO t FORMAT Native\n\xff\xfe", "INSERT INTO t", "Native", b"\xff\xfe", id="binary"
        ),
        pytest.param(
            b"insert into t (a, b) format CSV\r\n1,2", "insert into t (a, b)", "CSV", b"1,2", id="crlf"
        ),
        pytest.param(b"INSERT INTO t FORMAT CSV 1,2\n", "INSERT INTO t", "CSV", b"1,2\n", id="same line"),
        pytest.param(
            b"INSERT INTO t FORMAT CSV\n\n1", "INSERT INTO t", "CSV", b"\n1", id="only one line end goes"
        ),
        pytest.param(
            b"INSERT INTO t VALUES (1, 'FORMAT')", "INSERT INTO t", "Values", b" (1, 'FORMAT')", id="values"
        ),
        pytest.param(
            b"/* FORMAT x */ INSERT INTO `FORMAT` (`values`) SETTINGS a='FORMAT y' FORMAT TSV\nFORMAT",
            "/* FORMAT x */ INSERT INTO `FORMAT` (`values`) SETTINGS a='FORMAT y'",
            "TSV",
            b"FORMAT",
            id="the word elsewhere",
        ),
        pytest.param(b"INSERT INTO t FORMAT TSV", "INSERT INTO t", "TSV", b"", id="no data"),
    ],
)
def test_an_insert_is_cut_at_its_data(statement: bytes, head: str, fmt: str, data: bytes) -> None:
    """What follows the format is data, byte for byte."""
    insert = split_insert(statement)

    assert insert is not None
    assert (head, fmt, data) == (insert.head, insert.format, bytes(insert.data))


@pytest.mark.parametrize(
    "statement",
    [
        b"INSERT INTO t SELECT 1 FORMAT Null",
        b"INSERT INTO t (a) WITH 1 AS x SELECT x",
        b"INSERT INTO t FROM INFILE 'x' FORMAT CSV",
        b"SELECT 'INSERT INTO t FORMAT CSV'",
        b"",
    ],
)
def test_what_brings_no_data_is_not_cut(statement: bytes) -> None:
    """Everything but an insert with data is left whole."""
    assert split_insert(statement) is None


@pytest.mark.parametrize(
    ("statement", "fmt"),
    [
        (b"SELECT 1 FORMAT JSON", "JSON"),
        (b"SELECT 1\n format  CSV ;\n", "CSV"),
        (b"SELECT 1 FORMAT CSV SETTINGS max_threads = 1", "CSV"),
        (b"SELECT ' FORMAT CSV'", ""),
        (b"SELECT 1", ""),
    ],
)
def test_the_format_of_a_query_stands_at_its_end(statement: bytes, fmt: str) -> None:
    """The format is named for the header of the reply."""
    assert fmt == output_format(statement)


@pytest.mark.parametrize(
    ("statement", "left", "settings"),
    [
        (
            b"SELECT 1 SETTINGS a = 1, b = 'x, y' FORMAT CSV",
            b"SELECT 1   FORMAT CSV",
            {"a": "1", "b": "'x, y'"},
        ),
        (b"SELECT * FROM (SELECT 1 SETTINGS a=1)", b"SELECT * FROM (SELECT 1  )", {"a": "1"}),
        (
            b"SELECT 1 settings additional_table_filters={'t' : ' k = \\'v\\' '}",
            b"SELECT 1  ",
            {"additional_table_filters": "{ 't' : ' k = \\'v\\' ' }"},
        ),
        (b"SELECT 1 SETTINGS a = -1.5", b"SELECT 1  ", {"a": "- 1.5"}),
        (b"SHOW SETTINGS LIKE 'a = 1'", b"SHOW SETTINGS LIKE 'a = 1'", {}),
        (b"SELECT settings, 'SETTINGS a = 1' FROM t", b"SELECT settings, 'SETTINGS a = 1' FROM t", {}),
    ],
)
def test_settings_are_taken_out(statement: bytes, left: bytes, settings: dict[str, str]) -> None:
    """Each setting is given with its literal, and the query is left without them."""
    assert (left, settings) == take_settings(statement)


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        (b" -- INSERT\n(( select 1", ("SELECT",)),
        (b"#! x\n/* a */ With x", ("WITH",)),
        (b"'select'", ()),
        (b"", ()),
    ],
)
def test_the_first_word_is_found(statement: bytes, words: tuple[str, ...]) -> None:
    """Comments and brackets before the first keyword do not hide it."""
    assert words == first_words(statement)
