"""Statements for a cluster: tables become two, all else is done on every server."""

import pytest

from streams.ddl import statements_for
from streams.errors import KpiError
from streams.migrate import script
from streams.settings import Settings

_TABLE = """CREATE TABLE IF NOT EXISTS `kpi_g1`.trade
(
    day Date,
    partition UInt16,
    version UInt64
)
ENGINE = ReplacingMergeTree(version)
PARTITION BY toYYYYMM(day)
ORDER BY (day, topic, partition)"""


def test_a_table_is_a_replicated_one_with_a_distributed_one_before_it() -> None:
    """Rows of one Kafka partition lie on one shard; the version stays what tells them apart."""
    local, before = statements_for(_TABLE, "east")

    assert local.startswith("CREATE TABLE IF NOT EXISTS `kpi_g1`.trade_local ON CLUSTER 'east'")
    engine = "ReplicatedReplacingMergeTree('/clickhouse/tables/{uuid}/{shard}', '{replica}', version)"
    assert f"ENGINE = {engine}\nPARTITION BY toYYYYMM(day)\nORDER BY (day, topic, partition)" in local
    assert "CREATE TABLE IF NOT EXISTS `kpi_g1`.trade ON CLUSTER 'east' AS `kpi_g1`.trade_local" in before
    assert "Distributed('east', 'kpi_g1', 'trade_local', cityHash64(topic, partition))" in before


def test_rows_that_replace_each_other_lie_on_one_shard() -> None:
    """Where no Kafka partition owns them, what they are sorted by decides."""
    table = (
        "CREATE TABLE IF NOT EXISTS kpi.alerts\n(\n alert_id String\n)\nENGINE = MergeTree\nORDER BY alert_id"
    )
    local, before = statements_for(table, "east")

    assert "ReplicatedMergeTree('/clickhouse/tables/{uuid}/{shard}', '{replica}')" in local
    assert before.endswith("cityHash64(alert_id))")


def test_rows_without_a_key_lie_on_one_shard() -> None:
    """All of them replace each other, as the pulses of the alerts do; no column tells them apart."""
    table = (
        "CREATE TABLE IF NOT EXISTS kpi.alert_pulse\n(\n evaluated_at DateTime\n)"
        "\nENGINE = ReplacingMergeTree(evaluated_at)\nORDER BY tuple()"
    )

    assert statements_for(table, "east")[1].endswith("cityHash64(''))")


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ("CREATE DATABASE IF NOT EXISTS `kpi` ENGINE = Atomic", 1),
        ("CREATE DATABASE `kpi` ENGINE = Atomic", 1),
        ("CREATE OR REPLACE VIEW `kpi`.events AS SELECT 1", 1),
        ("CREATE OR REPLACE FUNCTION kpi_root AS (a) -> a", 1),
        ("DROP DATABASE IF EXISTS `kpi_g2` SYNC", 1),
        ("TRUNCATE TABLE `kpi_g1`.schema_migrations", 1),
        ("ALTER TABLE `kpi_g1`.events ADD COLUMN IF NOT EXISTS redriven Bool", 2),
        ("ALTER TABLE `kpi_g1`.events ADD INDEX IF NOT EXISTS received received_at TYPE minmax", 1),
    ],
)
def test_all_else_is_done_on_every_server(statement: str, expected: int) -> None:
    """A column is added to both tables; rows and indexes lie in the local one alone."""
    found = statements_for(statement, "east")

    assert expected == len(found)
    assert all(" ON CLUSTER 'east'" in one for one in found)
    assert [statement] == statements_for(statement, "")


def test_a_statement_of_an_unknown_kind_is_refused() -> None:
    """Whoever adds one says what it is on a cluster."""
    with pytest.raises(KpiError, match="no form for a cluster"):
        statements_for("OPTIMIZE TABLE `kpi_g1`.events FINAL", "east")


def test_every_migration_has_a_form_for_a_cluster() -> None:
    """None is forgotten: what one server creates, a cluster creates on all."""
    alone = script(Settings(_env_file=None))
    together = script(Settings(_env_file=None, clickhouse_cluster="east"))
    tables = [one for one in alone if one.startswith("CREATE TABLE")]

    assert len(tables) > 40
    assert len(tables) == sum("ENGINE = Distributed(" in one for one in together)
    assert len(tables) == sum("ENGINE = Replicated" in one for one in together)
    assert all("ON CLUSTER 'east'" in one for one in together if not one.startswith("USE "))
    assert not any("Replicated" in one or "CLUSTER" in one for one in alone)
