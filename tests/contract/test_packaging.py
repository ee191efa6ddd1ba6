"""What is installed where: locks, the wheel, and Apache Kafka's jars."""

import re
import tomllib
import zipfile
from pathlib import Path
from typing import Any

import pytest
from hatchling.builders.wheel import WheelBuilder

from streams.resources import checkout

_LOCKS = (
    "requirements.lock",
    "requirements-dev.lock",
    "requirements-fuzz.lock",
    "requirements-bench.lock",
    "requirements-bench-quix.lock",
    "deploy/kafka/jgo.lock.toml",
)


@pytest.fixture(scope="module")
def project() -> dict[str, Any]:
    """Give pyproject.toml."""
    return tomllib.loads((checkout() / "pyproject.toml").read_text())


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    """Give the wheel, freshly built."""
    folder = tmp_path_factory.mktemp("wheel")
    file = next(WheelBuilder(str(checkout())).build(directory=str(folder), versions=["standard"]))
    return zipfile.ZipFile(file)


def test_every_dependency_is_pinned(project: dict[str, Any]) -> None:
    """The locks know each name that the project asks for."""
    pinned = _pinned("requirements.lock") | _pinned("requirements-dev.lock")
    groups = project["dependency-groups"]
    wanted = [*project["project"]["dependencies"], *groups["dev"], *groups["build"]]

    assert not {_name(requirement) for requirement in wanted} - pinned


def test_every_pin_has_a_hash() -> None:
    """No package and no jar is installed unchecked."""
    for lock in _LOCKS[:-1]:
        pins = re.findall(r"^\S+==.*(?:\n    .*)*", (checkout() / lock).read_text(), re.MULTILINE)
        assert all("--hash=sha256:" in pin for pin in pins)
    jars = tomllib.loads((checkout() / _LOCKS[-1]).read_text())["dependencies"]
    assert all(re.fullmatch("[0-9a-f]{64}", jar["sha256"]) for jar in jars)


@pytest.mark.parametrize("lock", _LOCKS)
def test_locks_hold_no_addresses(lock: str) -> None:
    """Where packages come from is the business of the machine that installs them."""
    assert "://" not in (checkout() / lock).read_text()


def test_the_wheel_holds_just_our_packages_and_what_they_read(wheel: zipfile.ZipFile) -> None:
    """Tests stay out; SQL, boards and deployment files come along as shared data."""
    names = wheel.namelist()
    top = {name.partition("/")[0] for name in names}
    shared = {name.partition("laocai-gate-kpi/")[2] for name in names if ".data/data/share/" in name}

    assert {"streams", "producers"} == {name for name in top if not name.startswith("laocai_gate_kpi-")}
    assert {"deploy/registry.toml", "deploy/kafka/jgo.lock.toml", "sql/migrations/0001_tables.sql"} <= shared


def test_kafka_stays_at_the_version_that_compose_runs() -> None:
    """The broker of `kpi up` and that of docker compose are the same."""
    wanted = tomllib.loads((checkout() / "deploy/kafka/jgo.toml").read_text())["dependencies"]["coordinates"]
    version = next(name for name in wanted if "kafka_" in name).rpartition(":")[2]

    assert f"image: apache/kafka:{version}\n" in (checkout() / "docker-compose.yml").read_text()


def test_the_first_command_of_ci_is_lint_and_test() -> None:
    """.ci/run can be started and calls both."""
    script = checkout() / ".ci/run"

    assert script.stat().st_mode & 0o111
    assert "make lint test" in script.read_text()


def _pinned(lock: str) -> set[str]:
    text = (checkout() / lock).read_text()
    return {_name(pin) for pin in re.findall(r"^(\S+)==", text, re.MULTILINE)}


def _name(requirement: str) -> str:
    return re.split(r"[<>=\[;]", requirement)[0].lower().replace("_", "-")


def test_no_file_names_a_package_index() -> None:
    """Installation files point to no registry."""
    for name in ("Makefile", "pyproject.toml", "deploy/Dockerfile", "deploy/kafka/jgo.toml"):
        assert "index-url" not in Path(checkout() / name).read_text().replace("--no-emit-index-url", "")
