"""Grafana's provisioning: files that it reads as they are meant, and a ClickHouse user that may only read."""

from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
import yaml
from pydantic import ValidationError

from streams.resources import checkout
from streams.wall.board import read_boards
from streams.wall.navigation import home_of
from tests.provisioning import FOLDERS, DatasourceFile, ProviderFile

_PROVISIONING = checkout() / "grafana/provisioning"
FILES = [path for folder in FOLDERS for path in sorted((_PROVISIONING / folder).iterdir())]


def content(path: Path) -> Any:
    """Read a YAML file."""
    return yaml.safe_load(path.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    """Give the services of the compose file."""
    services: dict[str, Any] = content(checkout() / "docker-compose.yml")["services"]
    return services


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_file_has_what_grafana_reads_and_nothing_else(path: Path) -> None:
    """A misspelt key would be passed over in silence."""
    FOLDERS[path.parent.name].model_validate(content(path))


def test_a_misspelt_key_is_seen() -> None:
    """And so is a password that stands in the file."""
    right = content(_PROVISIONING / "datasources/clickhouse.yaml")
    (source,) = right["datasources"]
    spelt = {**source, "jsonData": {**source["jsonData"], "server": "old"}}
    told = {**source, "secureJsonData": {"password": "told"}}

    for wrong in (spelt, told):
        with pytest.raises(ValidationError):
            DatasourceFile.model_validate({**right, "datasources": [wrong]})


def test_boards_are_where_the_provider_looks(compose: dict[str, Any]) -> None:
    """The folder that compose mounts is the provider's, and the home board is one of them."""
    (provider,) = ProviderFile.model_validate(content(_PROVISIONING / "dashboards/kpi.yaml")).providers
    mounts = [mount.split(":") for mount in compose["grafana"]["volumes"]]
    home = home_of(read_boards(checkout() / "grafana/boards"))
    environment = compose["grafana"]["environment"]

    assert ["./grafana/boards", provider.options.path, "ro"] in mounts
    assert ["./grafana/provisioning", "/etc/grafana/provisioning", "ro"] in mounts
    assert home is not None
    shown_first = environment["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"]
    assert f"{provider.options.path}/{home.uid}.json" == shown_first


def test_grafana_is_read_only_and_calls_nobody(compose: dict[str, Any]) -> None:
    """Nobody signs up, explores, publishes a board or takes a snapshot; nothing is reported."""
    environment = compose["grafana"]["environment"]
    closed = {
        "GF_USERS_ALLOW_SIGN_UP", "GF_EXPLORE_ENABLED", "GF_SNAPSHOTS_ENABLED", "GF_NEWS_NEWS_FEED_ENABLED",
        "GF_PUBLIC_DASHBOARDS_ENABLED", "GF_ANALYTICS_REPORTING_ENABLED", "GF_ANALYTICS_CHECK_FOR_UPDATES",
        "GF_PLUGINS_PREINSTALL_AUTO_UPDATE",
    }  # fmt: skip

    assert {"false"} == {environment[name] for name in closed}
    assert environment["GF_SECURITY_ADMIN_PASSWORD"].startswith("${GATEKPI_GRAFANA_PASSWORD:?")
    assert "Asia/Ho_Chi_Minh" == environment["GF_DATE_FORMATS_DEFAULT_TIMEZONE"] == environment["TZ"]


def test_boards_refresh_no_faster_than_grafana_lets_them(compose: dict[str, Any]) -> None:
    """Else it would show them at its own pace, and say nothing."""
    least = compose["grafana"]["environment"]["GF_DASHBOARDS_MIN_REFRESH_INTERVAL"]
    boards = read_boards(checkout() / "grafana/boards")

    assert all(board.refresh_s >= float(least.removesuffix("s")) for board in boards if board.refresh)


def test_the_reader_may_select_and_nothing_else(compose: dict[str, Any]) -> None:
    """Whoever looks at a board can send any SQL as this user: no file, no address, no lifted limit."""
    users = ET.parse(checkout() / "deploy/clickhouse/users.d/kpi.xml")  # noqa: S314 - our own file
    reader = users.find("users/kpi_reader")
    profile = users.find(f"profiles/{reader.findtext('profile') if reader is not None else ''}")
    assert reader is not None
    assert profile is not None
    (source,) = content(_PROVISIONING / "datasources/clickhouse.yaml")["datasources"]
    environment = compose["grafana"]["environment"]

    assert "kpi_reader" == environment[source["jsonData"]["username"].removeprefix("$")]
    grants = {grant.text for grant in reader.findall("grants/query")}
    # The last is what a view asks for that uses numbers().
    assert {
        "GRANT SELECT ON kpi*.*",
        "GRANT SELECT ON system.disks",
        "GRANT CREATE TEMPORARY TABLE ON *.*",
    } == grants
    # Grafana's plugin sets a time limit on each query, which readonly=1 refuses.
    assert "2" == profile.findtext("readonly")
    for limit in ("max_execution_time", "max_memory_usage"):
        assert int(profile.findtext(limit) or 0) > 0
        assert profile.find(f"constraints/{limit}") is not None
    # The plugin asks for its own time limit and five seconds more.
    most = int(profile.findtext("constraints/max_execution_time/max") or 0)
    assert most >= int(source["jsonData"]["queryTimeout"]) + 5
