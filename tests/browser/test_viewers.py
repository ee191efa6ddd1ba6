"""Twenty screens at once look at one wall: all are fresh, and the database is asked as if there were one."""

import re
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Final

import pytest
from playwright.sync_api import Browser, Page, expect

from streams import clock
from streams.clickhouse_client import scalar, writer
from streams.settings import Settings
from tests.migrated import migrated_clickhouse
from tests.walls import PATIENCE_MS, WALLS, beside_the_browser, running_wall, wait_for_numbers
from tests.worlds import seed_world

pytestmark = [pytest.mark.integration, pytest.mark.browser, pytest.mark.long, pytest.mark.timeout(900)]

_VIEWERS: Final = 20
_WATCHED_S: Final = 30
_LATE_S: Final = 15
_ASKED: Final = "SELECT sum(value) FROM system.events WHERE event = 'SelectQuery'"
[BOARD] = (board for board in WALLS if board.uid == "tong-quan")


@pytest.fixture
def settings(tmp_path: Path) -> Iterator[Settings]:
    """Run an engine over the simulated world."""
    with migrated_clickhouse(tmp_path) as settings:
        beside_the_browser(seed_world, settings)
        yield settings


def asked_meanwhile(settings: Settings) -> int:
    """Count the queries of a stretch of time."""
    with writer(settings) as client:
        before = int(scalar(client, _ASKED))
        # What is counted is what happens in so long.
        time.sleep(_WATCHED_S)
        return int(scalar(client, _ASKED)) - before


def open_page(running: ExitStack, browser: Browser, url: str) -> Page:
    """Open the board as another screen would."""
    context = running.enter_context(browser.new_context(viewport={"width": 1920, "height": 1080}))
    page = context.new_page()
    page.goto(f"{url}/d/{BOARD.uid}", timeout=PATIENCE_MS)
    wait_for_numbers(page, BOARD)
    return page


def shown_late_s(page: Page) -> float:
    """Tell how late the clock is that a page shows; one whose connection died stands still."""
    shown = re.search(r"(\d\d):(\d\d):(\d\d)", page.get_by_test_id("wall-clock").inner_text())
    assert shown
    now = clock.now().astimezone(clock.HANOI)
    at = now.replace(hour=int(shown[1]), minute=int(shown[2]), second=int(shown[3]))
    return (now - at).total_seconds() % 86_400


def test_twenty_viewers_cost_the_database_what_one_does(settings: Settings, browser: Browser) -> None:
    """One query a panel and refresh, whoever looks; no screen falls behind."""
    with running_wall(settings) as url, ExitStack() as running:
        pages = [open_page(running, browser, url)]
        by_one = asked_meanwhile(settings)
        pages += [open_page(running, browser, url) for _ in range(_VIEWERS - 1)]
        by_all = asked_meanwhile(settings)
        for page in pages:
            expect(page.locator(".stale")).to_have_count(0, timeout=PATIENCE_MS)
            expect(page.locator(".problem:visible")).to_have_count(0, timeout=PATIENCE_MS)
            assert shown_late_s(page) < _LATE_S

    assert by_one > len(BOARD.panels)
    # A refresh more or less lies in the time that is counted.
    assert by_one / 1.5 <= by_all <= 1.5 * by_one
