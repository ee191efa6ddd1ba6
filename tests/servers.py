"""Real servers for tests: each on a free port, with its data below a folder of the test."""

import asyncio
import os
import ssl
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from streams import clock
from streams.errors import DependencyDownError
from streams.kafka_admin import missing_topics
from streams.local.kafka import LocalKafka
from streams.ports import free_port
from streams.settings import Settings
from tests.forked import Forked
from tests.line import KPI

_START_S = 60
_STOP_S = 20
_POLL_S = 0.1
# Made once: loading the certificates of all authorities takes 30 ms.
_TRUST = ssl.create_default_context()


@contextmanager
def local_kafka(home: Path) -> Iterator[str]:
    """Run a broker without topics and give its bootstrap address."""
    bootstrap = f"127.0.0.1:{free_port()}"
    broker = start_kafka(home, bootstrap)
    try:
        yield bootstrap
    finally:
        stop(broker)


def start_kafka(home: Path, bootstrap: str, kafka: LocalKafka | None = None) -> subprocess.Popen[bytes]:
    """Start a broker (or a variant of it) on the data of `home` and wait until it answers."""
    kafka = kafka or LocalKafka(home, bootstrap)
    kafka.prepare()
    with (home / "kafka.log").open("ab") as log:
        broker = subprocess.Popen(kafka.command(), env=kafka.environment(), stdout=log, stderr=log)
    settings = Settings(home=home, kafka_bootstrap=bootstrap)
    wait_until(broker, lambda: _answers(settings), home / "kafka.log")
    return broker


@contextmanager
def local_clickhouse(home: Path) -> Iterator[Settings]:
    """Run `kpi clickhouse` over the data of `home` and give the settings that reach it."""
    url = f"http://127.0.0.1:{free_port()}"
    engine = start_clickhouse(home, url)
    try:
        yield Settings(_env_file=None, home=home, clickhouse_url=url)
    finally:
        stop(engine)


def start_clickhouse(home: Path, url: str) -> subprocess.Popen[bytes]:
    """Start an engine on the data of `home` and wait until it answers."""
    home.mkdir(parents=True, exist_ok=True)
    environment = {**os.environ, "KPI_HOME": str(home), "KPI_CLICKHOUSE_URL": url}
    command = [*KPI, "clickhouse"]
    with (home / "clickhouse.log").open("ab") as log:
        engine = subprocess.Popen(command, env=environment, cwd=home, stdout=log, stderr=log)
    wait_until(engine, lambda: responds(f"{url}/ping"), home / "clickhouse.log")
    return engine


def wait_until(process: subprocess.Popen[bytes], ready: Callable[[], bool], log: Path) -> None:
    """Wait until a server is ready; one that ends or takes too long fails the test with its log."""
    deadline = clock.monotonic() + _START_S
    while not ready():
        time.sleep(_POLL_S)
        if process.poll() is not None or clock.monotonic() > deadline:
            stop(process)
            raise AssertionError(log.read_text())


def nothing_answers(home: Path) -> Settings:
    """Give settings that name a broker and an engine where nobody listens."""
    kafka, engine = f"127.0.0.1:{free_port()}", f"http://127.0.0.1:{free_port()}"
    return Settings(_env_file=None, home=home, kafka_bootstrap=kafka, clickhouse_url=engine)


def stop(process: subprocess.Popen[bytes] | Forked) -> int:
    """End a process as its supervisor would: ask, wait, then kill. Gives the exit code."""
    process.terminate()
    try:
        return process.wait(_STOP_S)
    except subprocess.TimeoutExpired:
        process.kill()
        return process.wait()


def _answers(settings: Settings) -> bool:
    try:
        asyncio.run(missing_topics(settings))
    except DependencyDownError:
        return False
    return True


def get(url: str, timeout_s: float = 5) -> httpx.Response:
    """Ask a server of this machine, whatever proxy the environment names; tests do so again and again."""
    return httpx.get(url, timeout=timeout_s, trust_env=False, verify=_TRUST)


def responds(url: str) -> bool:
    """Tell whether a server answers that all is well."""
    try:
        return get(url, 2).is_success
    except httpx.HTTPError:
        return False
