"""Every board in a real browser, over two days of the simulated world and a bad one on top."""

import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from streams.wall.board import Board
from tests.migrated import migrated_clickhouse
from tests.walls import (
    BOARDS,
    PATIENCE_MS,
    WALLS,
    assert_fits,
    assert_readable,
    assert_seen_well,
    running_wall,
    wait_for_numbers,
)
from tests.worlds import seed_world, spoil_day

pytestmark = [pytest.mark.integration, pytest.mark.browser]

DESKS = [board for board in BOARDS if "desk" in board.tags]


@pytest.fixture(scope="module")
def wall(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Run a wall over the world, and give its address."""
    with migrated_clickhouse(tmp_path_factory.mktemp("wall")) as settings:
        seed_world(settings)
        spoil_day(settings)
        with running_wall(settings) as url:
            yield url


@pytest.mark.parametrize("board", WALLS, ids=[board.uid for board in WALLS])
def test_a_wall_fits_its_screen(wall: str, page: Page, tmp_path: Path, board: Board) -> None:
    """Full HD without scrolling, nothing cut off or too small, no panel with a problem; the picture stays."""
    page.goto(f"{wall}/d/{board.uid}")
    wait_for_numbers(page, board)
    page.screenshot(path=tmp_path / f"{board.uid}.png")

    expect(page.get_by_test_id("wall-as-of")).to_contain_text("Dữ liệu đến")
    expect(page.locator(".problem:visible")).to_have_count(0)
    assert_fits(page)


@pytest.mark.parametrize("board", DESKS, ids=[board.uid for board in DESKS])
def test_a_desk_can_be_read(wall: str, page: Page, tmp_path: Path, board: Board) -> None:
    """It may be longer than the screen; nothing in it is cut off, too small or too faint."""
    page.goto(f"{wall}/d/{board.uid}")
    wait_for_numbers(page, board)
    page.screenshot(path=tmp_path / f"{board.uid}.png", full_page=True)

    expect(page.locator(".problem:visible")).to_have_count(0)
    assert_readable(page, 15)


def test_a_mark_of_time_near_an_end_stays_in_its_panel(wall: str, page: Page) -> None:
    """Midnight lies so near to both ends that its date, set around it, would be cut off."""
    [board] = (board for board in DESKS if board.uid == "chi-tiet-nha-may")
    page.goto(f"{wall}/d/{board.uid}?from=now/d-7d-4h-30m&to=now/d-1d%2B4h%2B30m")
    wait_for_numbers(page, board)

    assert_readable(page, 15)


@pytest.mark.parametrize("board", [*WALLS, *DESKS], ids=[board.uid for board in [*WALLS, *DESKS]])
def test_a_board_can_be_read_on_a_phone(wall: str, browser: Browser, tmp_path: Path, board: Board) -> None:
    """Panel below panel, no wider than the screen; a table may be moved to the side in its own panel."""
    context = browser.new_context(viewport={"width": 390, "height": 844}, locale="vi-VN")
    page = context.new_page()
    page.goto(f"{wall}/d/{board.uid}")
    wait_for_numbers(page, board)
    page.screenshot(path=tmp_path / f"{board.uid}-phone.png", full_page=True)

    assert 390 == page.evaluate("document.documentElement.scrollWidth")
    assert_seen_well(page, 15)
    context.close()


def test_a_choice_is_made_by_hand_and_stands_in_the_address(wall: str, page: Page) -> None:
    """A gate is ticked, a time taken; the address says both, and lanes are those of the gate."""
    page.goto(f"{wall}/d/chi-tiet-cua-khau")
    gates = page.get_by_test_id("choose-gate")
    gates.locator("summary").click()
    gates.get_by_label("Hồ Kiều").check()
    page.get_by_role("button", name="Xem").click()

    expect(page).to_have_url(re.compile(r"\?var-gate=ho-kieu&"))
    expect(gates.locator("summary")).to_contain_text("Hồ Kiều")
    expect(page.get_by_test_id("panel-4")).to_contain_text("Hồ Kiều · ra 1", timeout=PATIENCE_MS)
    expect(page.get_by_test_id("panel-4")).not_to_contain_text("Kim Thành")
    lanes = page.get_by_test_id("choose-lane").locator("label")
    expect(lanes).to_have_text(["Hồ Kiều · ra 1", "Hồ Kiều · vào 1"])
    page.get_by_test_id("choose-time").get_by_role("link", name="7 ngày").click()
    expect(page).to_have_url(re.compile(r"var-gate=ho-kieu&from=now-7d&to=now$"))
    expect(page.get_by_test_id("panel-4")).not_to_contain_text("Kim Thành")


def test_a_cell_leads_to_what_is_behind_it(wall: str, page: Page) -> None:
    """From a gate of the wall to that gate on the desk's board, and back."""
    page.goto(f"{wall}/d/cua-khau")
    page.get_by_test_id("panel-5").get_by_role("link", name="Hồ Kiều").first.click()

    expect(page).to_have_url(re.compile(r"/d/chi-tiet-cua-khau\?var-gate=ho-kieu$"))
    chosen = page.get_by_test_id("choose-gate").locator("summary")
    expect(chosen).to_contain_text("Hồ Kiều", timeout=PATIENCE_MS)
    page.get_by_role("link", name="← Cửa khẩu").click()
    expect(page.get_by_test_id("wall-title")).to_have_text("Cửa khẩu")


def test_a_choice_that_is_none_is_told(wall: str) -> None:
    """A time that is none is wrong usage; a gate that there is none of is left out."""
    refused = httpx.get(f"{wall}/d/chi-tiet-cua-khau?from=soon")

    assert (400, True) == (refused.status_code, "soon" in refused.text)
    assert 200 == httpx.get(f"{wall}/d/chi-tiet-cua-khau?var-gate='; DROP").status_code


def test_a_gate_that_waits_too_long_is_told_by_sign_and_word(wall: str, page: Page) -> None:
    """Somebody has waited for two days, and the booths of one lane were slow: both without colour."""
    page.goto(f"{wall}/d/cua-khau")

    expect(page.get_by_test_id("panel-1-value-1")).to_contain_text("■", timeout=PATIENCE_MS)
    expect(page.get_by_test_id("panel-6")).to_contain_text("Kim Thành · ra 2")
    expect(page.get_by_test_id("panel-6")).to_contain_text("■ 2,5")


def test_a_number_leads_to_its_definition(wall: str, page: Page) -> None:
    """The sign beside a panel's title opens the page of definitions at the right place."""
    page.goto(f"{wall}/d/cua-khau")
    page.get_by_test_id("panel-5").get_by_role("link", name="ⓘ").first.click()

    expect(page).to_have_url(re.compile("/d/dinh-nghia#clearing_verdict$"))
    expect(page.locator("h3:target")).to_be_in_viewport()


def test_a_tile_opens_what_is_behind_it(wall: str, page: Page) -> None:
    """Its title leads to the events behind its numbers, and from there to their definitions and back."""
    page.goto(f"{wall}/d/cua-khau")
    page.get_by_test_id("panel-5-title").click()

    expect(page).to_have_url(re.compile("/d/cua-khau/5$"))
    expect(page.get_by_test_id("figures").get_by_role("link").first).to_have_attribute(
        "href", "/d/dinh-nghia#clearing_verdict"
    )
    expect(page.get_by_test_id("number-1")).to_contain_text("sự kiện được tính")
    page.get_by_role("link", name="← Cửa khẩu").click()
    expect(page.get_by_test_id("wall-title")).to_have_text("Cửa khẩu")


def test_boards_lead_to_each_other(wall: str, page: Page) -> None:
    """From any wall to any other, and to the definitions."""
    page.goto(f"{wall}/d/tong-quan")
    links = page.get_by_role("navigation").get_by_role("link")

    expect(links).to_have_text([*(board.title for board in WALLS), "Định nghĩa", "Chi tiết →"])
    links.filter(has_text="Thương mại").click()
    expect(page.get_by_test_id("wall-title")).to_have_text("Thương mại")


def test_a_kiosk_turns_the_boards(wall: str, page: Page) -> None:
    """One after the other, from the last to the first, each fresh when it comes."""
    page.goto(f"{wall}/d/cua-khau?rotate=cua-khau,thuong-mai&seconds=5")
    expect(page.get_by_test_id("wall-turn")).to_have_text("1/2", timeout=PATIENCE_MS)

    expect(page.get_by_test_id("wall-title")).to_have_text("Thương mại", timeout=PATIENCE_MS)
    expect(page.get_by_test_id("wall-turn")).to_have_text("2/2")
    expect(page.locator(".stale")).to_have_count(0)
    expect(page.get_by_test_id("wall-title")).to_have_text("Cửa khẩu", timeout=PATIENCE_MS)


def test_a_kiosk_begins_with_the_home(wall: str) -> None:
    """Its address names the boards that it turns, and how long each stays."""
    location = httpx.get(f"{wall}/kiosk?seconds=30").headers["location"]

    assert "/d/tong-quan?rotate=tong-quan,cua-khau,khu-cong-nghiep&seconds=30" == location


def test_the_public_page_says_how_the_gates_are_and_runs_nothing(
    wall: str, browser: Browser, tmp_path: Path
) -> None:
    """On a phone without scripts: every gate, nothing wider than the screen, nothing of a trader."""
    context = browser.new_context(
        viewport={"width": 390, "height": 844}, locale="vi-VN", java_script_enabled=False
    )
    page = context.new_page()
    page.goto(f"{wall}/cong-bo")
    page.screenshot(path=tmp_path / "cong-bo.png", full_page=True)

    for gate in ("Kim Thành", "Lồ Cô Chin", "Mường Khương", "Hồ Kiều", "đường sắt Lào Cai"):
        expect(page.locator("main")).to_contain_text(gate)
    expect(page.locator("main")).to_contain_text("9/10 xe xong trong")
    expect(page.get_by_test_id("wall-as-of")).to_contain_text("Dữ liệu đến")
    assert "<script" not in page.content()
    assert not re.search(r"USD|đồng|khai", page.locator("main").inner_text())
    context.close()
