"""A wall and a browser for tests: the real command, the system's chromium."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from streams.ports import free_port
from streams.settings import Settings
from tests.servers import responds, stop, wait_until

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
    command = [sys.executable, "-c", "from streams.cli import main; main()", "wall"]
    with (settings.home / "wall.log").open("ab") as log:
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
    try:
        url = f"http://127.0.0.1:{port}"
        wait_until(process, lambda: responds(f"{url}/healthz"), settings.home / "wall.log")
        yield url
    finally:
        stop(process)


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
