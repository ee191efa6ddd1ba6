"""Migrations against the local engine: applied once, refused when edited, harmless when repeated."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from streams import clock
from streams.clickhouse_client import scalar, writer
from streams.commands.migrate import app
from streams.core.record import PartitionId
from streams.core.revision import FOLD_REVISION
from streams.ddl import EXACT, READABLE
from streams.errors import DependencyDownError, RefusedError
from streams.generation import REBUILT_INTO, recorded_facts
from streams.migrate import (
    accept_new_logs,
    live_generation,
    migrate,
    migration_status,
    prepare_generation,
    promote,
    script,
)
from streams.migrations import load_migrations, split_statements
from streams.registry import Registry, load_registry
from streams.replay.rebuild import Rebuild
from streams.settings import Settings
from streams.topics import DEFAULT_PARTITIONS
from tests.migrated import copy_database, migrated_clickhouse
from tests.servers import local_clickhouse, nothing_answers

TARGETS = PartitionId("target", 0)


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """Give the settings of a running engine."""
    with local_clickhouse(tmp_path_factory.mktemp("clickhouse")) as settings:
        yield settings


@pytest.fixture
def database(engine: Settings, request: pytest.FixtureRequest) -> Settings:
    """Give each test a database of its own on the engine."""
    return engine.model_copy(update={"database": f"m{abs(hash(request.node.name)) % 10**12}"})


@pytest.fixture(scope="module")
def registry() -> Registry:
    """Give the shipped registry."""
    return load_registry()


@pytest.mark.integration
def test_everything_is_applied_once(database: Settings, registry: Registry) -> None:
    """The first run applies every file, the second finds nothing to do."""
    assert load_migrations() == migrate(database, registry)
    assert [] == migrate(database, registry)
    assert all(applied_at for _, applied_at in migration_status(database))


@pytest.mark.integration
def test_the_generation_knows_what_made_it(database: Settings, registry: Registry) -> None:
    """The fold revision, the parks of the registry and the live generation are written down."""
    migrate(database, registry)

    with writer(database) as client:
        live = live_generation(client, database)
        revision = scalar(client, f"SELECT value FROM {live}.generation FINAL WHERE name = 'fold_revision'")
        parks = scalar(client, f"SELECT groupArray(zone_id) FROM {live}.zones FINAL WHERE park")

    assert (f"{database.database}_g1", str(FOLD_REVISION)) == (live, revision)
    assert registry.park_zones == set(parks)


@pytest.mark.integration
def test_an_edited_migration_is_refused(database: Settings, registry: Registry) -> None:
    """A checksum that is not the recorded one stops everything, with the file's name."""
    migrate(database, registry)
    with writer(database) as client:
        table = f"{database.database}_g1.schema_migrations"
        client.command(
            f"INSERT INTO {table} SELECT number, name, 'x', applied_at + 1, '' FROM {table} WHERE number = 1"
        )

    with pytest.raises(RefusedError, match="0001_tables was edited"):
        migrate(database, registry)


@pytest.mark.integration
def test_a_database_of_a_newer_version_is_refused(database: Settings, registry: Registry) -> None:
    """A recorded migration that this version lacks stops everything."""
    migrate(database, registry)
    with writer(database) as client:
        client.command(
            f"INSERT INTO {database.database}_g1.schema_migrations VALUES (9999, 'later', 'x', now(), '9')"
        )

    with pytest.raises(RefusedError, match="9999, of a newer version"):
        migrate(database, registry)


@pytest.mark.integration
def test_a_migration_that_was_cut_short_runs_again(database: Settings, registry: Registry) -> None:
    """All statements done but nothing recorded, as after a crash: they run again without complaint."""
    migrate(database, registry)
    with writer(database) as client:
        client.command(f"TRUNCATE TABLE {database.database}_g1.schema_migrations")

    assert load_migrations() == migrate(database, registry)


@pytest.mark.integration
def test_two_migrations_at_once_do_no_harm(database: Settings, registry: Registry) -> None:
    """Both end well, and the views answer."""
    with ThreadPoolExecutor(2) as pool:
        runs = [pool.submit(migrate, database, registry) for _ in range(2)]
        assert all(run.exception() is None for run in runs)
    with writer(database) as client:
        assert scalar(client, f"SELECT count() FROM {database.database}.trade_by_day") == 0


@pytest.mark.integration
def test_a_new_log_goes_on_above_everything_stored(database: Settings, registry: Registry) -> None:
    """The base is above `consumed` and above what a worker that died left beyond it."""
    migrate(database, registry)
    with writer(database, f"{database.database}_g1") as client:
        client.command("INSERT INTO consumed VALUES ('target', 0, 17, 17, 1, now())")
        client.command(
            "INSERT INTO targets (indicator, scope, topic, version) VALUES ('trade_value', 'a', 'target', 25)"
        )
        assert accept_new_logs(client, f"{database.database}_g1", [TARGETS]) == {TARGETS: 26}
        assert scalar(client, "SELECT max(base) FROM log_bases WHERE topic = 'target'") == 26


