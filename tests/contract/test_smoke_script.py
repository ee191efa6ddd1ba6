"""deploy/smoke.sh: a double of docker stands in, and the script says of each part what it found."""

import os
import subprocess
from pathlib import Path

import pytest

from streams.resources import checkout

# Answers as docker would when all is well; what its arguments name in BROKEN fails.
_DOCKER = """#!/bin/sh
if [ -n "$BROKEN" ]; then case "$*" in *"$BROKEN"*) echo "double of docker: broken" >&2; exit 1;; esac; fi
case "$*" in
    *"ps --all"*) echo "exited 0";;
    *"CREATE DATABASE"*) echo "kpi: ClickHouse refused: Not enough privileges"; exit 1;;
    *"v1/events"*) echo "urllib.error.HTTPError: HTTP Error 401: Unauthorized"; exit 1;;
esac
"""


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """Give a checkout of the script with its .env, and the double."""
    (tmp_path / "deploy").mkdir()
    (tmp_path / "deploy/smoke.sh").write_text((checkout() / "deploy/smoke.sh").read_text())
    (tmp_path / ".env").touch()
    (tmp_path / "docker").write_text(_DOCKER)
    (tmp_path / "docker").chmod(0o755)
    return tmp_path


def smoke(site: Path, broken: str = "") -> subprocess.CompletedProcess[str]:
    """Run the script, without waiting for what does not work."""
    text = (site / "deploy/smoke.sh").read_text()
    hurried = text.replace("deadline=$(($(date +%s) + $2))", "deadline=0")
    assert hurried != text
    (site / "deploy/smoke.sh").write_text(hurried)
    environment = {"PATH": f"{site}:{os.environ['PATH']}", "BROKEN": broken, "SMOKE_PAUSE": "0"}
    command = ["/bin/sh", str(site / "deploy/smoke.sh")]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def test_all_is_well(site: Path) -> None:
    """Each part passes, and the addresses are named."""
    done = smoke(site)

    assert 0 == done.returncode, done.stdout + done.stderr
    assert "FAIL" not in done.stdout
    parts = [
        "kafka",
        "clickhouse",
        "topics",
        "migrate",
        "worker",
        "alerts",
        "wall",
        "ingest",
        "grafana",
        "simulate",
    ]
    assert all(f"pass {part}:" in done.stdout for part in parts)
    assert "http://127.0.0.1:8080/" in done.stdout


@pytest.mark.parametrize(
    ("broken", "part"),
    [
        ("kafka-topics", "kafka: broker answers"),
        ("verify", "numbers"),
        ("wall:8080", "wall: shows"),
        ("ingest:8090/healthz", "ingest: answers"),
    ],
)
def test_a_part_that_does_not_work_is_named(site: Path, broken: str, part: str) -> None:
    """The others are looked at all the same, and the exit code says that not all is well."""
    done = smoke(site, broken)

    assert 1 == done.returncode
    assert f"FAIL {part}" in done.stdout
    assert "pass clickhouse: server answers" in done.stdout


@pytest.mark.parametrize(
    ("broken", "part"),
    [
        ("config", "compose file"),
        ("compose --profile simulate --profile ingest build", "images"),
        ("--detach", "start"),
    ],
)
def test_what_nothing_works_without_is_tried_once_and_in_sight(site: Path, broken: str, part: str) -> None:
    """What docker says of it is shown, and the parts are not waited for."""
    done = smoke(site, broken)

    assert 1 == done.returncode
    assert f"FAIL {part}: why stands above" == done.stdout.splitlines()[-1]
    assert "double of docker: broken" in done.stderr


def test_a_docker_that_does_not_answer_is_said_at_once(site: Path) -> None:
    """Without its daemon every part would fail, each after its own time."""
    done = smoke(site, "info")

    assert (2, "") == (done.returncode, done.stdout)
    assert "start its daemon" in done.stderr


def test_a_reader_that_may_write_fails(site: Path) -> None:
    """Only a refusal for want of rights is one."""
    double = site / "docker"
    double.write_text(
        double.read_text().replace("exit 1;;\nesac", "exit 0;;\nesac").replace("Not enough", "")
    )
    double.write_text(double.read_text().replace("privileges", "done"))

    assert "FAIL clickhouse: the reader cannot write" in smoke(site).stdout


def test_an_ingest_that_takes_events_of_strangers_fails(site: Path) -> None:
    """A token that is asked for but not looked at is none."""
    double = site / "docker"
    double.write_text(double.read_text().replace("401: Unauthorized", "400: Bad Request"))

    assert "FAIL ingest: refuses strangers" in smoke(site).stdout


def test_without_settings_it_says_what_to_do(site: Path) -> None:
    """No .env, no start."""
    (site / ".env").unlink()
    done = smoke(site)

    assert 2 == done.returncode
    assert "cp .env.example .env" in done.stderr
