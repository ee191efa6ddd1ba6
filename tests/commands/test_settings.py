"""`kpi settings`."""

import sys
from pathlib import Path

import pytest

from streams.cli import main
from streams.commands.settings import source_of
from streams.errors import UsageError
from streams.settings import Settings, load_settings


@pytest.mark.parametrize(
    ("environ", "dotenv", "source"),
    [
        pytest.param({"KPI_SEED": "1"}, {"KPI_SEED": "2"}, "environment", id="the environment wins"),
        pytest.param({"kpi_seed": "1"}, {}, "environment", id="in lower case too"),
        pytest.param({}, {"KPI_SEED": "2"}, ".env", id="then .env"),
        pytest.param({"KPI_SEEDS": "1"}, {}, "default", id="else the default"),
    ],
)
def test_the_source_is_where_the_value_comes_from(
    environ: dict[str, str], dotenv: dict[str, str | None], source: str
) -> None:
    """The environment comes before .env, .env before the default."""
    assert source == source_of("KPI_SEED", environ, dotenv)


def test_settings_show_all_but_secrets(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every setting stands there with its meaning; a password is masked, wherever it comes from."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".env").write_text("KPI_CLICKHOUSE_PASSWORD=canary-in-file\n")
    monkeypatch.setenv("KPI_CLICKHOUSE_READER_PASSWORD", "canary-in-environment")
    monkeypatch.setattr(sys, "argv", ["kpi", "settings"])

    with pytest.raises(SystemExit):
        main()
    shown = capsys.readouterr().out

    assert all(f"KPI_{name.upper()}" in shown for name in Settings.model_fields)
    assert "canary" not in shown
    assert shown.count("********") == 2


def test_a_secret_can_come_from_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A folder holds one file a setting; the environment wins, and a folder that is not there is said."""
    (tmp_path / "kpi_kafka_password").write_text("canary\n")
    (tmp_path / "kpi_clickhouse_password").write_text("canary\n")
    monkeypatch.setenv("KPI_SECRETS_DIR", str(tmp_path))
    monkeypatch.setenv("KPI_CLICKHOUSE_PASSWORD", "other")

    settings = load_settings()
    with pytest.raises(SystemExit):
        main(["settings"])
    shown = capsys.readouterr().out

    assert "canary" == settings.kafka_password.get_secret_value()
    assert "other" == settings.clickhouse_password.get_secret_value()
    assert "canary" not in shown
    assert "KPI_KAFKA_PASSWORD ******** secret file" in " ".join(shown.split())
    monkeypatch.setenv("KPI_SECRETS_DIR", str(tmp_path / "nowhere"))
    with pytest.raises(UsageError, match="KPI_SECRETS_DIR"):
        load_settings()


def test_workers_of_other_topics_are_another_group() -> None:
    """Two installations on one Kafka share neither rebalances nor a rebuild's wait for its workers."""
    assert "kpi-worker" == Settings(_env_file=None).worker_group
    assert "test.kpi-worker" == Settings(_env_file=None, topic_prefix="test.").worker_group
