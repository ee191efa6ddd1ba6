"""Which tables a backup holds, and the conditions that cut each into pieces of a bounded number of rows."""

from collections.abc import Iterator, Sequence
from typing import Any, Final, Literal, NamedTuple

from clickhouse_connect.driver.client import Client

from streams.clickhouse_client import scalar

# About 60 MB of events.
ROWS: Final = 50_000
_BY_MONTH: Final = "toYYYYMM("
# What says how far the rest reaches is read before it, and events, of which the rest can be made, after it.
_FIRST: Final = ("consumed", "log_bases")
_LAST: Final = ("events",)
# `kpi migrate` writes these itself.
_LEFT_OUT: Final = ("schema_migrations", "live_generation")


class Table(NamedTuple):
    """A table as its database describes it; the keys are SQL."""

    place: Literal["generation", "public"]
    database: str
    name: str
    partition_key: str
    sorting_key: str

    @property
    def sql(self) -> str:
        """Give its name in a statement."""
        return f"`{self.database}`.`{self.name}`"


def tables_of(client: Client, place: Literal["generation", "public"], database: str) -> list[Table]:
    """Give the tables of a database, in the order in which they are read.

    In a cluster the servers' own tables tell the keys, and those before them are read.
    """
    rows = client.query(
        "SELECT name, partition_key, sorting_key"
        " FROM system.tables WHERE database = {database:String} AND endsWith(engine, 'MergeTree')",
        parameters={"database": database},
    ).result_rows
    tables = [Table(place, database, name.removesuffix("_local"), *keys) for name, *keys in rows]
    kept = [table for table in tables if table.name not in _LEFT_OUT]
    return sorted(kept, key=lambda table: (table.name not in _FIRST, table.name in _LAST, table.name))


def columns_of(client: Client, table: Table) -> list[str]:
    """Name the columns that rows are made of."""
    query = (
        "SELECT name FROM system.columns WHERE database = {database:String} AND table = {table:String}"
        " AND default_kind NOT IN ('ALIAS', 'MATERIALIZED') ORDER BY position"
    )
    names = {"database": table.database, "table": table.name}
    return [str(row[0]) for row in client.query(query, parameters=names).result_rows]


def pieces(client: Client, table: Table, rows: int = ROWS) -> Iterator[str]:
    """Give conditions that together hold for every row of a table, each for about `rows` at most."""
    if not table.partition_key.startswith(_BY_MONTH):
        count = int(scalar(client, f"SELECT count() FROM {table.sql}"))
        yield from _shares(table, "1", count, rows)
        return
    day = f"toDate({table.partition_key.removeprefix(_BY_MONTH).removesuffix(')')})"
    days = client.query(f"SELECT toInt32({day}) AS day, count() FROM {table.sql} GROUP BY day ORDER BY day")
    for first, last, count in _spans(days.result_rows, rows):
        within = f"{day} >= toDate({first}) AND {day} <= toDate({last})"
        yield from _shares(table, within, count, rows)


def _spans(days: Sequence[Sequence[Any]], rows: int) -> Iterator[tuple[int, int, int]]:
    """Join days in a row that together have few enough rows."""
    first, last, total = 0, 0, 0
    for day, count in days:
        if total and total + count > rows:
            yield first, last, total
            total = 0
        first, last, total = day if not total else first, day, total + count
    if total:
        yield first, last, total


def _shares(table: Table, within: str, count: int, rows: int) -> Iterator[str]:
    """Cut rows that are too many by a hash of what they are sorted by."""
    parts = -(-count // rows)
    if parts == 1:
        yield within
        return
    for part in range(parts):
        yield f"{within} AND cityHash64({table.sorting_key}) % {parts} = {part}"
