"""`kpi check` with nothing there: each part in words, exit code 3, no stack trace."""

from contextlib import nullcontext
from pathlib import Path
from types import SimpleNamespace

import pytest
from aiokafka.errors import CoordinatorLoadInProgressError, GroupIdNotFound

from streams import health
from streams.commands.check_parts import lag_report
from streams.core.record import PartitionId
from streams.errors import EXIT_DONE, EXIT_NO
from streams.health import Progress
from streams.settings import Settings
from tests.line import kpi
from tests.servers import nothing_answers


def test_what_is_away_is_told_part_by_part(tmp_path: Path) -> None:
    """Both servers are away; each line says what does not answer, and where."""
    settings = nothing_answers(tmp_path)

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


class Coordinator:
    """Describes every group by the next answer of Kafka's: an error, and whoever is listed beside it."""

    def __init__(self, *answers: tuple[int, list[str]]) -> None:
        self._answers = iter(answers)

    async def describe_consumer_groups(self, _: list[str]) -> list[SimpleNamespace]:
        code, there = next(self._answers)
        return [SimpleNamespace(groups=[(code, "kpi-worker", "", "consumer", "", there)])]


@pytest.mark.parametrize(
    ("coordinator", "count"),
    [
        pytest.param(Coordinator((0, ["a", "b"])), 2, id="two workers"),
        pytest.param(Coordinator((GroupIdNotFound.errno, [])), 0, id="no such group"),
        pytest.param(
            Coordinator((CoordinatorLoadInProgressError.errno, []), (0, ["a"])), 1, id="it did not know yet"
        ),
    ],
)
async def test_a_group_is_empty_only_if_its_coordinator_says_so(
    coordinator: Coordinator, count: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that has just become it lists nobody and is asked again: workers may be at work all the same."""
    monkeypatch.setattr(health, "admin_client", lambda _: nullcontext(coordinator))

    assert count == await health.workers(Settings(_env_file=None))


FLOWING, STANDING = PartitionId("factory.output", 0), PartitionId("gate.crossing", 1)


def at(end: int, done: int) -> Progress:
    """Give a partition whose records are stored and committed up to an offset."""
    return Progress(end, done, done, end)


def test_what_is_on_its_way_is_no_growing_lag() -> None:
    """In a steady flow some records always wait, now a few more, now a few less."""
    report = lag_report({FLOWING: at(1_000, 960)}, {FLOWING: at(1_100, 1_048)}, 2)

    assert (EXIT_DONE, "40 records are not stored yet") == report


def test_a_lag_older_than_the_look_that_grows_is_told() -> None:
    """More waits than came meanwhile, and more of it than before: the workers do not keep up."""
    report = lag_report({FLOWING: at(1_000, 500)}, {FLOWING: at(1_100, 530)}, 2)

    assert (EXIT_NO, "500 records are not stored yet, and it grows: 70 more after 2 s") == report


def test_history_that_is_filled_in_is_no_lag() -> None:
    """It comes in gusts as large as the workers are let lag: some seconds' work for them."""
    report = lag_report({FLOWING: at(40_000, 15_000)}, {FLOWING: at(50_000, 24_000)}, 2)

    assert (EXIT_DONE, "25,000 records are not stored yet") == report


def test_a_partition_that_falls_behind_is_told_though_the_others_are_quick() -> None:
    """One worker of several is slow: what the others store is no help."""
    first = {FLOWING: at(1_000, 1_000), STANDING: at(20_000, 0)}
    later = {FLOWING: at(5_000, 5_000), STANDING: at(20_050, 10)}

    assert EXIT_NO == lag_report(first, later, 2).state


def test_a_partition_that_stands_is_told_though_the_others_flow() -> None:
    """The sum would hide it: much was stored, but nothing of that one."""
    first = {FLOWING: at(1_000, 960), STANDING: at(7, 4)}
    later = {FLOWING: at(9_000, 8_990), STANDING: at(7, 4)}

    state, words = lag_report(first, later, 10)

    assert EXIT_NO == state
    assert words == "43 records are not stored yet, and in 10 s none of them was in gate.crossing/1"


def test_a_partition_that_is_done_or_moves_does_not_stand() -> None:
    """What waited is stored, or some of it is."""
    first = {FLOWING: at(1_000, 960), STANDING: at(7, 4)}

    assert EXIT_DONE == lag_report(first, {FLOWING: at(1_000, 1_000), STANDING: at(9, 7)}, 2).state
