"""docker-compose.yml and the examples of .env name only what there is."""

import re
import shutil
from io import StringIO
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
import yaml
from compose_spec import PyCompose
from dotenv import dotenv_values

from streams.cli import COMMANDS
from streams.resources import checkout
from streams.settings import Settings

_SETTINGS = {f"KPI_{name.upper()}" for name in Settings.model_fields}
# Their defaults depend on where the service is installed.
_LEFT_OUT_OF_THE_EXAMPLE = {
    "KPI_HOME",
    "KPI_REGISTRY",
    "KPI_SUBSCRIBERS",
    "KPI_ALERT_RULES",
    "KPI_ALERTS_TOKEN_FILE",
}


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    """Give the compose file, its anchors resolved."""
    content: dict[str, Any] = yaml.safe_load((checkout() / "docker-compose.yml").read_text())
    return content


def test_our_services_run_commands_that_exist(compose: dict[str, Any]) -> None:
    """Each container of our image starts a known subcommand with settings that exist."""
    ours = {name: part for name, part in compose["services"].items() if part["image"] == "laocai-gate-kpi"}

    assert {"migrate", "topics", "targets", "worker", "wall", "alerts", "ingest", "simulate"} == set(ours)
    for part in ours.values():
        assert part["command"][0] in COMMANDS
        assert set(part["environment"]) <= _SETTINGS


def test_it_keeps_to_the_specification_of_compose(compose: dict[str, Any]) -> None:
    """Every key and every value is one that compose knows, its variables at their defaults."""
    text = re.sub(
        r"\$\{\w+:([-?])([^}]*)\}",
        lambda found: found[2] if found[1] == "-" else "x",
        yaml.safe_dump(compose),
    )

    assert set(compose["services"]) == set(PyCompose.from_yaml(text).service_names())
    with pytest.raises(ValueError, match="restarts"):
        PyCompose.from_yaml(text.replace("restart:", "restarts:", 1))


def test_every_container_has_limits_and_ours_may_do_nothing_special(compose: dict[str, Any]) -> None:
    """One that runs wild takes its own share only; ours have a root that cannot be written to."""
    for part in compose["services"].values():
        assert {"mem_limit", "cpus", "pids_limit", "logging"} <= set(part)
        if part["image"] == "laocai-gate-kpi":
            assert (True, ["ALL"]) == (part["read_only"], part["cap_drop"])
            assert ["no-new-privileges:true"] == part["security_opt"]


def test_every_image_of_others_is_named_by_its_version(compose: dict[str, Any]) -> None:
    """An update is a change of this file."""
    others = {part["image"] for part in compose["services"].values()} - {"laocai-gate-kpi"}

    assert 3 == len(others)
    assert all(re.fullmatch(r"[\w/-]+:\d+\.\d+(\.\d+)?", image) for image in others)


def test_every_service_that_is_waited_for_exists(compose: dict[str, Any]) -> None:
    """`depends_on` names services, and who is waited for as healthy has a health check."""
    for part in compose["services"].values():
        for name, how in part.get("depends_on", {}).items():
            assert name in compose["services"]
            if how["condition"] == "service_healthy":
                assert "healthcheck" in compose["services"][name]


@pytest.mark.parametrize(("service", "port"), [("worker", "metrics_port"), ("alerts", "alerts_metrics_port")])
def test_health_is_asked_at_a_services_own_port(compose: dict[str, Any], service: str, port: str) -> None:
    """The check is no shell script, and the port is the setting's default."""
    command = compose["services"][service]["healthcheck"]["test"]

    assert ["CMD", "python", "-c"] == command[:3]
    assert f"127.0.0.1:{Settings.model_fields[port].default}/ready" in command[3]


def test_every_volume_exists(compose: dict[str, Any]) -> None:
    """Named volumes are declared, and what is mounted from the checkout is there."""
    volumes = [volume for part in compose["services"].values() for volume in part.get("volumes", [])]
    mounted = [re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", volume).split(":")[0] for volume in volumes]
    named = {source for source in mounted if not source.startswith(".")}

    assert set(compose["volumes"]) == named
    assert all((checkout() / source).exists() for source in mounted if source.startswith("."))


def test_a_gate_can_be_added_without_a_new_image(compose: dict[str, Any]) -> None:
    """Every process reads the registry of the site, which is mounted where the setting says."""
    ours = [part for part in compose["services"].values() if part["image"] == "laocai-gate-kpi"]

    for part in ours:
        path = part["environment"]["KPI_REGISTRY"]
        assert f"${{GATEKPI_REGISTRY:-./deploy/registry.toml}}:{path}:ro" in part["volumes"]


def test_secret_addresses_of_subscribers_reach_the_alerts(compose: dict[str, Any]) -> None:
    """From a file that need not be there, and that neither git nor the image keeps."""
    [given] = compose["services"]["alerts"]["env_file"]

    assert {"path": "alerts.env", "required": False} == given
    for name in (".gitignore", ".dockerignore"):
        assert given["path"] in (checkout() / name).read_text().split()


def test_ports_are_open_on_this_machine_only(compose: dict[str, Any]) -> None:
    """No container listens to the network outside."""
    ports = [port for part in compose["services"].values() for port in part.get("ports", [])]

    assert ports
    assert all(port.startswith("127.0.0.1:") for port in ports)


def test_the_variables_of_the_compose_file_are_those_of_its_example() -> None:
    """Each has its line there, with the default that the compose file gives it; those without one are set."""
    asked = re.findall(r"\$\{(\w+):([-?])([^}]*)\}", (checkout() / "docker-compose.yml").read_text())
    required = {name for name, kind, _ in asked if kind == "?"}
    example = checkout() / ".env.example"
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


@pytest.mark.parametrize("example", ["deploy/env.example", ".env.example"])
def test_an_example_copied_as_dotenv_changes_no_setting(
    example: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The service runs with either file as with none; what compose needs is not ours to read."""
    shutil.copyfile(checkout() / example, tmp_path / ".env")
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
    named = {
        part["environment"][name]
        for part in compose["services"].values()
        for name in ("KPI_CLICKHOUSE_USER", "KPI_CLICKHOUSE_READER_USER")
        if name in part.get("environment", {})
    }

    # Replays are run by hand, as the user that is there for them.
    assert named | {"kpi_replay"} == set(passwords)
    assert all(entry is not None and entry.get("from_env") in given for entry in passwords.values())


def _without_comment_signs(example: Path) -> str:
    return re.sub(r"^# (?=\w+=)", "", example.read_text(), flags=re.MULTILINE)
