"""The blocks that clickhouse-go reads first."""

import pytest

from streams.local.clickhouse_native import header, hello, is_hello


def test_hello_is_a_block_of_a_high_revision_that_names_revision_zero() -> None:
    """Block info, four columns with a serialization byte each, one row; its revision is 0."""
    expected = (
        bytes.fromhex("010002ffffffff00")
        + b"\x04\x01"
        + b"\x0ddisplayName()\x06String\x00\x03kpi"
        + b"\x09version()\x06String\x00\x0826.9.2.1"
        + b"\x0arevision()\x06UInt32\x00\x00\x00\x00\x00"
        + b"\x0atimezone()\x06String\x00\x03UTC"
    )

    assert expected == hello("kpi", "26.9.2.1", "UTC")


@pytest.mark.parametrize(
    ("statement", "revision", "expected"),
    [
        (b"SELECT displayName(), version(), revision(), timezone()", 54460, True),
        (b"select displayname(),version(),\nrevision(), timezone() ;", 54460, True),
        (b"SELECT displayName(), version(), revision(), timezone()", 0, False),
        (b"SELECT version()", 54460, False),
    ],
)
def test_only_the_first_question_is_answered_by_hand(statement: bytes, revision: int, expected: bool) -> None:
    """It is known by its words and by the revision that it asks for."""
    assert expected is is_hello(statement, revision)


def test_a_header_names_columns_and_holds_no_rows() -> None:
    """A result without rows still says what its columns are."""
    name = "x" * 200

    assert b"\x02\x00\x01a\x06UInt64\xc8\x01" + name.encode() + b"\x06String" == header(
        [("a", "UInt64"), (name, "String")]
    )
