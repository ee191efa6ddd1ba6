"""Runs a page of `deploy/howto` as its reader would: each line after a `$`, and what it has to say."""

import re
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field

import httpx

from streams import clock
from streams.ports import free_port
from streams.resources import checkout
from tests.line import KPI, environment, kpi
from tests.servers import get, stop
from tests.site import PATIENCE_S, Site

FOLDER = checkout() / "deploy" / "howto"
_BLOCK = re.compile(r"^```console\n(.*?)^```", re.MULTILINE | re.DOTALL)
# The page's port; tests run beside others.
_PORT = "8081"


@dataclass
class Step:
    """A command, and lines that it says; `...` in one stands for anything."""

    command: str
    lines: list[str] = field(default_factory=list)


def steps_of(text: str) -> list[Step]:
    """Read the commands of a page."""
    steps: list[Step] = []
    for block in _BLOCK.findall(text):
        for line in block.splitlines():
            if line.startswith("$ "):
                steps.append(Step(line.removeprefix("$ ")))
            else:
                steps[-1].lines.append(line)
    return steps


def run_page(site: Site, name: str) -> None:
    """Run a page; each command must succeed and say its lines."""
    port = str(free_port())
    steps = steps_of((FOLDER / f"{name}.md").read_text(encoding="utf-8"))
    assert steps
    with ExitStack() as running:
        for step in steps:
            command = step.command.replace(_PORT, port).split()
            if command[-1] == "&":
                running.enter_context(_background(site, command[1:-1]))
                continue
            said = _fetched(command[1]) if command[0] == "curl" else _said(site, command)
            for line in step.lines:
                pattern = re.escape(line).replace(re.escape("..."), ".*")
                assert re.search(f"^{pattern}$", said, re.MULTILINE), f"{step.command}: {line}\n{said}"


def _said(site: Site, command: list[str]) -> str:
    assert command[0] == "kpi"
    done = kpi(site.settings, *command[1:])
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def _fetched(url: str) -> str:
    deadline = clock.monotonic() + PATIENCE_S
    while True:
        try:
            return get(url, PATIENCE_S).text
        except httpx.TransportError:
            assert clock.monotonic() < deadline, url
            time.sleep(0.1)


@contextmanager
def _background(site: Site, arguments: list[str]) -> Iterator[None]:
    with (site.settings.home / "howto.log").open("ab") as log:
        process = subprocess.Popen([*KPI, *arguments], env=environment(site.settings), stdout=log, stderr=log)
    try:
        yield
    finally:
        stop(process)
