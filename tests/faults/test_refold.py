"""The same log folded again into other databases: the same bits, however it is cut and whoever folds it."""

import time
from random import Random
from typing import Final

import pytest
from clickhouse_connect.driver.client import Client

from streams.settings import Settings
from tests.faults.stand import Stand
from tests.faults.stored import engine, generation
from tests.migrated import copy_database

pytestmark = pytest.mark.integration
# Everything but the moments at which a worker wrote.
_TABLES: Final = (
    "events", "entities", "findings", "gate_states", "targets", "declarations", "dead_letters",
    "trade_minute", "trade_day", "crossings_minute", "crossings_day", "latency_minute", "latency_day",
    "waiting", "output_hour", "output_day", "commodity_day", "revenue_day",
    "finished", "steps_day", "holding",
    "line_state_hour", "restatement_day",
)  # fmt: skip


def test_another_fold_of_the_log_is_the_same_to_the_bit(line: Stand) -> None:
    """One database in large batches by one worker; another in small ones by two, killed now and then."""
    line.send(1_200)
    line.run_until_drained()
    line.assert_invariants()
    again = _database(line, "again")
    _fold_disturbed(again)
    line.tally.faults += again.tally.faults

    assert _checksums(line.settings) == _checksums(again.settings)


def test_a_second_fold_beside_the_live_line_changes_nothing(line: Stand) -> None:
    """A shadow of the whole log is folded in a group of its own while events flow; its worker dies once."""
    line.send(800)
    shadow = _database(line, "shadow")
    live = line.start_worker()
    with line.flow(100):
        line.wait_until(line.committed)
        first = shadow.start_worker(test_group="shadow", batch_records=20)
        shadow.wait_until(lambda: sum(shadow.consumed().values()) > 200)
        shadow.kill(first)
        shadow.start_worker(test_group="shadow", batch_records=200)
    line.tally.faults += shadow.tally.faults
    line.assert_invariants()
    ends = {place: end for place, end in line.ends().items() if end}
    shadow.wait_until(lambda: {place: at + 1 for place, at in shadow.consumed().items()} == ends)

    assert live.poll() is None
    assert _checksums(line.settings) == _checksums(shadow.settings)


def _fold_disturbed(again: Stand) -> None:
    chance = Random(again.settings.database + str(again.seed))  # noqa: S311 - repeatable
    pair = [again.start_worker(batch_records=chance.randint(20, 100)) for _ in range(2)]
    for number in range(3):
        time.sleep(chance.uniform(0, 1.5))
        again.kill(pair[number % 2])
        pair[number % 2] = again.start_worker(batch_records=chance.randint(60, 300))
    again.drain()
    for worker in pair:
        assert 0 == again.stop(worker), again.log_tail()


def _database(line: Stand, name: str) -> Stand:
    """Give a stand on the same topics with a database of its own, which begins with nothing."""
    settings = line.settings.model_copy(update={"database": f"{line.settings.database}_{name}"})
    copy_database(settings)
    stand = Stand(line.servers, settings, line.seed, workers=line.workers)
    stand.log = line.log
    return stand


def _checksums(settings: Settings) -> dict[str, tuple[int, int]]:
    """Count the rows of each table and sum their hashes, over every column."""
    with engine(settings) as client:
        return {table: _checksum(client, f"{generation(settings)}.{table}") for table in _TABLES}


def _checksum(client: Client, table: str) -> tuple[int, int]:
    # As text: the hash of a row with a null in it would be null.
    sql = f"SELECT count(), sum(cityHash64(formatRow('TSV', *))) FROM {table} FINAL"
    count, hashes = client.query(sql).result_rows[0]
    return int(count), int(hashes)
