"""Writing a backup, beside workers that go on.

What is consumed is read first. All else may then hold more: a row tells by its version how far it reaches, so
the records after `consumed`, which Kafka sends again after a restore, enter where they are missing only.
"""

import hashlib
import zipfile
from collections.abc import Callable
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path
from typing import Final

import zstandard
from clickhouse_connect.driver.client import Client

from streams import clock
from streams.backup.manifest import MANIFEST, Chunk, Manifest
from streams.backup.tables import ROWS, Table, columns_of, pieces, tables_of
from streams.clickhouse_client import writer
from streams.errors import RefusedError, UsageError
from streams.generation import check_restored, recorded_facts
from streams.migrate import applied_migrations, live_generation
from streams.settings import Settings

_LEVEL: Final = 3


def write_backup(
    settings: Settings, path: Path, tell: Callable[[str], None] = lambda _: None, rows: int = ROWS
) -> Manifest:
    """Write all that the live generation and its site hold into a file; `tell` hears of each table.

    The file has its name once it is whole, and is readable to its owner alone.

    Raises:
        UsageError: there is a file of that name, or it cannot be written.
        RefusedError: nothing is there to be backed up, or it was never restored to its end.
    """
    if path.exists():
        raise UsageError(f"{path} is there already; give another name")
    partial = path.with_name(path.name + ".partial")
    try:
        partial.touch(mode=0o600)
        with writer(settings) as client:
            manifest = _write(client, settings, partial, tell, rows)
        partial.rename(path)
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror or error}") from None
    finally:
        # Where the folder is not there or not ours, neither is the file.
        with suppress(OSError):
            partial.unlink()
    return manifest


def _write(
    client: Client, settings: Settings, path: Path, tell: Callable[[str], None], rows: int
) -> Manifest:
    generation = live_generation(client, settings)
    tables = tables_of(client, "generation", generation) + tables_of(client, "public", settings.database)
    if not any(table.place == "generation" for table in tables):
        raise RefusedError(f"database {settings.database} holds nothing; look at KPI_DATABASE")
    check_restored(recorded_facts(client, generation))
    with zipfile.ZipFile(path, "w") as file:
        chunks = [c for table in tables for c in _write_table(client, file, table, tell, rows)]
        manifest = _manifest(settings, client, generation, chunks)
        file.writestr(MANIFEST, manifest.model_dump_json(indent=1))
    return manifest


def _write_table(
    client: Client, file: zipfile.ZipFile, table: Table, tell: Callable[[str], None], rows: int
) -> list[Chunk]:
    tell(table.name)
    columns = columns_of(client, table)
    chunks: list[Chunk] = []
    for number, condition in enumerate(pieces(client, table, rows)):
        wanted = ", ".join(f"`{name}`" for name in columns)
        data = client.raw_query(f"SELECT {wanted} FROM {table.sql} WHERE {condition}", fmt="Native")
        if not data:
            continue
        packed = zstandard.compress(data, _LEVEL)
        name = f"{table.place}/{table.name}/{number:05d}.native.zst"
        file.writestr(name, packed)
        digest = hashlib.sha256(packed).hexdigest()
        chunks.append(Chunk(file=name, place=table.place, table=table.name, columns=columns, sha256=digest))
    return chunks


def _manifest(settings: Settings, client: Client, generation: str, chunks: list[Chunk]) -> Manifest:
    with writer(settings, generation) as inside:
        applied = applied_migrations(inside)
    return Manifest(
        made_at=clock.now(),
        app_version=version("laocai-gate-kpi"),
        database=settings.database,
        fold_revision=recorded_facts(client, generation).get("fold_revision", ""),
        migrations={number: one.checksum for number, one in applied.items()},
        chunks=chunks,
    )
