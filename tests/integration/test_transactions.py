"""A producer with transactions: the markers that end them lie in the log, and are no records."""

import asyncio
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from streams import clock
from streams.core.record import PartitionId
from streams.health import drained, lag
from streams.ports import free_port
from streams.settings import Settings
from streams.topics import partition_of
from tests.events import crossing
from tests.migrated import migrated_clickhouse
from tests.servers import get, local_kafka
from tests.site import PATIENCE_S, Site, rows_of

pytestmark = pytest.mark.integration
PARTITION = PartitionId("gate.crossing", 1)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Give a site whose worker shows its metrics, on a broker and an engine of its own."""
    home = tmp_path_factory.mktemp("transactions")
    with local_kafka(home) as bootstrap, migrated_clickhouse(home) as engine:
        reached: dict[str, Any] = {"kafka_bootstrap": bootstrap, "metrics_port": free_port()}
        yield Site(engine.model_copy(update=reached))


def crossings(first: int) -> list[dict[str, Any]]:
    """Give five visits that cross, all in one partition."""
    visits = [visit for visit in (f"V-{n}" for n in range(100)) if partition_of(visit.encode(), 4) == 1]
    return [crossing(n + 1, visits[n], "crossed", n * 1000) for n in range(first, first + 5)]


def shown_lag(settings: Settings) -> float:
    """Ask a worker how many records it has yet to store; infinity until it has read all partitions."""
    url = f"http://127.0.0.1:{settings.metrics_port}/metrics"
    try:
        lines = get(url).text.splitlines()
    except httpx.HTTPError:
        return float("inf")
    shown = [float(line.split()[-1]) for line in lines if line.startswith("kpi_lag_records{")]
    return sum(shown) if shown else float("inf")


def work_until_no_lag_is_shown(site: Site) -> None:
    """Let a worker store all that was sent, and wait until its own lag says so."""
    with site.worker():
        assert {} == asyncio.run(drained(site.settings, PATIENCE_S)), site.log()
        deadline = clock.monotonic() + PATIENCE_S
        while shown_lag(site.settings):
            assert clock.monotonic() < deadline, site.log()
            time.sleep(0.2)


def test_a_log_that_ends_with_markers_is_drained_for_all_who_ask(site: Site) -> None:
    """For `kpi check`, and for the lag that the watchdog goes by; also where a worker reads nothing else."""
    site.send_in_a_transaction(*crossings(0))
    work_until_no_lag_is_shown(site)
    work_until_no_lag_is_shown(site)
    assert 0 == sum(at.behind for at in asyncio.run(lag(site.settings)).values())

    site.send_in_a_transaction(*crossings(5))
    assert [PARTITION] == list(asyncio.run(drained(site.settings, 0)))
    site.work()
    assert rows_of(crossings(0) + crossings(5)) == site.rows()
