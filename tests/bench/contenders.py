"""Who is measured: the worker, the limits of two clients, and the peers at their documented best settings."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from subprocess import run
from typing import Final

from streams.resources import checkout
from streams.settings import Settings
from tests.bench import jvm
from tests.line import KPI, environment


@dataclass(frozen=True)
class Contender:
    """One who reads the topics; `module` None is the worker itself, `package` names whose version tells.

    `writes`: does the whole work into ClickHouse; `commits`: to Kafka, after the write.
    """

    name: str
    module: str | None = None
    room: str = ""
    package: str = "laocai-gate-kpi"
    processes: int = 1
    writes: bool = True
    commits: bool = True

    def missing(self) -> str | None:
        """Say what this machine lacks to run it; None: nothing."""
        if self == KAFKA_STREAMS:
            return jvm.missing()
        if not self._python.is_file():
            return f"{self.name} is left out: its environment is not installed; make bench does"
        return None

    def command(self) -> list[str]:
        """Give the command line of one process."""
        if self == KAFKA_STREAMS:
            return jvm.command()
        if self.module is None:
            return [*KPI, "worker"]
        return [str(self._python), "-m", f"tests.bench.peers.{self.module}"]

    def version(self) -> str:
        """Give the version of what is measured."""
        return jvm.version() if self == KAFKA_STREAMS else _version(self._python, self.package)

    @property
    def _python(self) -> Path:
        return checkout() / ".venv" / self.room / "bin/python" if self.room else Path(sys.executable)


WORKER: Final = Contender("worker")
TWO_WORKERS: Final = Contender("two workers", processes=2)
AIOKAFKA: Final = Contender(
    "aiokafka limit", "limit_aiokafka", package="aiokafka", writes=False, commits=False
)
CONFLUENT: Final = Contender(
    "confluent-kafka limit", "limit_confluent", "bench", "confluent-kafka", writes=False, commits=False
)
FAUST: Final = Contender("faust", "faust_agent", package="faust-streaming")
QUIX: Final = Contender("quix", "quix_app", "bench-quix", "quixstreams")
ARROYO: Final = Contender("arroyo", "arroyo_consumer", "bench", "sentry-arroyo")
BYTEWAX: Final = Contender("bytewax", "bytewax_flow", "bench", "bytewax", commits=False)
KAFKA_STREAMS: Final = Contender("kafka streams (fold only)", "kafka_streams", writes=False, commits=False)
CONTENDERS: Final = (
    AIOKAFKA, WORKER, TWO_WORKERS, CONFLUENT, QUIX, ARROYO, BYTEWAX, FAUST, KAFKA_STREAMS,
)  # fmt: skip


def environment_of(settings: Settings) -> Mapping[str, str]:
    """Give what each process is told; batches are of the size that the service uses."""
    return {
        **environment(settings),
        "KPI_BATCH_RECORDS": str(settings.batch_records),
        "KPI_LOG_LEVEL": "INFO",
        "KPI_LOG_FORMAT": "json",
    }


@cache
def _version(python: Path, package: str) -> str:
    ask = f"from importlib.metadata import version; print(version({package!r}))"
    return run([str(python), "-c", ask], capture_output=True, text=True, check=True).stdout.strip()
