"""What rings in the scenarios of the simulator: exactly what the files of tests/alerts/scenarios list."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from producers.simulate.scenarios import SCENARIOS
from streams.settings import Settings
from tests.migrated import migrated_clickhouse
from tests.programme import FILES, Programme, perform
from tests.theatre import pretend

pytestmark = pytest.mark.integration

# All together take minutes.
QUICK: Final = "customs-outage"


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """Run an engine whose clock the programme turns."""
    with migrated_clickhouse(tmp_path_factory.mktemp("stage")) as settings:
        pretend(settings)
        yield settings


@pytest.mark.parametrize(
    "path",
    [
        pytest.param(path, id=path.stem, marks=[] if path.stem == QUICK else [pytest.mark.long])
        for path in FILES
    ],
)
def test_a_scenario_rings_exactly_what_its_file_lists(stage: Settings, path: Path) -> None:
    """Which rules, where and when, with their ends; on an ordinary day nothing of the trouble."""
    programme = Programme.read(path)

    assert list(programme.rings) == perform(stage, programme)


def test_every_scenario_has_its_list() -> None:
    """Also one that is added later."""
    assert SCENARIOS.keys() == {Programme.read(path).scenario for path in FILES}
