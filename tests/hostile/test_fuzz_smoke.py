"""Each fuzzing target stays alive and holds for a moment; `make fuzz` runs them for long."""

import secrets
import subprocess
import sys

import pytest

pytestmark = pytest.mark.integration


@pytest.mark.parametrize(("name", "count"), [("decode", 30_000), ("front", 10_000), ("reader", 4_000)])
def test_a_fuzzing_target_holds(name: str, count: int) -> None:
    """No promise is broken by the corpus and random changes of it, and many inputs are good ones."""
    seed = secrets.randbelow(1 << 32)
    command = [sys.executable, "-m", "tests.hostile.fuzz", name, "--smoke", str(count), str(seed)]

    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=200)

    assert done.returncode == 0, f"seed {seed}\n{done.stderr[-3000:]}"
    assert int(done.stdout.split()[-1]) > count // 60
