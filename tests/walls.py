"""A wall and a browser for tests: the real command, the system's chromium."""

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from streams.ports import free_port
from streams.resources import resource
from streams.settings import Settings
from streams.wall.board import Board, read_boards
from tests.line import KPI
from tests.servers import responds, stop, wait_until

BOARDS = read_boards(resource("grafana/boards"))
WALLS = [board for board in BOARDS if "wall" in board.tags]
#: How long a busy machine may take to show what a test waits for.
PATIENCE_MS = 60_000
# What must not be cut off: words in one line, and what holds lines.
_LINES = ".panel .value, .panel .title > :first-child, .panel .name, .panel td, .panel th, .entry, .top"
_HOLDERS = ".table, .strips, .bars, .stat, .top, .body"
_CUT = f"""[...document.querySelectorAll("{_LINES}, {_HOLDERS}")]
    .filter((e) => !e.closest(".unseen") && (e.scrollWidth > e.clientWidth + 1
        || (e.matches("{_HOLDERS}") && e.scrollHeight > e.clientHeight + 1)))
    .map((e) => e.className + ": " + e.innerText)"""
_SIZE = "[document.documentElement.scrollHeight, document.documentElement.scrollWidth]"
_TINY = """(least) => [...document.querySelectorAll(".panel *")]
    .filter((e) => !e.closest(".unseen, svg, .unit, .about") && e.checkVisibility()
        && [...e.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim()))
    .map((e) => [parseFloat(getComputedStyle(e).fontSize), e.textContent.trim().slice(0, 40)])
    .filter(([size]) => size < least).map(([size, text]) => size + " px: " + text)"""
# Contrast by WCAG 2: 4.5 of text, 3 of large text; each colour as it lies on what is behind it.
_FAINT = """(() => {
    const parts = (text) => {
        const found = text.match(/[\\d.]+/g).map(Number);
        return [...found.slice(0, 3), found[3] ?? 1];
    };
    const over = (top, under) => top.slice(0, 3).map((x, i) => x * top[3] + under[i] * (1 - top[3]));
    const linear = (x) => x <= 0.04045 ? x / 12.92 : ((x + 0.055) / 1.055) ** 2.4;
    const light = (rgb) => rgb.reduce((sum, x, i) => sum + linear(x / 255) * [0.2126, 0.7152, 0.0722][i], 0);
    const upwards = (e) => e ? [e, ...upwards(e.parentElement)] : [];
    const ground = (e) => upwards(e).reverse()
        .reduce((under, one) => over(parts(getComputedStyle(one).backgroundColor), under), [0, 0, 0]);
    const clear = (e) => upwards(e).reduce((all, one) => all * getComputedStyle(one).opacity, 1);
    const unseen = ".unseen, .hidden, #popup, #too_long_message_popup, script, style";
    const written = (e) => !e.closest(unseen) && e.checkVisibility()
        && [...e.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim());
    return [...document.querySelectorAll("body *")].filter(written).map((e) => {
        const style = getComputedStyle(e), behind = ground(e);
        const ink = parts(e instanceof SVGElement ? style.fill : style.color);
        const front = over([...ink.slice(0, 3), ink[3] * clear(e)], behind);
        const [dark, bright] = [light(front), light(behind)].sort((a, b) => a - b);
        const size = parseFloat(style.fontSize), bold = +style.fontWeight >= 700;
        const least = size >= 24 || (size >= 18.66 && bold) ? 3 : 4.5;
        return [(bright + 0.05) / (dark + 0.05), least, e.textContent.trim().slice(0, 40)];
    }).filter(([ratio, least]) => ratio < least).map(([ratio, , text]) => ratio.toFixed(2) + ": " + text);
})()"""
_FLAGS = [
    "--no-sandbox",
    "--headless",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


@contextmanager
def running_wall(settings: Settings) -> Iterator[str]:
    """Run `kpi wall` and give its address once it serves."""
    port = free_port()
    environment = {
        **os.environ,
        "KPI_HOME": str(settings.home),
        "KPI_CLICKHOUSE_URL": settings.clickhouse_url,
        "KPI_WALL_PORT": str(port),
    }
    command = [*KPI, "wall"]
    with (settings.home / "wall.log").open("ab") as log:
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
    try:
        url = f"http://127.0.0.1:{port}"
        wait_until(process, lambda: responds(f"{url}/healthz"), settings.home / "wall.log")
        yield url
    finally:
        stop(process)


def beside_the_browser(work: Callable[..., None], *arguments: object) -> None:
    """Do what runs an event loop of its own: in this thread the browser's is running."""
    with ThreadPoolExecutor(1) as thread:
        thread.submit(work, *arguments).result()


@contextmanager
def chromium() -> Iterator[Browser]:
    """Run the browser of the system, or skip the test where there is none."""
    path = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    with sync_playwright() as playwright:
        if path is None and not Path(playwright.chromium.executable_path).exists():
            pytest.skip("no chromium: install the package chromium")
        browser = playwright.chromium.launch(executable_path=path, args=_FLAGS)
        try:
            yield browser
        finally:
            browser.close()


def wait_for_numbers(page: Page, board: Board) -> None:
    """Wait until every panel that asks has drawn what it got, not what was there for an earlier visitor."""
    for panel in board.panels:
        body = page.get_by_test_id(f"panel-{panel.id}").locator(".body")
        expect(body).not_to_be_empty(timeout=PATIENCE_MS)
    expect(page.locator(".panel.stale")).to_have_count(0, timeout=PATIENCE_MS)


def assert_fits(page: Page) -> None:
    """Hold that a wall fills its screen, with nothing to scroll, nothing cut off, too small or too faint."""
    assert [1080, 1920] == page.evaluate(_SIZE)
    assert_readable(page, 15)


def assert_readable(page: Page, least_px: float) -> None:
    """Hold that nothing is cut off, smaller than this, fainter than WCAG 2 asks, or wider than the screen."""
    assert page.evaluate(_SIZE)[1] <= page.evaluate("innerWidth")
    assert [] == page.evaluate(_CUT)
    assert_seen_well(page, least_px)


def assert_seen_well(page: Page, least_px: float) -> None:
    """Hold that no text is smaller than this, or fainter than WCAG 2 asks."""
    assert [] == page.evaluate(_FAINT)
    assert [] == page.evaluate(_TINY, least_px)
