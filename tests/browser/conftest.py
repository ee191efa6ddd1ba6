"""The browser and its page, for all tests that drive one."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.walls import PATIENCE_MS, chromium


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Run a browser."""
    with chromium() as running:
        yield running


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """Open a page of a wall's size."""
    context = browser.new_context(viewport={"width": 1920, "height": 1080}, locale="vi-VN")
    page = context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    yield page
    context.close()
