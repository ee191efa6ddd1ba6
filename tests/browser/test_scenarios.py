"""The walls in each scenario of the simulator, as an operations centre would see them at this hour.

The pictures stay: `pytest -m long tests/browser/test_scenarios.py --basetemp=build/pictures`.
"""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from streams.clock import HANOI
from tests.migrated import migrated_clickhouse
from tests.programme import FILES, Programme
from tests.walls import WALLS, assert_fits, beside_the_browser, running_wall, wait_for_numbers
from tests.worlds import seed_scenario

pytestmark = [pytest.mark.integration, pytest.mark.browser, pytest.mark.long, pytest.mark.timeout(600)]


@pytest.mark.parametrize("file", FILES, ids=[file.stem for file in FILES])
def test_every_wall_fits_its_screen_in_a_scenario(page: Page, tmp_path: Path, file: Path) -> None:
    """Whatever happens in the province: nothing is cut off or too small, and no panel has a problem."""
    programme = Programme.read(file)
    first, last = (at.astimezone(HANOI).date() for at in (programme.warm, programme.end))
    with migrated_clickhouse(tmp_path / "home") as settings:
        beside_the_browser(seed_scenario, settings, programme.scenario, first, last)
        with running_wall(settings) as url:
            for board in WALLS:
                page.goto(f"{url}/d/{board.uid}")
                wait_for_numbers(page, board)
                page.screenshot(path=tmp_path / f"{file.stem}-{board.uid}.png")
                expect(page.locator(".problem:visible")).to_have_count(0)
                assert_fits(page)
