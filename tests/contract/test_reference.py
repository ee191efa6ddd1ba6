"""deploy/reference is what the code says, and the pages for operators lead nowhere that is not there."""

import re

import pytest
from typer.testing import CliRunner

from streams.cli import COMMANDS, app
from streams.migrations import load_migrations
from streams.resources import checkout
from streams.settings import Settings

_FOLDER = checkout() / "deploy/reference"


def test_the_pages_are_up_to_date() -> None:
    """Whoever changes a command, a setting, a topic, a table or a definition generates them anew."""
    done = CliRunner().invoke(app, ["reference", "build", "--check"])

    assert "up to date\n" == done.output, done.output


def test_nothing_is_left_out() -> None:
    """Every command, every setting and every table has its place."""
    commands = (_FOLDER / "cli.md").read_text(encoding="utf-8")
    tables = (_FOLDER / "tables.md").read_text(encoding="utf-8")
    created = re.findall(
        r"CREATE TABLE IF NOT EXISTS \S+\.(\w+)", "\n".join(one.sql for one in load_migrations())
    )

    assert [] == [name for name in COMMANDS if f"## kpi {name}" not in commands]
    assert [] == [name for name in created if f"## {name}\n" not in tables]
    settings = (_FOLDER / "settings.md").read_text(encoding="utf-8")
    assert [] == [name for name in Settings.model_fields if f"`KPI_{name.upper()}`" not in settings]


@pytest.mark.parametrize("page", ["operations.md", "van-hanh.md", "guarantees.md", "runbook.md"])
def test_links_of_the_pages_lead_somewhere(page: str) -> None:
    """Files and sections that a page names are there."""
    text = (checkout() / "deploy" / page).read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        name, _, section = target.partition("#")
        assert not name or (checkout() / "deploy" / name).exists(), target
        if section and not name:
            assert f"\n## {section.replace('-', ' ')}".lower() in text.lower(), target
