"""Inserts: rows are encoded before any is sent, so that a value that does not fit stops them all."""

from collections.abc import Mapping
from typing import Final, NamedTuple

from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.transform import NativeTransform

from streams.errors import UnfitError
from streams.store_columns import Columns
from streams.troubles import ShortWriteError

# A batch of history may touch every month of a century, which is no sign of a mistake here.
_SETTINGS: Final = {"async_insert": 0, "max_partitions_per_insert_block": 0}


class Insert(NamedTuple):
    """Rows of one table, ready to be sent as often as need be."""

    table: str
    rows: int
    body: bytes


def encode(client: Client, database: str, table: str, columns: Columns, types: Mapping[str, str]) -> Insert:
    """Write rows in the Native format.

    Raises:
        UnfitError: a value does not fit its column.
    """
    data = list(columns.values())
    context = client.create_insert_context(
        table,
        list(columns),
        database,
        column_type_names=[types[name] for name in columns],
        column_oriented=True,
        data=data,
    )
    context.compression = client.write_compression
    body = b"".join(NativeTransform.build_insert(context))
    # The context refers to itself: it would keep all rows until the collector comes by, which is seldom.
    data.clear()
    if context.insert_exception is not None:
        error = type(context.insert_exception).__name__
        raise UnfitError(f"{table}.{context.column_name} does not take the value ({error})")
    return Insert(table, len(next(iter(columns.values()))), body)


def send(client: Client, insert: Insert) -> None:
    """Send rows and return once ClickHouse confirmed each of them.

    Raises:
        ShortWriteError: it confirmed fewer.
    """
    # The body names the table itself.
    summary = client.raw_insert(
        "", insert_block=insert.body, settings=_SETTINGS, compression=client.write_compression
    )
    # Rows of materialized views count too.
    if summary.written_rows < insert.rows:
        raise ShortWriteError(f"{insert.table}: {summary.written_rows} of {insert.rows} rows confirmed")
