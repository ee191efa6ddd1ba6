"""What a backup says about itself, and what can be wrong with it before a server is asked."""

import hashlib
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from streams.errors import RefusedError, UsageError
from streams.migrations import load_migrations

MANIFEST: Final = "manifest.json"
_BLOCK: Final = 1 << 20


class Chunk(BaseModel):
    """Rows of one table: a file of the backup, in ClickHouse's Native format, compressed by zstd."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    file: str
    place: Literal["generation", "public"]
    table: str
    columns: list[str]
    sha256: str


class Manifest(BaseModel):
    """What a backup holds; migrations are numbers and checksums of those that its tables had."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: Literal[1] = 1
    made_at: datetime
    app_version: str
    database: str
    fold_revision: str
    migrations: Mapping[int, str]
    chunks: list[Chunk]


@contextmanager
def open_backup(path: Path) -> Iterator[tuple[zipfile.ZipFile, Manifest]]:
    """Open a backup that is whole: every file has the bytes that were written.

    Raises:
        UsageError: there is no such file.
        RefusedError: it is no backup, or not all of one, or one of a newer version.
    """
    try:
        with zipfile.ZipFile(path) as file:
            manifest = Manifest.model_validate_json(file.read(MANIFEST))
            _check_whole(path, file, manifest)
            _check_known(path, manifest)
            yield file, manifest
    except FileNotFoundError:
        raise UsageError(f"{path}: there is no such file") from None
    except (zipfile.BadZipFile, KeyError, ValidationError):
        raise RefusedError(f"{path} is no backup of kpi, of a newer version, or cut short") from None


def _check_whole(path: Path, file: zipfile.ZipFile, manifest: Manifest) -> None:
    for chunk in manifest.chunks:
        digest = hashlib.sha256()
        with file.open(chunk.file) as part:
            while block := part.read(_BLOCK):
                digest.update(block)
        if digest.hexdigest() != chunk.sha256:
            raise RefusedError(f"{path}: {chunk.file} is damaged; take another backup")


def _check_known(path: Path, manifest: Manifest) -> None:
    known = {migration.number: migration.checksum for migration in load_migrations()}
    strange = [number for number, checksum in manifest.migrations.items() if known.get(number) != checksum]
    if strange:
        raise RefusedError(
            f"{path} was made by version {manifest.app_version} with migration {max(strange):04d}, which this"
            " build does not have: restore it with that version or a newer one"
        )
