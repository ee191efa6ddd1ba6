"""docker-compose.yml and deploy/env.example name only what there is."""

import re
from typing import Any
from xml.etree import ElementTree as ET

import pytest
import yaml
from dotenv import dotenv_values

from streams.cli import COMMANDS
from streams.resources import checkout
from streams.settings import Settings

_SETTINGS = {f"KPI_{name.upper()}" for name in Settings.model_fields}
# A container has its own folder and reads the registry of the image; the wall's host is the container's.
_LEFT_OUT_OF_THE_EXAMPLE = {"KPI_HOME", "KPI_REGISTRY", "KPI_WALL_HOST"}


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


def test_every_variable_of_the_compose_file_is_a_setting() -> None:
    """What .env may hold for compose is a setting of the service, and so explained by `kpi settings`."""
    asked = set(re.findall(r"\$\{(\w+)", (checkout() / "docker-compose.yml").read_text()))

    assert asked <= _SETTINGS


def test_grafana_gets_what_its_datasource_asks_for(compose: dict[str, Any]) -> None:
    """Every variable of the provisioning files is in Grafana's environment."""
    files = (checkout() / "grafana/provisioning").rglob("*.yaml")
    asked = {name for file in files for name in re.findall(r"(?<!\$)\$\{?(KPI_\w+)", file.read_text())}

    assert asked <= set(compose["services"]["grafana"]["environment"])


def test_the_example_of_settings_is_complete_and_valid() -> None:
    """deploy/env.example names every setting once, with values that the settings take."""
    example = dotenv_values(checkout() / "deploy/env.example")

    assert _SETTINGS - _LEFT_OUT_OF_THE_EXAMPLE == set(example)
    Settings(_env_file=checkout() / "deploy/env.example")


def test_the_users_of_clickhouse_are_those_of_the_compose_file(compose: dict[str, Any]) -> None:
    """Each role exists, with a password from a variable that the server's container gets."""
    users = ET.parse(checkout() / "deploy/clickhouse/users.d/kpi.xml").find("users")  # noqa: S314 - our own file
    assert users is not None
    passwords = {user.tag: user.find("password") for user in users if "remove" not in user.attrib}
    given = compose["services"]["clickhouse"]["environment"]
    worker = compose["services"]["worker"]["environment"]

    assert {worker["KPI_CLICKHOUSE_USER"], worker["KPI_CLICKHOUSE_READER_USER"]} == set(passwords)
    assert all(entry is not None and entry.get("from_env") in given for entry in passwords.values())
