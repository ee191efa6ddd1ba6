"""What `kpi migrate` leaves, without the seconds that it takes: made once a process, then copied."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from streams.clickhouse_client import scalar, writer
from streams.migrate import migrate
from streams.migrations import load_migrations
from streams.registry import load_registry
from streams.settings import Settings
from tests.servers import local_clickhouse

# Nothing else in the statements has this name.
_STENCIL: Final = "stencil"


@contextmanager
def migrated_clickhouse(home: Path) -> Iterator[Settings]:
    """Run `kpi clickhouse` over a database that has all tables and views, and no event yet."""
    copy_migrated(home)
    with local_clickhouse(home) as settings:
        yield settings


def copy_migrated(home: Path) -> None:
    """Give a new home the engine's folder after `kpi migrate`."""
    shutil.copytree(Path(_migrated().name, "clickhouse"), home / "clickhouse", symlinks=True)


@cache
def _migrated() -> TemporaryDirectory[str]:
    """Migrate a new home; the folder is deleted with the process."""
    folder = TemporaryDirectory(prefix="migrated-")
    with local_clickhouse(Path(folder.name)) as settings:
        migrate(settings, load_registry())
    return folder


def copy_database(settings: Settings) -> None:
    """Give an engine, which was migrated once, another database with all tables and views."""
    with writer(settings) as client:
        if not scalar(client, "EXISTS DATABASE {name:Identifier}", {"name": settings.database}):
            for statement in _statements():
                client.command(statement.replace(_STENCIL, settings.database))
    migrate(settings, load_registry())


@cache
def _statements() -> list[str]:
    """Give what makes the database: with the columns of a view said, the engine need not work them out."""
    with TemporaryDirectory() as home, migrated_clickhouse(Path(home)) as settings:
        migrate(settings.model_copy(update={"database": _STENCIL}), load_registry())
        with writer(settings) as client:
            tables = client.query(
                "SELECT create_table_query FROM system.tables WHERE startsWith(database, {name:String})",
                {"name": _STENCIL},
            ).result_columns[0]
    applied = [
        f"INSERT INTO {_STENCIL}_g1.schema_migrations (number, name, checksum)"
        f" VALUES ({migration.number}, '{migration.name}', '{migration.checksum}')"
        for migration in load_migrations()
    ]
    return [f"CREATE DATABASE {_STENCIL}", f"CREATE DATABASE {_STENCIL}_g1", *tables, *applied]
