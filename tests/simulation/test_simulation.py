"""The real source, agent and pipeline in thousands of seeded worlds: nothing lost, nothing counted twice.

`KPI_SIM_SEED=N pytest tests/simulation/test_simulation.py -k replay -s` shows what happened in one of them;
`KPI_SIM_SEEDS=N` says how many the long test runs.
"""

import os
import subprocess
import sys
from typing import Final

import pytest

from streams.core import state
from tests.simulation.world import run

_CHUNK: Final = 100
_SEEDS: Final = 2_000
_LONG_SEEDS: Final = int(os.environ.get("KPI_SIM_SEEDS", "20000"))


@pytest.mark.parametrize("first", range(0, _SEEDS, _CHUNK))
def test_every_world_ends_with_the_oracles_tables(first: int) -> None:
    """Whatever strikes, in the end each offset has one home and all tables are as if nothing had struck."""
    for seed in range(first, first + _CHUNK):
        run(seed)


@pytest.mark.parametrize("first", [20_000, 20_000 + _CHUNK])
def test_what_a_worker_forgets_it_reads_again(first: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """With room for next to nothing, each batch looks up anew what the last one stored."""
    for size in ("_ENTITIES", "_ROWS", "_IDS", "_ID_BLOCKS_AT_LEAST"):
        monkeypatch.setattr(state, size, 0)
    for seed in range(first, first + _CHUNK):
        run(seed)


@pytest.mark.long
@pytest.mark.timeout(0)
def test_very_many_worlds_end_with_the_oracles_tables() -> None:
    """The same for as many seeds as are asked for."""
    for seed in range(10_000, 10_000 + _LONG_SEEDS):
        run(seed)


@pytest.mark.skipif("KPI_SIM_SEED" not in os.environ, reason="replays the seed that KPI_SIM_SEED names")
def test_replay() -> None:
    """Show what happened in one world."""
    print("\n".join(run(int(os.environ["KPI_SIM_SEED"]))))  # noqa: T201 - this is what it is for


def test_a_seed_replays_exactly() -> None:
    """A seed gives the same run in another process, with another order of hashes."""
    assert _trace("1") == _trace("2")


def _trace(hash_seed: str) -> str:
    code = (
        "import logging, structlog; from tests.simulation.world import run;"
        "structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL));"
        "print([run(seed) for seed in (5, 51, 501)])"
    )
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed}
    command = [sys.executable, "-c", code]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout
