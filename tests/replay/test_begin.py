"""A replay begins beside the live generation, and writes nothing into it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from clickhouse_connect.driver.exceptions import DatabaseError

from streams import clock
from streams.errors import RefusedError
from streams.migrations import load_migrations
from streams.registry import load_registry
from streams.replay import begin as module
from streams.replay.begin import Request, begin
from streams.replay.plan import ARCHIVE, Plan
from streams.settings import Settings
from tests.replay.plans import BEGAN, plan_of
from tests.scripted import ScriptedClient

SETTINGS = Settings(_env_file=None)
REGISTRY = load_registry()
NUMBERS = [(migration.number,) for migration in load_migrations()]
MIGRATED: dict[str, list[tuple[Any, ...]]] = {
    "system.tables": [(1,)],
    "schema_migrations": NUMBERS,
    "argMax": [("",)],
}


@dataclass
class Crowded(ScriptedClient):
    """A server on which some databases are there."""

    taken: Sequence[str] = ()

    def command(self, sql: str, parameters: Mapping[str, Any] | None = None) -> None:
        """Make no database that is there."""
        if any(f"`{name}`" in sql for name in self.taken):
            raise DatabaseError("Code: 82. DB::Exception: already exists. (DATABASE_ALREADY_EXISTS)")
        super().command(sql, parameters)


@pytest.fixture
def migrated(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Give the databases that are migrated; none is."""
    databases: list[str] = []
    monkeypatch.setattr(module, "migrate", lambda settings, _: databases.append(settings.database))
    return databases


def began(monkeypatch: pytest.MonkeyPatch, client: ScriptedClient, name: str = "a") -> str:
    """Begin a replay and give its name."""
    monkeypatch.setattr(module, "writer", client.connected)
    monkeypatch.setattr(module, "read_plan", lambda *_: None)
    monkeypatch.setattr(module, "plan_of", lambda *_: plan_of(name=name))
    return begin(SETTINGS, REGISTRY, Request(source=ARCHIVE, who="me", name=name)).name


def test_only_its_own_site_is_migrated(monkeypatch: pytest.MonkeyPatch, migrated: list[str]) -> None:
    """The registry of who runs it is recorded for the replay, never for the live numbers."""
    began(
        monkeypatch,
        ScriptedClient(MIGRATED),
    )

    assert ["kpi_run_a"] == migrated


def gone_on(monkeypatch: pytest.MonkeyPatch, keep: timedelta) -> Plan:
    """Go on with a replay that was stopped, and give its plan as it is written down."""
    written: list[Plan] = []
    monkeypatch.setattr(module, "writer", ScriptedClient(MIGRATED).connected)
    monkeypatch.setattr(module, "read_plan", lambda *_: plan_of(state="folding"))
    monkeypatch.setattr(module, "write_plan", lambda _, __, plan: written.append(plan))
    monkeypatch.setattr(clock, "now", lambda: BEGAN + timedelta(days=30))
    plan = begin(SETTINGS, REGISTRY, Request(source=ARCHIVE, who="me", name="a", keep=keep))
    assert [plan] == written
    return plan


def test_a_replay_that_goes_on_is_brought_to_this_build(
    monkeypatch: pytest.MonkeyPatch, migrated: list[str]
) -> None:
    """Its site may lack a table that is written now."""
    gone_on(monkeypatch, timedelta(days=1))

    assert ["kpi_run_a"] == migrated


@pytest.mark.usefixtures("migrated")
def test_a_replay_that_goes_on_is_kept_from_then_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else another one that begins would drop it while it runs."""
    assert BEGAN + timedelta(days=32) == gone_on(monkeypatch, timedelta(days=2)).expires_at


@pytest.mark.usefixtures("migrated")
def test_two_that_begin_at_once_have_two_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    """A database is made once: who makes it has the number."""
    client = Crowded(MIGRATED, taken=("kpi_run_1_g1", "kpi_run_2_g1"))

    assert "3" == began(monkeypatch, client, "")
    assert "CREATE DATABASE `kpi_run_3_g1` ENGINE = Atomic" in client.told


@pytest.mark.parametrize("tables", [pytest.param(0, id="a new site"), pytest.param(1, id="an older build's")])
def test_a_live_site_that_lacks_a_migration_is_left_as_it_is(
    monkeypatch: pytest.MonkeyPatch, migrated: list[str], tables: int
) -> None:
    """The words say what to run."""
    answers: dict[str, list[tuple[Any, ...]]] = {
        "system.tables": [(tables,)],
        "schema_migrations": NUMBERS[:-1],
        "argMax": [("",)],
    }
    with pytest.raises(RefusedError, match="run: kpi migrate"):
        began(monkeypatch, ScriptedClient(answers))

    assert [] == migrated


@pytest.mark.usefixtures("migrated")
def test_a_replay_is_brought_up_to_date_from_what_is_live_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """The generation that it began with is kept as it was: nothing came there since."""
    monkeypatch.setattr(module, "writer", ScriptedClient(MIGRATED | {"argMax": [("kpi_g2",)]}).connected)
    monkeypatch.setattr(module, "read_plan", lambda *_: plan_of())
    with pytest.raises(RefusedError, match="kpi_g2 went live since replay a began, which reads kpi_g1"):
        begin(SETTINGS, REGISTRY, Request(source=ARCHIVE, who="me", name="a"))
