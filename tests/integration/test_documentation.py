"""The pages for operators: every command in them is run, in order, on a service that runs."""

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from streams import cli
from streams.kafka_admin import ensure_topics
from streams.resources import checkout
from streams.settings import Settings
from tests.line import environment, start_worker
from tests.migrated import migrated_clickhouse
from tests.servers import local_kafka, stop

pytestmark = [pytest.mark.integration, pytest.mark.long, pytest.mark.timeout(900)]
_PAGE = checkout() / "deploy/operations.md"
_BLOCK = re.compile(r"^```(sh|toml)\n(.*?)^```", re.DOTALL | re.MULTILINE)
# Each makes all tables and views anew.
_LONG = ("Run history again", "Back up and restore")
_SETTING = re.compile(r"(KPI_\w+)=(\S*)")


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Settings]:
    """Run Kafka, ClickHouse and a worker."""
    with local_kafka(tmp_path) as bootstrap, migrated_clickhouse(tmp_path) as engine:
        settings = engine.model_copy(update={"kafka_bootstrap": bootstrap})
        ensure_topics(settings)
        worker = start_worker(settings)
        try:
            yield settings
        finally:
            stop(worker)


@pytest.fixture
def folder(service: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give the folder where commands run, in an environment that leads to the service."""
    for name, value in environment(service).items():
        monkeypatch.setenv(name, value)
    work = tmp_path / "work"
    work.mkdir()
    # The page is read in a checkout.
    (work / "deploy").symlink_to(checkout() / "deploy")
    monkeypatch.chdir(work)
    return work


def test_every_command_of_the_page_works(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Files are those that it shows; a command that fails fails the test with what it said."""
    quick = [title for title in _sections() if title not in _LONG]

    assert len(_LONG) + len(quick) == len(_sections())
    assert sum(_work_through(title, folder, monkeypatch) for title in quick) > 15


def test_commands_that_make_a_site_of_their_own_work(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Replays and trials of backups, after the events that they are of."""
    assert sum(_work_through(title, folder, monkeypatch) for title in ("Send events", *_LONG)) > 10


def _sections() -> dict[str, str]:
    parts = _PAGE.read_text(encoding="utf-8").split("\n## ")[1:]
    return {title: text for title, _, text in (part.partition("\n") for part in parts)}


def _work_through(title: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> int:
    """Run the commands of a section and count them."""
    commands = 0
    for kind, text in _BLOCK.findall(_sections()[title]):
        if kind == "toml":
            (folder / text.splitlines()[0].removeprefix("# ")).write_text(text, encoding="utf-8")
            continue
        for line in text.splitlines():
            _run(line, monkeypatch)
            commands += 1
    return commands


def _run(line: str, monkeypatch: pytest.MonkeyPatch) -> None:
    words = shlex.split(line, comments=True)
    with monkeypatch.context() as patch:
        while found := _SETTING.fullmatch(words[0]):
            patch.setenv(*found.groups())
            words = words[1:]
        if words[0] != "kpi" or ">" in words:
            kpi = Path(sys.executable).parent
            path = {"PATH": f"{kpi}:{os.environ['PATH']}"}
            subprocess.run(["/bin/sh", "-ec", line], env=os.environ | path, check=True)
            return
        try:
            cli.main(words[1:])
        except SystemExit as end:
            assert end.code in {0, None}, line  # noqa: PT017 - how every command ends
