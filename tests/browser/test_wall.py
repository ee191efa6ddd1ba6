"""The wall in a real browser, over the real engine."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from clickhouse_connect.driver.client import Client
from playwright.sync_api import Page, expect

from streams import clock
from streams.alerts.memory import Memory
from streams.alerts.names import Names
from streams.clickhouse import connect_writer
from streams.clickhouse_client import writer
from streams.ports import free_port
from streams.registry import load_registry
from streams.resources import resource
from streams.settings import Settings
from streams.wall.board import read_boards
from tests.migrated import copy_migrated, migrated_clickhouse
from tests.mornings import put
from tests.seeded import BILLION_USD, BILLION_VND, add_output, add_trade, seed
from tests.servers import start_clickhouse, stop
from tests.walls import PATIENCE_MS as _PATIENCE_MS
from tests.walls import assert_fits, assert_readable, running_wall

pytestmark = [pytest.mark.integration, pytest.mark.browser]

_TRADE, _OUTPUT = "panel-1-value", "panel-1-value-1"
_TOKEN = "a token of the house"  # noqa: S105 - of this test alone


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """Run an engine over a seeded year."""
    with migrated_clickhouse(tmp_path_factory.mktemp("wall")) as settings:
        seed(settings)
        yield settings


def test_where_no_alert_is_open_no_mark_of_one_stands(engine: Settings, page: Page) -> None:
    """The rules are evaluated, and nothing rings: the header has nothing to say of it."""
    with writer(engine, engine.database) as client:
        Memory(client, Names(load_registry())).pulse(clock.now())
    with running_wall(engine) as url:
        page.goto(url)
        expect(page.get_by_test_id("wall-as-of")).to_contain_text("Dữ liệu đến", timeout=_PATIENCE_MS)
        expect(page.get_by_test_id("wall-alerts")).to_be_hidden()


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
        assert_fits(page)

        client = connect_writer(engine)
        add_trade(client, BILLION_USD // 4, "10")
        add_output(client, 511 * BILLION_VND, "l2")
        client.close()

        expect(page.get_by_test_id(_TRADE)).to_have_text("25,00 %", timeout=_PATIENCE_MS)
        expect(page.get_by_test_id(_OUTPUT)).to_have_text("21,00 %", timeout=_PATIENCE_MS)
        assert [] == [one for one in asked if not one.startswith((url, "data:", url.replace("http", "ws")))]


def test_the_header_fits_while_days_are_missing(engine: Settings, page: Page, tmp_path: Path) -> None:
    """On each wall of a rotation, beside its title, the links to the others, the alerts and the time."""
    uids = [board.uid for board in read_boards(resource("grafana/boards")) if "wall" in board.tags]
    with writer(engine, "kpi_g1") as client:
        put(client, "crossings_day", {"day": clock.now().date() - timedelta(days=9), "vehicles": 1})
    alert = {"alert_id": "00000000000000bb", "rule": "yard-full-95", "scope": "kim-thanh"}
    with writer(engine, "kpi") as client:
        put_open(client, {**alert, "severity": "critical", "title_vi": "Bãi xe đầy", "place": "Kim Thành"})
    with running_wall(engine) as url:
        for uid in uids:
            page.goto(f"{url}/d/{uid}?rotate={','.join(uids)}")
            expect(page.get_by_test_id("wall-missing")).to_contain_text("THIẾU SỐ LIỆU", timeout=_PATIENCE_MS)
            page.screenshot(path=tmp_path / f"{uid}.png")
            assert page.locator(".top").evaluate("(top) => top.scrollWidth <= top.clientWidth")
            assert page.locator(".top").evaluate("(top) => top.scrollHeight <= top.clientHeight")
        page.goto(f"{url}/d/cua-khau")
        page.get_by_test_id("wall-alerts").filter(has_text="■ 1 cảnh báo, 1 nghiêm trọng").click()
        expect(page.get_by_test_id("wall-title")).to_have_text("Cảnh báo và dữ liệu")
        expect(page.get_by_test_id("wall-alerts")).to_have_count(0)
    with writer(engine, "kpi") as client:
        for table in ("alerts", "alert_states"):
            client.command(f"TRUNCATE TABLE {table}")


def test_a_lost_database_is_said_and_found_again(tmp_path: Path, page: Page) -> None:
    """With ClickHouse gone the numbers stay, look old, and a banner says so; it goes by itself."""
    address = f"http://127.0.0.1:{free_port()}"
    settings = Settings(_env_file=None, home=tmp_path, clickhouse_url=address)
    copy_migrated(tmp_path)
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
    """An address without a board says so, and the root leads to the home board."""
    with running_wall(engine) as url:
        assert 404 == httpx.get(f"{url}/d/none").status_code
        home = httpx.get(url).headers
        assert "/d/tong-quan" == home["location"]
        assert "frame-ancestors 'self'" in home["content-security-policy"]
        assert "nosniff" == home["x-content-type-options"]
        # A page that may do less keeps its own.
        handling = httpx.get(f"{url}/xu-ly").headers
        assert handling["content-security-policy"].startswith("default-src 'none'")
        assert "nosniff" == handling["x-content-type-options"]
        assert "/d/tong-quan" == httpx.get(url).headers["location"]


def test_an_alert_is_acknowledged_on_the_wall(
    engine: Settings, page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From the board of the alerts to their page; a wrong token is refused in words, the right one acts."""
    alert = {"alert_id": "00000000000000aa", "rule": "yard-full-85", "scope": "kim-thanh"}
    told = {
        "severity": "warning",
        "title_vi": "Bãi xe sắp đầy",
        "place": "Kim Thành",
        "text_vi": "bãi đã đầy 90 %",
    }
    with writer(engine, "kpi") as client:
        put_open(client, {**alert, **told})
    monkeypatch.setenv("KPI_ALERTS_TOKEN", _TOKEN)
    with running_wall(engine) as url:
        page.goto(f"{url}/d/canh-bao")
        page.get_by_role("link", name="Xử lý →").click()
        expect(page.get_by_test_id("alert-00000000000000aa")).to_contain_text("bãi đã đầy 90 %")
        page.get_by_label("Người xử lý").fill("Nguyễn Văn An")
        page.get_by_label("Mã").fill(_TOKEN[::-1])
        page.get_by_role("button", name="Nhận xử lý").click()
        expect(page.get_by_test_id("problem")).to_contain_text("Mã không đúng")
        page.get_by_label("Người xử lý").fill("Nguyễn Văn An")
        page.get_by_label("Mã").fill(_TOKEN)
        page.get_by_role("button", name="Nhận xử lý").click()
        expect(page.get_by_test_id("done")).to_contain_text("Đã ghi nhận")
        expect(page.get_by_test_id("alert-00000000000000aa")).to_contain_text("Nguyễn Văn An@127.0.0.1")
        assert_readable(page, 15)


def put_open(client: Client, alert: dict[str, str]) -> None:
    """Let an alert be open."""
    now = clock.now()
    fired = {**alert, "fired_at": now, "revision": 1}
    client.insert("alerts", [list(fired.values())], column_names=list(fired))
    where = {name: alert[name] for name in ("rule", "scope", "alert_id")}
    state = {**where, "phase": "firing", "opened": now, "announced": True, "revision": 1}
    client.insert("alert_states", [list(state.values())], column_names=list(state))
