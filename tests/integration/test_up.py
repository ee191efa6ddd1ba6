"""`kpi up` as a user runs it: all parts real, on ports and in a folder of their own."""

import os
import signal
import subprocess
import sysconfig
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import psutil
import pytest

from streams import clock
from streams.local.instance import Instance
from streams.ports import free_port

pytestmark = pytest.mark.integration

_KPI = Path(sysconfig.get_path("scripts")) / "kpi"
_READY_S = 120
_RESTART_S = 20


class Up:
    """A running `kpi up`, and the other commands beside it."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.output = home.with_suffix(".out")
        self.environment: Mapping[str, str] = {
            **os.environ,
            "KPI_HOME": str(home),
            "KPI_KAFKA_BOOTSTRAP": f"127.0.0.1:{free_port()}",
            "KPI_CLICKHOUSE_URL": f"http://127.0.0.1:{free_port()}",
            "KPI_WALL_PORT": str(free_port()),
            "KPI_METRICS_PORT": str(free_port()),
            "KPI_ALERTS_METRICS_PORT": str(free_port()),
        }
        self.process = self.start()

    def start(self) -> subprocess.Popen[bytes]:
        """Start it and wait for the line `ready`."""
        with self.output.open("wb") as output:
            process = subprocess.Popen(
                [str(_KPI), "up", "--no-simulate"], env=self.environment, stdout=output, stderr=output
            )
        wait(lambda: "ready" in self.output.read_text().splitlines() or process.poll() is not None, _READY_S)
        assert process.poll() is None, self.output.read_text()
        return process

    def kpi(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run another command in the same home."""
        return subprocess.run(
            [str(_KPI), *arguments],
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    @property
    def parts(self) -> dict[str, int]:
        """Process ids of the parts that live now."""
        return Instance(self.home).living()


def wait(condition: Callable[[], bool], seconds: float) -> None:
    """Wait until something is so, or fail."""
    deadline = clock.monotonic() + seconds
    while not condition():
        assert clock.monotonic() < deadline
        time.sleep(0.1)


@pytest.fixture(scope="module")
def up(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    """Give a `kpi up` that is ready; whatever a test did, nothing of it is left."""
    running = Up(tmp_path_factory.mktemp("up") / "home")
    yield running
    running.kpi("down")
    running.process.wait(20)


def test_every_part_runs_under_its_name(up: Up) -> None:
    """A process list shows who is who."""
    lines = {name: " ".join(psutil.Process(pid).cmdline()) for name, pid in up.parts.items()}

    assert {"kafka", "clickhouse", "worker", "wall"} <= set(lines)
    assert "kafka.Kafka" in lines["kafka"]
    assert all(f"kpi {name}" in lines[name] for name in ("clickhouse", "worker", "wall"))


def test_everything_is_well_and_drained(up: Up) -> None:
    """The check finds all parts, the alerts once they are told to be up; the loaded targets are stored."""
    wait(lambda: "alerts is up" in up.output.read_text().splitlines(), _READY_S)
    drained = up.kpi("check", "--drained", "--timeout", "30")
    checked = up.kpi("check")

    assert drained.returncode == 0, drained.stdout + drained.stderr
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert "1 in the group, the rules are evaluated, 0 alerts are open" in checked.stdout


def test_a_killed_worker_is_back(up: Up) -> None:
    """Kill -9 is answered by another process of that name."""
    killed = up.parts["worker"]
    os.kill(killed, signal.SIGKILL)

    wait(lambda: up.parts.get("worker", killed) != killed, 5)


def test_a_second_instance_is_refused(up: Up) -> None:
    """One clear line names the running one and the way out."""
    second = up.kpi("up")

    assert second.returncode == 1
    assert f"already runs in {up.home} (process {up.process.pid})" in second.stderr


def test_down_leaves_nothing_and_up_goes_on(up: Up) -> None:
    """After `kpi down` no part lives; a second start has the data of the first."""
    parts = up.parts
    stopped = up.kpi("down")
    up.process.wait(20)

    assert stopped.returncode == 0
    assert not [name for name, pid in parts.items() if psutil.pid_exists(pid)]

    up.process = up.start()
    answer = up.kpi("query", "SELECT count() > 0 AS kept FROM progress", "--format", "csv")
    assert "true" in answer.stdout.lower() or "1" in answer.stdout.splitlines()[-1]
