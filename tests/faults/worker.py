"""A worker process of the fault tests: `worker_main` says what may be wrong with it."""

from collections.abc import Mapping
from pathlib import Path

from tests.faults import worker_main
from tests.forked import Forked


class Worker(Forked):
    """One worker process."""

    def __init__(self, environment: Mapping[str, str], log: Path) -> None:
        super().__init__(("worker",), environment, log, run=worker_main.run)
