"""The users of deploy/clickhouse: each can do the work of its processes, and nothing else."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from streams.migrations import load_migrations, split_statements
from streams.resources import checkout

pytestmark = pytest.mark.integration
# For want of a grant, or because the user is read-only.
_DENIED: Final = ("497", "164")
# Each is planned whole, so a part of them stands for all.
_A_PART: Final = 5
_DATABASES: Final = [f"CREATE DATABASE IF NOT EXISTS {name} ENGINE = Atomic" for name in ("kpi", "kpi_g1")]
_LIVE: Final = "CREATE TABLE IF NOT EXISTS kpi.live_generation (name String) ENGINE = MergeTree ORDER BY name"


def _migrations(public: str, generation: str) -> list[str]:
    """Give every statement of the migrations for a site."""
    names = {"{public:Identifier}": f"`{public}`", "{generation:Identifier}": f"`{generation}`"}
    statements = [text for file in load_migrations() for text in split_statements(file.sql)]
    return [re.sub("|".join(map(re.escape, names)), lambda m: names[m[0]], text) for text in statements]


_OURS: Final = _migrations("kpi", "kpi_g1")
_TABLES: Final = re.findall(r"CREATE TABLE IF NOT EXISTS (`kpi_g1`\.\w+|`kpi`\.\w+)", "\n".join(_OURS))
_VIEWS: Final = sorted(set(re.findall(r"CREATE OR REPLACE VIEW (`kpi`\.\w+)", "\n".join(_OURS))))
# A replay that was promoted, the trial of a backup, and KPI_DATABASE=kpi_test.
_OTHERS: Final = ("kpi_run_promoted_g1", "kpi_trial", "kpi_trial_g1", "kpi_test_g1")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the data of an engine that the migrating user has set up."""
    folder = tmp_path_factory.mktemp("roles")
    others = [
        statement
        for name in _OTHERS
        for statement in (f"CREATE DATABASE {name}", f"CREATE TABLE {name}.events AS kpi_g1.events")
    ]
    told = _run("kpi_migrate", folder, [*_DATABASES, _LIVE, "USE kpi_g1", *_OURS, *others])
    assert {"0"} == set(told), told
    return folder


def _run(user: str, folder: Path, statements: list[str]) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-m", "tests.roles", user, str(folder)],
        input="".join(json.dumps(text) + "\n" for text in statements),
        capture_output=True,
        text=True,
        check=False,
        cwd=checkout(),
    )
    assert 0 == done.returncode, done.stderr[-2000:]
    return done.stdout.split()


def _expect(user: str, folder: Path, may: list[str], may_not: list[str]) -> None:
    told = _run(user, folder, may + may_not)
    split = len(may)
    assert [] == [(text, code) for text, code in zip(may, told[:split], strict=True) if code != "0"]
    assert [] == [
        (text, code) for text, code in zip(may_not, told[split:], strict=True) if code not in _DENIED
    ]


def test_who_writes_adds_rows_and_drops_nothing(folder: Path) -> None:
    """Every table takes rows; none is made, changed, emptied or dropped."""
    table = _TABLES[0]
    _expect(
        "kpi_writer",
        folder,
        [
            *(f"INSERT INTO {name} SELECT * FROM {name}" for name in _TABLES),
            *(f"INSERT INTO {name}.events SELECT * FROM kpi_g1.events" for name in _OTHERS),
        ],
        [
            f"TRUNCATE TABLE {table}",
            f"DROP TABLE {table}",
            f"ALTER TABLE {table} DELETE WHERE 1",
            "CREATE TABLE kpi_g1.mine (a Int64) ENGINE = MergeTree ORDER BY a",
            "DROP DATABASE kpi_g1",
            "DROP DATABASE kpi_trial_g1",
            "SELECT * FROM system.users",
            "DROP VIEW kpi.progress",
            "CREATE FUNCTION mine AS x -> x",
            "CREATE USER somebody",
            "INSERT INTO FUNCTION file('x.csv') SELECT 1",
        ],
    )


def test_who_reads_sees_the_views_and_changes_nothing(folder: Path) -> None:
    """Whoever looks at a board can send any SQL as this user: no file, no address, no other server."""
    shown = [f"SELECT * FROM {name} LIMIT 0" for name in _VIEWS[::_A_PART]]
    _expect(
        "kpi_reader",
        folder,
        [*shown, "SELECT unreserved_space FROM system.disks"],
        [
            "SELECT * FROM file('/etc/passwd', 'LineAsString')",
            "SELECT * FROM url('http://127.0.0.1:9/', 'LineAsString')",
            "SELECT * FROM remote('127.0.0.1:9', 'kpi.events')",
            "SELECT name FROM system.users",
            f"INSERT INTO {_TABLES[0]} SELECT * FROM {_TABLES[0]}",
            "DROP DATABASE kpi",
        ],
    )


def test_who_replays_owns_its_own_databases_alone(folder: Path) -> None:
    """A site of its own beside the live one, made and dropped; of the live one nothing is changed."""
    own = [text.replace("`kpi`", "`kpi_run_a`").replace("`kpi_g1`", "`kpi_run_a_g1`") for text in _OURS]
    _expect(
        "kpi_replay",
        folder,
        [
            *_DATABASES,
            _LIVE,
            *(
                text.replace("kpi_g1", "kpi_run_a_g1").replace("EXISTS kpi ", "EXISTS kpi_run_a ")
                for text in _DATABASES
            ),
            "USE kpi_run_a_g1",
            *own[:60],
            "USE kpi_g1",
            "SELECT sum(bytes_on_disk) FROM system.parts WHERE active",
            "DROP DATABASE kpi_run_a_g1",
            f"INSERT INTO {_TABLES[0]} SELECT * FROM {_TABLES[0]}",
        ],
        [
            f"DROP TABLE {_TABLES[0]}",
            f"TRUNCATE TABLE {_TABLES[0]}",
            "CREATE OR REPLACE VIEW kpi.progress AS SELECT 1",
            "DROP DATABASE kpi_g1",
        ],
    )
