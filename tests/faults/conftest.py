"""Fixtures of the fault tests: shared servers, a stand a test, the seed, and the counts at the end."""

import os
import re
from collections.abc import Callable, Iterator
from dataclasses import asdict
from itertools import count
from secrets import randbelow
from typing import Final

import pytest

from tests.faults.servers import Servers
from tests.faults.stand import Stand, stand

_COUNTS: Final = "fault run"
_NUMBERS: Final = count(1)


@pytest.fixture(scope="session")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    """Run one broker and one engine behind their proxies for all fault tests."""
    with Servers(tmp_path_factory.mktemp("faults")) as running:
        yield running


@pytest.fixture
def seed(request: pytest.FixtureRequest) -> int:
    """Give the seed of this test: KPI_FAULT_SEED, else a new one; a failure shows it."""
    chosen = int(os.environ.get("KPI_FAULT_SEED") or randbelow(1 << 32))
    request.node.add_report_section("setup", "seed", f"repeat with KPI_FAULT_SEED={chosen}")
    return chosen


@pytest.fixture
def line(
    request: pytest.FixtureRequest,
    servers: Servers,
    seed: int,
    record_property: Callable[[str, object], None],
) -> Iterator[Stand]:
    """Give a test its stand, and note what it counted."""
    words = re.sub(r"[^a-z0-9]+", "-", request.node.name.removeprefix("test_").lower())
    with stand(servers, f"f{next(_NUMBERS)}-{words[:24].strip('-')}", seed) as made:
        yield made
    record_property(_COUNTS, {"seed": seed, **asdict(made.tally)})


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say what every fault run counted."""
    runs = [
        (report.nodeid, value)
        for reports in terminalreporter.stats.values()
        for report in reports
        if getattr(report, "when", "") == "teardown"
        for name, value in report.user_properties
        if name == _COUNTS
    ]
    if runs:
        terminalreporter.section("faults")
        for nodeid, counts in sorted(runs):
            words = ", ".join(f"{name} {value}" for name, value in counts.items() if value != "")
            terminalreporter.write_line(f"{nodeid.rpartition('::')[2]}: {words}")
