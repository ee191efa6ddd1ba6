"""A replay begins beside the live generation, and writes nothing into it."""

from typing import Any

import pytest

from streams.errors import RefusedError
from streams.migrations import load_migrations
from streams.registry import load_registry
from streams.replay import begin as module
from streams.replay.begin import Request, begin
from streams.replay.plan import ARCHIVE
from streams.settings import Settings
from tests.replay.plans import plan_of
from tests.scripted import ScriptedClient

SETTINGS = Settings(_env_file=None)
REGISTRY = load_registry()
NUMBERS = [(migration.number,) for migration in load_migrations()]


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
        ScriptedClient({"system.tables": [(1,)], "schema_migrations": NUMBERS, "argMax": [("",)]}),
    )

    assert ["kpi_run_a"] == migrated


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
