"""The wall in a real browser, over the real engine."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from streams.clickhouse import connect_writer
from streams.ports import free_port
from streams.settings import Settings
from tests.seeded import BILLION_USD, BILLION_VND, add_output, add_trade, seed
from tests.servers import local_clickhouse, start_clickhouse, stop
from tests.walls import chromium, running_wall

pytestmark = [pytest.mark.integration, pytest.mark.browser]

_PATIENCE_MS = 30_000
_TRADE, _OUTPUT = "panel-1-value", "panel-1-value-1"


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """Run an engine over a seeded year."""
    with local_clickhouse(tmp_path_factory.mktemp("wall")) as settings:
        seed(settings)
        yield settings


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Run a browser."""
    with chromium() as running:
        yield running


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """Open a page of a wall's size; nothing but this machine may be asked."""
    context = browser.new_context(viewport={"width": 1920, "height": 1080}, locale="vi-VN")
    page = context.new_page()
    page.set_default_timeout(_PATIENCE_MS)
    yield page
    context.close()


def test_both_progress_numbers_change(engine: Settings, page: Page, tmp_path: Path) -> None:
    """Both gauges show the seeded year and move when rows arrive; nothing is fetched from outside."""
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    with running_wall(engine) as url:
        page.goto(url)
        expect(page.get_by_test_id(_TRADE)).to_have_text("20,00 %", timeout=_PATIENCE_MS)
        expect(page.get_by_test_id(_OUTPUT)).to_have_text("20,00 %", timeout=_PATIENCE_MS)
        expect(page.get_by_test_id("wall-simulated")).to_be_visible()
        expect(page.get_by_test_id("wall-as-of")).to_contain_text("Dữ liệu đến")
        page.screenshot(path=tmp_path / "tong-quan.png")
        _fits_the_screen(page)

        client = connect_writer(engine)
        add_trade(client, BILLION_USD // 4, "10")
        add_output(client, 511 * BILLION_VND, "l2")
        client.close()

        expect(page.get_by_test_id(_TRADE)).to_have_text("25,00 %", timeout=_PATIENCE_MS)
        expect(page.get_by_test_id(_OUTPUT)).to_have_text("21,00 %", timeout=_PATIENCE_MS)
        assert [] == [one for one in asked if not one.startswith((url, "data:", url.replace("http", "ws")))]


def _fits_the_screen(page: Page) -> None:
    size = page.evaluate("[document.documentElement.scrollHeight, document.documentElement.scrollWidth]")
    cut = page.evaluate(
        "[...document.querySelectorAll('.panel .value, .panel .title, .panel .name')]"
        ".filter((e) => !e.closest('.unseen') && e.scrollWidth > e.clientWidth + 1).map((e) => e.innerText)"
    )

    assert [1080, 1920] == size
    assert [] == cut


def test_a_lost_database_is_said_and_found_again(tmp_path: Path, page: Page) -> None:
    """With ClickHouse gone the numbers stay, look old, and a banner says so; it goes by itself."""
    address = f"http://127.0.0.1:{free_port()}"
    settings = Settings(_env_file=None, home=tmp_path, clickhouse_url=address)
    engine = start_clickhouse(tmp_path, address)
    try:
        seed(settings)
        with running_wall(settings) as url:
            page.goto(url)
            expect(page.get_by_test_id(_TRADE)).to_have_text("20,00 %", timeout=_PATIENCE_MS)
            assert 200 == httpx.get(f"{url}/healthz").status_code

            stop(engine)
            expect(page.get_by_test_id("wall-banner")).to_contain_text("MẤT KẾT NỐI", timeout=_PATIENCE_MS)
            expect(page.get_by_test_id(_TRADE)).to_have_text("20,00 %")
            expect(page.get_by_test_id("panel-1")).to_have_class("panel type-gauge stale")
            assert 503 == httpx.get(f"{url}/healthz").status_code

            engine = start_clickhouse(tmp_path, address)
            expect(page.get_by_test_id("wall-banner")).to_be_hidden(timeout=_PATIENCE_MS)
            expect(page.get_by_test_id("panel-1")).to_have_class("panel type-gauge", timeout=_PATIENCE_MS)
    finally:
        stop(engine)


def test_unknown_boards_are_not_found(engine: Settings) -> None:
    """An address without a board says so, and the root leads to the only board."""
    with running_wall(engine) as url:
        assert 404 == httpx.get(f"{url}/d/none").status_code
        assert "/d/tong-quan" == httpx.get(url).headers["location"]
