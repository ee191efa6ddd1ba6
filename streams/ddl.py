"""Statements that define tables and views, in two forms: for one server, and for the servers of a cluster.

In a cluster each table is a replicated one of every shard, `NAME_local`, with a distributed one before it
that has its name. Rows of one sorting key, which replace each other, lie on one shard, and so do those of one
Kafka partition. `{shard}` and `{replica}` are macros of each server (`deploy/clickhouse/cluster.xml`).
"""

import re
from collections.abc import Mapping
from typing import Final

from clickhouse_connect.driver.client import Client

from streams.errors import KpiError
from streams.settings import Settings

# What a writer must ask of a cluster so that what it confirmed is there, wherever the next look-up goes.
# Without `insert_deduplicate = 0` a batch that is sent again would count as nothing written.
EXACT: Final = {
    "insert_quorum": "auto",
    "insert_quorum_parallel": 0,
    "select_sequential_consistency": 1,
    "insert_deduplicate": 0,
    "distributed_foreground_insert": 1,
}
# A view that joins distributed tables asks each of them for itself.
READABLE: Final = {"distributed_product_mode": "global"}

_NAME: Final = r"(?P<name>(?:`?\w+`?\.)?`?\w+`?)"
_TABLE: Final = re.compile(
    rf"(?P<head>CREATE TABLE IF NOT EXISTS) {_NAME}(?P<columns>\s*\(.*\))"
    r"\s*ENGINE = (?P<engine>\w*MergeTree)(?:\((?P<version>\w+)\))?(?P<rest>.*)",
    re.DOTALL,
)
_ON_TABLE: Final = re.compile(rf"(?P<head>ALTER TABLE|TRUNCATE TABLE) {_NAME}(?P<rest>.*)", re.DOTALL)
_ELSEWHERE: Final = re.compile(
    r"(?P<head>CREATE DATABASE(?: IF NOT EXISTS)?|DROP DATABASE IF EXISTS|CREATE OR REPLACE VIEW"
    rf"|CREATE OR REPLACE FUNCTION) {_NAME}(?P<rest>.*)",
    re.DOTALL,
)
_ORDER_BY: Final = re.compile(r"\bORDER BY (?:\((?P<columns>[^)]*)\)|(?P<column>\w+))")
_PARTITION: Final = ("topic", "partition")
_REPLICA: Final = "'/clickhouse/tables/{uuid}/{shard}', '{replica}'"


def define(client: Client, settings: Settings, statement: str, names: Mapping[str, str]) -> None:
    """Create, alter or drop something, on every server of the cluster if there is one."""
    for text in statements_for(named(statement, names), settings.clickhouse_cluster):
        client.command(text)


def named(statement: str, names: Mapping[str, str]) -> str:
    """Give a statement with the names of databases in it.

    As text, because the engine takes a parameter in the body of a view for one of a parameterized view, and
    no server that runs a statement of a cluster's is given parameters.
    """
    for name, database in names.items():
        statement = statement.replace(f"{{{name}:Identifier}}", f"`{database}`")
    return statement


def statements_for(statement: str, cluster: str) -> list[str]:
    """Give what defines the same on a cluster, or the statement itself where there is none.

    Raises:
        KpiError: it is none of the kinds of statement that are known to have such a form.
    """
    if not cluster:
        return [statement]
    on = f"ON CLUSTER '{cluster}'"
    if table := _TABLE.fullmatch(statement):
        return _tables(table, cluster, on)
    if found := _ON_TABLE.fullmatch(statement):
        local = f"{found['head']} {_local(found['name'])} {on}{found['rest']}"
        # Rows and indexes lie in the local ones alone.
        both = "ADD COLUMN" in found["rest"]
        return [local, f"{found['head']} {found['name']} {on}{found['rest']}"] if both else [local]
    if found := _ELSEWHERE.fullmatch(statement):
        return [f"{found['head']} {found['name']} {on}{found['rest']}"]
    raise KpiError(f"no form for a cluster is known of: {statement[:60]}")


def _tables(table: re.Match[str], cluster: str, on: str) -> list[str]:
    name, version = table["name"], table["version"]
    engine = f"Replicated{table['engine']}({_REPLICA}{f', {version}' if version else ''})"
    database, _, bare = name.replace("`", "").rpartition(".")
    where = f"'{cluster}', '{database}', '{bare}_local', {_shard_of(table['rest'])}"
    return [
        f"{table['head']} {_local(name)} {on}{table['columns']}\nENGINE = {engine}{table['rest']}",
        f"{table['head']} {name} {on} AS {_local(name)}\nENGINE = Distributed({where})",
    ]


def _shard_of(rest: str) -> str:
    # Rows without a key replace each other: all of them lie on one shard.
    if "ORDER BY tuple()" in rest:
        return "cityHash64('')"
    found = _ORDER_BY.search(rest)
    if found is None:
        raise KpiError("a table without ORDER BY has no form for a cluster")
    columns = re.split(r",\s*", found["columns"] or found["column"])
    return f"cityHash64({', '.join(_PARTITION if set(_PARTITION) <= set(columns) else columns)})"


def _local(name: str) -> str:
    return f"{name[:-1]}_local`" if name.endswith("`") else f"{name}_local"
