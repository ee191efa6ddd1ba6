"""docker-compose.yml and the examples of .env name only what there is."""

import re
import shutil
from io import StringIO
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
import yaml
from dotenv import dotenv_values

from streams.cli import COMMANDS
from streams.resources import checkout
from streams.settings import Settings

_SETTINGS = {f"KPI_{name.upper()}" for name in Settings.model_fields}
# Their defaults depend on where the service is installed.
_LEFT_OUT_OF_THE_EXAMPLE = {"KPI_HOME", "KPI_REGISTRY"}


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    """Give the compose file, its anchors resolved."""
    content: dict[str, Any] = yaml.safe_load((checkout() / "docker-compose.yml").read_text())
    return content


def test_our_services_run_commands_that_exist(compose: dict[str, Any]) -> None:
    """Each container of our image starts a known subcommand with settings that exist."""
    ours = {name: part for name, part in compose["services"].items() if part["image"] == "laocai-gate-kpi"}

    assert {"migrate", "topics", "targets", "worker", "wall", "simulate"} == set(ours)
    for part in ours.values():
        assert part["command"][0] in COMMANDS
        assert set(part["environment"]) <= _SETTINGS


def test_every_service_that_is_waited_for_exists(compose: dict[str, Any]) -> None:
    """`depends_on` names services, and who is waited for as healthy has a health check."""
    for part in compose["services"].values():
        for name, how in part.get("depends_on", {}).items():
            assert name in compose["services"]
            if how["condition"] == "service_healthy":
                assert "healthcheck" in compose["services"][name]


def test_the_workers_health_is_asked_at_its_own_port(compose: dict[str, Any]) -> None:
    """The check is no shell script, and the port is the setting's default."""
    command = compose["services"]["worker"]["healthcheck"]["test"]

    assert ["CMD", "python", "-c"] == command[:3]
    assert f"127.0.0.1:{Settings.model_fields['metrics_port'].default}/ready" in command[3]


def test_every_volume_exists(compose: dict[str, Any]) -> None:
    """Named volumes are declared, and what is mounted from the checkout is there."""
    mounted = [
        volume.split(":")[0] for part in compose["services"].values() for volume in part.get("volumes", [])
    ]
    named = {source for source in mounted if not source.startswith(".")}

    assert set(compose["volumes"]) == named
    assert all((checkout() / source).exists() for source in mounted if source.startswith("."))


def test_ports_are_open_on_this_machine_only(compose: dict[str, Any]) -> None:
    """No container listens to the network outside."""
    ports = [port for part in compose["services"].values() for port in part.get("ports", [])]

    assert ports
    assert all(port.startswith("127.0.0.1:") for port in ports)


def test_the_variables_of_the_compose_file_are_those_of_its_example() -> None:
    """Each has its line there, with the default that the compose file gives it; those without one are set."""
    asked = re.findall(r"\$\{(\w+):([-?])([^}]*)\}", (checkout() / "docker-compose.yml").read_text())
    required = {name for name, kind, _ in asked if kind == "?"}
    example = checkout() / "deploy/compose.env.example"
    shown = dotenv_values(stream=StringIO(_without_comment_signs(example)))

    assert required == set(dotenv_values(example))
    assert {name for name, _, _ in asked} == set(shown)
    assert all(shown[name] == default for name, kind, default in asked if kind == "-")


def test_the_defaults_of_the_compose_file_are_those_of_the_settings(compose: dict[str, Any]) -> None:
    """A container that is told nothing works as the service does outside."""
    given = compose["services"]["worker"]["environment"].items()
    found = {name: re.fullmatch(r"\$\{\w+:-(.*)\}", str(value)) for name, value in given}
    defaults = {name: match[1] for name, match in found.items() if match}

    assert defaults
    for name, default in defaults.items():
        assert default == str(Settings.model_fields[name.removeprefix("KPI_").lower()].default)


def test_grafana_gets_what_its_datasource_asks_for(compose: dict[str, Any]) -> None:
    """Every variable of the provisioning files is in Grafana's environment."""
    files = (checkout() / "grafana/provisioning").rglob("*.yaml")
    asked = {name for file in files for name in re.findall(r"(?<!\$)\$\{?(KPI_\w+)", file.read_text())}

    assert asked <= set(compose["services"]["grafana"]["environment"])


@pytest.mark.parametrize("example", ["env.example", "compose.env.example"])
def test_an_example_copied_as_dotenv_changes_no_setting(
    example: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The service runs with either file as with none; what compose needs is not ours to read."""
    shutil.copyfile(checkout() / "deploy" / example, tmp_path / ".env")
    monkeypatch.chdir(tmp_path)

    assert Settings(_env_file=None) == Settings()


def test_the_example_of_settings_is_complete_and_at_the_defaults(tmp_path: Path) -> None:
    """deploy/env.example names every setting once, and taking every # away changes nothing yet."""
    text = _without_comment_signs(checkout() / "deploy/env.example")
    (tmp_path / ".env").write_text(text)

    assert sorted(_SETTINGS - _LEFT_OUT_OF_THE_EXAMPLE) == sorted(re.findall(r"^(\w+)=", text, re.MULTILINE))
    assert Settings(_env_file=None) == Settings(_env_file=tmp_path / ".env")


def test_the_users_of_clickhouse_are_those_of_the_compose_file(compose: dict[str, Any]) -> None:
    """Each role exists, with a password from a variable that the server's container gets."""
    users = ET.parse(checkout() / "deploy/clickhouse/users.d/kpi.xml").find("users")  # noqa: S314 - our own file
    assert users is not None
    passwords = {user.tag: user.find("password") for user in users if "remove" not in user.attrib}
    given = compose["services"]["clickhouse"]["environment"]
    worker = compose["services"]["worker"]["environment"]

    assert {worker["KPI_CLICKHOUSE_USER"], worker["KPI_CLICKHOUSE_READER_USER"]} == set(passwords)
    assert all(entry is not None and entry.get("from_env") in given for entry in passwords.values())


def _without_comment_signs(example: Path) -> str:
    return re.sub(r"^# (?=\w+=)", "", example.read_text(), flags=re.MULTILINE)
