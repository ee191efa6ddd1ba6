"""deploy/systemd: units that systemd takes, of commands and settings that exist."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from streams.cli import COMMANDS
from streams.resources import checkout
from streams.settings import SECRETS_DIR, Settings

_FOLDER = checkout() / "deploy/systemd"
_UNITS = sorted(path.name for path in _FOLDER.iterdir())
_LONG_RUNNING = ("kpi-worker@.service", "kpi-wall.service", "kpi-alerts.service")


@pytest.mark.parametrize("unit", [name for name in _UNITS if name.endswith(".service")])
def test_units_run_our_commands_with_settings_that_exist(unit: str) -> None:
    """Nothing is misspelt."""
    text = (_FOLDER / unit).read_text()
    commands = re.findall(r"/opt/kpi/bin/kpi (\S+)", text)
    named = set(re.findall(r"(KPI_\w+)=", text))

    assert commands
    assert set(commands) <= set(COMMANDS)
    assert named <= {f"KPI_{name.upper()}" for name in Settings.model_fields} | {SECRETS_DIR}


def test_the_target_starts_what_runs_for_long() -> None:
    """With one command everything of a machine starts, but the ingest, which wants tokens first."""
    wanted = re.findall(r"kpi-[\w@]+\.service", (_FOLDER / "kpi.target").read_text())

    assert set(_LONG_RUNNING) == {re.sub(r"@\d", "@", name) for name in wanted}
    assert all("After=kpi-setup.service" in (_FOLDER / name).read_text() for name in _LONG_RUNNING)


def test_no_service_shares_a_user_a_state_folder_or_passwords() -> None:
    """Who breaks into the ingest reads neither backups nor what another logs in with."""
    services = [name for name in _UNITS if name.endswith(".service")]
    texts = {name: (_FOLDER / name).read_text() for name in services}

    for key in ("StateDirectory", "LoadCredential=kpi", "EnvironmentFile"):
        values = [re.findall(rf"^{key}[=:](.+)$", text, re.MULTILINE)[-1] for text in texts.values()]
        assert len(services) == len(set(values)), key
    users = [user for text in texts.values() for user in re.findall(r"^User=(.+)$", text, re.MULTILINE)]
    assert ["kpi-alerts", "kpi-ingest"] == sorted(users)
    assert all("\nUser=" in text or "\nDynamicUser=yes\n" in text for text in texts.values())


def test_a_site_comes_back_though_its_servers_are_late() -> None:
    """The setup is tried again for ever, and no service stays down because it had failed."""
    setup = (_FOLDER / "kpi-setup.service").read_text()

    assert {"Restart=on-failure", "RestartSec=10", "StartLimitIntervalSec=0"} <= set(setup.splitlines())
    for name in (*_LONG_RUNNING, "kpi-ingest.service"):
        lines = (_FOLDER / name).read_text().splitlines()
        assert "Wants=kpi-setup.service" in lines
        assert not any(line.startswith(("Requires=", "BindsTo=", "Requisite=")) for line in lines)


def test_a_token_comes_before_the_ingest() -> None:
    """Without one it ends for good: what an operator copies is in that order."""
    page = (checkout() / "deploy/operations.md").read_text(encoding="utf-8").partition("## systemd")[2]

    assert -1 < page.index("produce token") < page.index("enable --now kpi-ingest")


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed")
def test_systemd_takes_them(tmp_path: Path) -> None:
    """Every key and value is one that systemd knows; processes may do little beyond the network."""
    for name in _UNITS:
        text = (_FOLDER / name).read_text().replace("/opt/kpi/bin/kpi", "/bin/true")
        (tmp_path / name).write_text(text)
    (tmp_path / "kpi-worker@1.service").write_text((tmp_path / "kpi-worker@.service").read_text())
    files = [str(tmp_path / name) for name in ("kpi-worker@1.service", *_UNITS) if "@." not in name]
    done = _analyze(tmp_path, "verify", "--man=no", *files)

    assert not [line for line in done.splitlines() if "kpi" in line], done
    for name in ("kpi-worker@1.service", "kpi-ingest.service", *_LONG_RUNNING[1:]):
        assert "OK" in _analyze(tmp_path, "security", "--offline=yes", "--threshold=30", str(tmp_path / name))


def _analyze(folder: Path, *arguments: str) -> str:
    environment = {"SYSTEMD_UNIT_PATH": f"{folder}:", "PATH": "/usr/bin:/bin"}
    command = [shutil.which("systemd-analyze") or "", *arguments]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    return done.stdout + done.stderr
