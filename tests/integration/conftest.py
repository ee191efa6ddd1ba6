"""What tests of views and of `kpi verify` have in common: an engine a module, a database a test."""

from collections.abc import Iterator

import pytest
from clickhouse_connect.driver.client import Client

from streams.clickhouse_client import writer
from streams.settings import Settings
from tests.folding import empty
from tests.migrated import migrated_clickhouse


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """Give the settings of a running engine with all tables and views."""
    with migrated_clickhouse(tmp_path_factory.mktemp("clickhouse")) as settings:
        yield settings


@pytest.fixture
def client(settings: Settings) -> Iterator[Client]:
    """Give a writer of the generation, whose tables of facts and windows are empty."""
    with writer(settings, "kpi_g1") as client:
        empty(client)
        yield client