@pytest.mark.integration
def test_the_last_promotion_stands_whatever_the_clocks_say(
    database: Settings, registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A host whose clock is an hour behind promotes, closes and opens generations as any other does."""
    migrate(database, registry)
    later, names = f"{database.database}_g2", [f"{database.database}_g{n}" for n in (1, 2)]
    prepare_generation(database, registry, later)
    hour_ago = clock.now() - timedelta(hours=1)
    work = Rebuild(database, registry, DEFAULT_PARTITIONS)
    with work.closed_source():
        assert (names[0], f"{database.database}_g3") == (work.source, work.name)
        monkeypatch.setattr(clock, "now", lambda: hour_ago)
    with writer(database) as client:
        assert "" == recorded_facts(client, names[0])[REBUILT_INTO]
        promote(database, registry, later)
        assert later == live_generation(client, database)


@pytest.mark.integration
def test_the_registry_that_was_applied_last_stands_whatever_the_clocks_say(
    database: Settings, registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A host whose clock is an hour behind moves zones into the parks and out: so the views see them."""
    migrate(database, registry)
    hour_ago = clock.now() - timedelta(hours=1)
    monkeypatch.setattr(clock, "now", lambda: hour_ago)
    turned = tuple(zone.model_copy(update={"park": not zone.park}) for zone in registry.zones)
    migrate(database, registry.model_copy(update={"zones": turned}))

    with writer(database) as client:
        query = f"SELECT zone_id, park FROM {database.database}_g1.zones FINAL"
        stored = [tuple(row) for row in client.query(f"{query} ORDER BY zone_id").result_rows]
    assert sorted((zone.slug, zone.park) for zone in turned) == stored


@pytest.mark.integration
def test_status_tells_what_is_missing(database: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """`--status` exits 1 before, 0 after, and changes nothing itself."""
    monkeypatch.setenv("KPI_HOME", str(database.home))
    monkeypatch.setenv("KPI_CLICKHOUSE_URL", database.clickhouse_url)
    monkeypatch.setenv("KPI_DATABASE", database.database)
    runner = CliRunner()

    assert runner.invoke(app, ["--status"]).exit_code == 1
    assert runner.invoke(app, []).exit_code == 0
    after = runner.invoke(app, ["--status"])
    assert (0, False) == (after.exit_code, "not yet" in after.output)


def test_a_database_that_does_not_answer_is_a_dependency(tmp_path: Path, registry: Registry) -> None:
    """Nothing at the address is exit code 3, not a stack trace."""
    settings = nothing_answers(tmp_path)

    with pytest.raises(DependencyDownError):
        migrate(settings, registry)


@pytest.mark.parametrize(
    ("sql", "statements"),
    [
        pytest.param("SELECT 1; SELECT 2;\n", ["SELECT 1", "SELECT 2"], id="two statements"),
        pytest.param("SELECT ';' ;", ["SELECT ';'"], id="a string"),
        pytest.param(r"SELECT 'it\';s', 'a;''b'", [r"SELECT 'it\';s', 'a;''b'"], id="quotes in a string"),
        pytest.param('SELECT `a;b`, "c;d"', ['SELECT `a;b`, "c;d"'], id="quoted names"),
        pytest.param("-- no; 'way\nSELECT 1 /* ; ' */ + 2", ["SELECT 1  + 2"], id="comments"),
        pytest.param("SELECT '-- no comment' - -1", ["SELECT '-- no comment' - -1"], id="dashes"),
        pytest.param("-- only a comment\n;;", [], id="nothing"),
    ],
)
def test_statements_end_at_semicolons(sql: str, statements: list[str]) -> None:
    """Semicolons in strings, names and comments do not count."""
    assert statements == split_statements(sql)


def test_migrations_are_numbered_without_a_gap() -> None:
    """Numbers go up by one, so that nobody's file is overlooked."""
    assert [migration.number for migration in load_migrations()] == list(range(1, len(load_migrations()) + 1))


def test_a_copy_for_tests_is_what_migrate_makes(tmp_path: Path) -> None:
    """Other tests begin with copies: all that the engine and the migrations remember of them is the same."""
    with migrated_clickhouse(tmp_path) as settings:
        copied, made = (settings.model_copy(update={"database": name}) for name in ("copied", "made_here"))
        copy_database(copied)
        migrate(made, load_registry())

        assert _remembered(made) == _remembered(copied)


def _remembered(settings: Settings) -> list[list[tuple[Any, ...]]]:
    name = settings.database
    tables = f"SELECT * FROM system.tables WHERE startsWith(database, '{name}')"
    questions = (
        f"SELECT replaceAll(create_table_query, '{name}', '') AS made, total_rows FROM ({tables}) ORDER BY 1",
        f"SELECT number, name, checksum FROM {name}_g1.schema_migrations ORDER BY ALL",
        f"SELECT name, value FROM {name}_g1.generation ORDER BY ALL",
        f"SELECT replaceAll(name, '{name}', '') FROM {name}.live_generation",
    )
    with writer(settings) as client:
        return [[tuple(row) for row in client.query(question).result_rows] for question in questions]


@pytest.mark.integration
def test_the_form_for_a_cluster_is_one_that_the_engine_understands(engine: Settings) -> None:
    """Every statement parses, and every setting that writers and readers send there exists."""
    statements = script(Settings(_env_file=None, clickhouse_cluster="east"))
    clustered = engine.model_copy(update={"clickhouse_cluster": "east"})
    with writer(clustered) as client:
        for statement in statements:
            assert scalar(client, "SELECT formatQuery({text:String})", {"text": statement})
        asked = ", ".join(f"toString(getSetting('{name}'))" for name in EXACT | READABLE)
        given = client.query(f"SELECT {asked}").result_rows[0]

    assert ("auto", "false", "1", "false", "true", "global") == given
