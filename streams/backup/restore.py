"""The way back: a backup into a database that is not there yet; Kafka sends again what came after it."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Final
from zipfile import ZipFile

import zstandard
from clickhouse_connect.driver.client import Client

from streams.backup.manifest import Chunk, Manifest, open_backup
from streams.clickhouse_client import has_table, writer
from streams.ddl import define
from streams.errors import RefusedError
from streams.generation import REBUILT_INTO, RESTORED_FROM, record_fact, recorded_facts
from streams.migrate import migrate, prepare_generation
from streams.registry import Registry
from streams.settings import Settings

# A batch of history may touch every month of a century.
_SETTINGS: Final = {"async_insert": 0, "max_partitions_per_insert_block": 0}
# Whatever reaches further than these say is sent again by Kafka: they come last.
_LAST: Final = ("log_bases", "consumed")
# What made the generation: it is there before anything writes down what this build is.
_FIRST: Final = "generation"


def restore(
    settings: Settings,
    registry: Registry,
    path: Path,
    tell: Callable[[str], None] = lambda _: None,
    *,
    replace: bool = False,
) -> Manifest:
    """Fill this site's database from a backup; with `replace`, what is there is dropped first.

    Until the end no worker writes to it. One that was cut short begins anew when it is run again.

    Raises:
        RefusedError: the file is no whole backup or of a newer version, or the database is there already.
    """
    generation = f"{settings.database}_g1"
    with open_backup(path) as (file, manifest):
        with writer(settings) as client:
            _make_room(client, settings, replace=replace)
        prepare_generation(settings, registry, generation)
        with writer(settings, generation) as client:
            record_fact(client, generation, RESTORED_FROM, path.name)
            ordered = sorted(manifest.chunks, key=lambda chunk: (chunk.table in _LAST, chunk.file))
            _insert(client, settings, file, [c for c in ordered if c.table == _FIRST], tell)
            migrate(settings, registry)
            _insert(client, settings, file, [c for c in ordered if c.table != _FIRST], tell)
            # Of a generation that was being rebuilt, this one is no predecessor.
            for fact in (REBUILT_INTO, RESTORED_FROM):
                record_fact(client, generation, fact, "")
    return manifest


def _make_room(client: Client, settings: Settings, *, replace: bool) -> None:
    there = client.query("SELECT name FROM system.databases").result_columns
    own = re.compile(rf"{re.escape(settings.database)}(_g\d+)?")
    found = [str(name) for name in (there[0] if there else []) if own.fullmatch(str(name))]
    first = f"{settings.database}_g1"
    cut_short = first in found and _is_cut_short(client, first)
    if found and not replace and not cut_short:
        raise RefusedError(
            f"database {settings.database} is there already: restore beside it with KPI_DATABASE=NAME and"
            " look at that with kpi verify, or put it in its place with --replace"
        )
    for name in found:
        define(client, settings, "DROP DATABASE IF EXISTS {name:Identifier} SYNC", {"name": name})


def _is_cut_short(client: Client, generation: str) -> bool:
    if not has_table(client, generation, "generation"):
        return False
    return bool(recorded_facts(client, generation).get(RESTORED_FROM))


def _insert(
    client: Client, settings: Settings, file: ZipFile, chunks: list[Chunk], tell: Callable[[str], None]
) -> None:
    for chunk in chunks:
        tell(chunk.table)
        database = settings.database if chunk.place == "public" else f"{settings.database}_g1"
        data = zstandard.ZstdDecompressor().decompressobj().decompress(file.read(chunk.file))
        client.raw_insert(
            f"`{database}`.`{chunk.table}`", chunk.columns, data, settings=_SETTINGS, fmt="Native"
        )
