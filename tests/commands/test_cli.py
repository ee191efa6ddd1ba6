"""The command line as a whole: its list, its errors, its exit codes."""

import socket
import sys
from pathlib import Path

import pytest

from streams.cli import COMMANDS, main
from streams.local.instance import Instance


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    """Run `kpi` in this process and give its exit code."""
    monkeypatch.setattr(sys, "argv", ["kpi", *arguments])
    with pytest.raises(SystemExit) as end:
        main()
    return int(end.value.code or 0)


def test_the_list_names_every_command(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """`kpi --help` shows names, and imports none of the commands."""
    code = run(monkeypatch, "--help")
    shown = capsys.readouterr().out

    assert code == 0
    assert all(f" {name} " in shown for name in COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(
    command: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each has a help text; one without subcommands of its own shows an example."""
    code = run(monkeypatch, command, "--help")
    shown = capsys.readouterr().out

    assert code == 0
    assert "Example" in shown or "Commands" in shown


def test_a_wrong_setting_is_one_clear_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The text names the variable, the exit code says wrong usage."""
    monkeypatch.setenv("KPI_WALL_PORT", "many")

    assert run(monkeypatch, "settings") == 2
    assert "KPI_WALL_PORT" in capsys.readouterr().err


def test_up_refuses_a_taken_port(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The text names the port and the setting to change."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        code = run(monkeypatch, "up", "--home", str(tmp_path), "--wall-port", str(port))

    assert code == 2
    assert f"port {port} is taken by another program; set KPI_WALL_PORT" in capsys.readouterr().err


def test_up_refuses_a_kafka_elsewhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """`kpi up` runs its own broker, and says so instead of using another one."""
    monkeypatch.setenv("KPI_KAFKA_BOOTSTRAP", "kafka.example:9092")

    assert run(monkeypatch, "up", "--home", str(tmp_path)) == 2
    assert "it must be 127.0.0.1:PORT" in capsys.readouterr().err


def test_fresh_asks_before_it_deletes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a yes the data stays and nothing starts."""
    data = tmp_path / "kafka" / "data"
    data.mkdir(parents=True)
    monkeypatch.setattr("typer.confirm", lambda _: False)

    assert run(monkeypatch, "up", "--fresh", "--home", str(tmp_path)) == 1
    assert data.is_dir()


def test_down_without_anything_running_is_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing to stop is exit 0."""
    assert run(monkeypatch, "down", "--home", str(tmp_path)) == 0
    assert "nothing runs" in capsys.readouterr().out


def test_a_second_instance_of_a_home_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The text names the running process and how to stop it."""
    with Instance(tmp_path).hold():
        code = run(monkeypatch, "up", "--home", str(tmp_path))

    assert code == 1
    assert "stop it with: kpi down" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("name", "value"),
    [("KPI_KAFKA_TLS", "on"), ("KPI_KAFKA_USER", "me"), ("KPI_CLICKHOUSE_URL", "https://127.0.0.1:8123")],
)
def test_up_looks_for_no_tls_at_its_own_servers(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, value: str
) -> None:
    """It says what to unset, before anything starts."""
    monkeypatch.setenv(name, value)
    monkeypatch.setenv("KPI_HOME", str(tmp_path / "home"))

    assert 2 == run(monkeypatch, "up")
    assert f"{name}: kpi up runs its own servers" in capsys.readouterr().err
    assert not (tmp_path / "home").exists()
