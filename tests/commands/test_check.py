"""`kpi check` with nothing there: each part in words, exit code 3, no stack trace."""

from pathlib import Path

from streams.ports import free_port
from streams.settings import Settings
from tests.line import kpi


def test_what_is_away_is_told_part_by_part(tmp_path: Path) -> None:
    """Both servers are away; each line says what does not answer, and where."""
    settings = Settings(
        _env_file=None,
        home=tmp_path,
        kafka_bootstrap=f"127.0.0.1:{free_port()}",
        clickhouse_url=f"http://127.0.0.1:{free_port()}",
    )

    told = kpi(settings, "check")

    assert 3 == told.returncode
    lines = {line.split()[1]: line for line in told.stdout.splitlines()}
    for part in ("Kafka", "workers"):
        assert f"Kafka does not answer at {settings.kafka_bootstrap}" in lines[part]
        assert lines[part].startswith("down")
    for part in ("ClickHouse", "database", "generation", "partitions", "events"):
        assert f"ClickHouse does not answer at {settings.clickhouse_url}" in lines[part]
        assert lines[part].startswith("down")
    assert lines["lag"].startswith("down")
    assert "" == told.stderr
