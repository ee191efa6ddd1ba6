"""Frames out of ClickHouse's columns."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from streams.wall.frames import Column, Frame, make_column, to_wide

HANOI = ZoneInfo("Asia/Ho_Chi_Minh")
NEW_YEAR_MS = 1704067200000


@pytest.mark.parametrize(
    ("type_name", "cell", "kind", "value"),
    [
        ("DateTime('UTC')", datetime(2024, 1, 1, tzinfo=UTC), "time", NEW_YEAR_MS),
        ("Nullable(DateTime64(3, 'UTC'))", None, "time", None),
        ("Date", date(2024, 1, 1), "time", NEW_YEAR_MS - 7 * 3_600_000),
        ("LowCardinality(Nullable(String))", "kim-thanh", "string", "kim-thanh"),
        ("Decimal(18, 2)", Decimal("1.50"), "number", 1.5),
        ("Nullable(Int64)", 7, "number", 7),
        ("Float64", float("nan"), "number", None),
        ("Float64", float("inf"), "number", None),
        ("Bool", True, "boolean", True),
        ("Map(String, UInt8)", {"a": 1}, "string", '{"a": 1}'),
        ("UUID", "x", "string", "x"),
    ],
)
def test_types_become_kinds(type_name: str, cell: Any, kind: str, value: object) -> None:
    """Each ClickHouse type becomes one of Grafana's four kinds; what is no number is nothing."""
    column = make_column("c", type_name, [cell], HANOI)

    assert (kind, (value,)) == (column.kind, column.values)


def test_a_time_without_a_zone_is_refused() -> None:
    """A moment that could mean several is an error, never a guess."""
    naive = datetime(2024, 1, 1, tzinfo=UTC).replace(tzinfo=None)
    with pytest.raises(ValueError, match="zone"):
        make_column("c", "DateTime", [naive], HANOI)


def _long(*moments: int) -> Frame:
    words = ("a", "b", "a")[: len(moments)]
    return Frame(
        (
            Column("time", "time", moments),
            Column("gate", "string", words),
            Column("value", "number", tuple(range(len(moments)))),
        )
    )


def test_long_becomes_wide() -> None:
    """One series a word; a moment that a series lacks is nothing."""
    wide = to_wide(_long(1, 1, 2))

    assert [(1, 2), (0, 2), (1, None)] == [column.values for column in wide.columns]
    assert [{}, {"gate": "a"}, {"gate": "b"}] == [dict(column.labels) for column in wide.columns]


def test_long_must_be_sorted() -> None:
    """Times that are not ascending are refused, as Grafana refuses them."""
    with pytest.raises(ValueError, match="ORDER BY time"):
        to_wide(_long(2, 1))


def test_wide_stays_wide() -> None:
    """A frame without words is left as it is."""
    frame = Frame((Column("time", "time", (1,)), Column("a", "number", (2,))))

    assert frame is to_wide(frame)
