"""deploy/systemd: units that systemd takes, of commands and settings that exist."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from streams.cli import COMMANDS
from streams.resources import checkout
from streams.settings import Settings

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
    assert named <= {f"KPI_{name.upper()}" for name in Settings.model_fields}


def test_the_target_starts_what_runs_for_long() -> None:
    """With one command everything of a machine starts, but the ingest, which wants tokens first."""
    wanted = re.findall(r"kpi-[\w@]+\.service", (_FOLDER / "kpi.target").read_text())

    assert set(_LONG_RUNNING) == {re.sub(r"@\d", "@", name) for name in wanted}
    assert all("After=kpi-setup.service" in (_FOLDER / name).read_text() for name in _LONG_RUNNING)


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
