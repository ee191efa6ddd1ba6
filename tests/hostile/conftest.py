"""One Kafka and one engine for the tests of a session; each test has topics and tables of its own."""

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count

import pytest

from streams.settings import Settings
from tests.forked import Forked
from tests.line import start_worker
from tests.migrated import migrated_clickhouse
from tests.servers import local_kafka, stop
from tests.site import Site

_NUMBERS = count()


class HostileSite(Site):
    """A site whose breakers are off: nearly all that comes is bad, and all of it is to be buried."""

    @contextmanager
    def worker(self) -> Iterator[Forked]:
        """Run a worker."""
        worker = start_worker(self.settings, KPI_DLQ_BREAKER="off", KPI_BATCH_RECORDS="5000")
        try:
            yield worker
        finally:
            stop(worker)


@pytest.fixture(scope="session")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """Give settings that reach running servers."""
    home = tmp_path_factory.mktemp("hostile")
    with local_kafka(home) as bootstrap, migrated_clickhouse(home) as engine:
        yield engine.model_copy(update={"kafka_bootstrap": bootstrap})


@pytest.fixture
def site(servers: Settings) -> HostileSite:
    """Give a site of its own to a test."""
    name = f"hostile{next(_NUMBERS)}"
    return HostileSite(servers.model_copy(update={"database": name, "topic_prefix": f"{name}."}))
