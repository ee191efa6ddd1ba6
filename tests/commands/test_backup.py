"""A backup before a server is asked: what is no whole one is refused, and tables are cut into pieces."""

import hashlib
import zipfile
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from clickhouse_connect.driver.client import Client

from streams import clock
from streams.backup.manifest import MANIFEST, Chunk, Manifest, open_backup
from streams.backup.tables import Table, pieces
from streams.backup.write import write_backup
from streams.errors import RefusedError, UsageError
from streams.migrations import load_migrations
from streams.settings import Settings
from tests.line import kpi
from tests.servers import nothing_answers

_ROWS = b"rows"


def written(path: Path, content: bytes = _ROWS, **changes: Any) -> Path:
    """Write a backup of one chunk, whose manifest says otherwise where asked to."""
    digest = hashlib.sha256(_ROWS).hexdigest()
    chunk = Chunk(
        file="generation/events/0", place="generation", table="events", columns=["id"], sha256=digest
    )
    migrations = {migration.number: migration.checksum for migration in load_migrations()}
    manifest = Manifest(
        made_at=clock.now(),
        app_version="9.9.9",
        database="kpi",
        fold_revision="2",
        migrations=migrations,
        chunks=[chunk],
    )
    with zipfile.ZipFile(path, "w") as file:
        file.writestr(chunk.file, content)
        file.writestr(MANIFEST, manifest.model_copy(update=changes).model_dump_json())
    return path


def test_a_whole_backup_is_opened(tmp_path: Path) -> None:
    """Its rows and what it says of them are there."""
    with open_backup(written(tmp_path / "a.zip")) as (file, manifest):
        assert _ROWS == file.read(manifest.chunks[0].file)


def test_a_backup_of_an_older_version_is_opened(tmp_path: Path) -> None:
    """The tables and columns that it lacks are empty then, as after a migration."""
    first = load_migrations()[0]
    with open_backup(written(tmp_path / "a.zip", migrations={1: first.checksum})) as (_, manifest):
        assert [1] == list(manifest.migrations)


def test_where_no_file_can_be_written_nothing_is_asked(tmp_path: Path) -> None:
    """A folder that is not there is said in words, before a server is needed."""
    with pytest.raises(UsageError, match="cannot be written: No such file or directory"):
        write_backup(Settings(_env_file=None), tmp_path / "none" / "a.zip")


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"migrations": {9999: "0" * 64}}, id="a newer version"),
        pytest.param({"migrations": {1: "0" * 64}}, id="another first migration"),
    ],
)
def test_a_backup_of_tables_that_this_build_does_not_know_is_refused(
    tmp_path: Path, changes: dict[str, Any]
) -> None:
    """Going back to an older version could lose what only the newer one stores."""
    with (
        pytest.raises(RefusedError, match=r"made by version 9.9.9 with migration .* or a newer one"),
        open_backup(written(tmp_path / "a.zip", **changes)),
    ):
        pass


def test_damage_is_found_before_anything_is_restored(tmp_path: Path) -> None:
    """Every byte is checked; a file that was cut short is none at all."""
    damaged = written(tmp_path / "a.zip", b"r0ws")
    cut = written(tmp_path / "b.zip")
    cut.write_bytes(cut.read_bytes()[:-30])

    with pytest.raises(RefusedError, match="generation/events/0 is damaged"), open_backup(damaged):
        pass
    with pytest.raises(RefusedError, match="no backup of kpi"), open_backup(cut):
        pass
    with pytest.raises(UsageError, match="no such file"), open_backup(tmp_path / "c.zip"):
        pass


def test_a_database_is_dropped_only_if_no_worker_is_at_work(tmp_path: Path) -> None:
    """A Kafka that does not say so is no proof of it: the operator says it, and then ClickHouse is asked."""
    settings = nothing_answers(tmp_path)
    command = ("restore", str(written(tmp_path / "a.zip")), "--replace", "--yes")

    refused, said = kpi(settings, *command), kpi(settings, *command, "--workers-are-stopped")

    assert 1 == refused.returncode
    assert "Kafka does not answer" in refused.stderr
    assert "run kpi restore again with --workers-are-stopped" in " ".join(refused.stderr.split())
    assert "ClickHouse" not in refused.stderr
    assert (3, True) == (said.returncode, "ClickHouse does not answer" in said.stderr)


class Counting:
    """Answers counts: of the whole table, or by day."""

    def __init__(self, rows: Sequence[tuple[int, ...]]) -> None:
        self._rows = rows

    def query(self, *_: Any, **__: Any) -> Any:
        return SimpleNamespace(result_rows=self._rows)


def conditions(partition_key: str, rows: Sequence[tuple[int, ...]]) -> list[str]:
    """Cut a table of these counts into pieces of a hundred rows."""
    table = Table("generation", "kpi_g1", "t", partition_key, "a, b")
    return list(pieces(cast("Client", Counting(rows)), table, 100))


def test_a_table_is_cut_by_days_or_by_a_hash() -> None:
    """Days that are small go together, one that is large is cut; a table without months by its key alone."""
    by_days = conditions("toYYYYMM(time)", [(1, 40), (2, 50), (3, 30), (9, 150)])

    assert "toDate(time) >= toDate(1) AND toDate(time) <= toDate(2)" == by_days[0]
    assert "toDate(time) >= toDate(3) AND toDate(time) <= toDate(3)" == by_days[1]
    assert [0, 1] == [int(one.rpartition("= ")[2]) for one in by_days[2:]]
    assert all("cityHash64(a, b) % 2" in one for one in by_days[2:])
    assert ["1"] == conditions("", [(100,)])
    assert ["1 AND cityHash64(a, b) % 3 = 0", "1 AND cityHash64(a, b) % 3 = 1"] == conditions("", [(201,)])[
        :2
    ]
    assert [] == conditions("", [(0,)])
