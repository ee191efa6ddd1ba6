"""What the benches found: a table on the terminal, and JSON with what it was measured on."""

import json
import os
import platform
import shlex
import subprocess
import sys
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

import psutil
from rich.console import Console
from rich.table import Table

from streams import clock
from tests.bench.measure import Sample, Samples, Spread

_MICRO: Final = 1e6
_PACKAGES: Final = ("chdb", "clickhouse-connect", "pydantic", "laocai-gate-kpi")
_RATIOS: Final = (("pipeline", "fold"),)


def show(samples: Samples, console: Console) -> None:
    """Print a row for each bench and the ratios between them."""
    rounds = max(map(len, samples.by_bench.values()))
    table = Table(title=f"medians of {rounds} interleaved rounds (lowest - highest)")
    for heading in ("bench", "events", "events/s", "own CPU us/event", "engine CPU us/event"):
        table.add_column(heading, justify="left" if heading == "bench" else "right")
    for bench, found in samples.by_bench.items():
        table.add_row(bench, f"{found[0].events:,}", *(_text(spread) for spread in _spreads(found).values()))
    console.print(table)
    for name, ratio in _ratios(samples).items():
        console.print(f"{name}: {ratio.median:.2f} ({ratio.low:.2f} - {ratio.high:.2f})")


def write(samples: Samples, path: Path) -> None:
    """Write every sample, the medians, and machine, versions and command."""
    benches = {
        bench: {
            **{name: asdict(spread) for name, spread in _spreads(found).items()},
            "rounds": [asdict(sample) for sample in found],
        }
        for bench, found in samples.by_bench.items()
    }
    ratios = {name: asdict(ratio) for name, ratio in _ratios(samples).items()}
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps({**_circumstances(), "benches": benches, "ratios": ratios}, indent=2) + "\n")


def _spreads(found: list[Sample]) -> dict[str, Spread]:
    return {
        "events_per_second": Spread.of([sample.rate for sample in found]),
        "own_cpu_us": Spread.of([sample.own_cpu_s / sample.events * _MICRO for sample in found]),
        "engine_cpu_us": Spread.of([sample.engine_cpu_s / sample.events * _MICRO for sample in found]),
    }


def _ratios(samples: Samples) -> dict[str, Spread]:
    found = {f"{bench} / {to}": samples.ratio(bench, to) for bench, to in _RATIOS}
    return {name: ratio for name, ratio in found.items() if ratio}


def _text(spread: Spread) -> str:
    if not spread.high:
        return "-"
    digits = 0 if spread.median > 1000 else 1
    return f"{spread.median:,.{digits}f} ({spread.low:,.{digits}f} - {spread.high:,.{digits}f})"


def _circumstances() -> dict[str, Any]:
    return {
        "measured_at": clock.now().isoformat(),
        "command": shlex.join(sys.orig_argv),
        "commit": _commit(),
        "machine": {
            "platform": platform.platform(),
            "processor": _processor(),
            "cores": os.cpu_count(),
            "memory_bytes": psutil.virtual_memory().total,
            "load_average": os.getloadavg(),
        },
        "versions": {"python": platform.python_version(), **{name: version(name) for name in _PACKAGES}},
    }


def _commit() -> str:
    command = ["git", "describe", "--always", "--dirty"]  # "dirty": measured with changes beside the commit
    described = subprocess.run(command, capture_output=True, text=True, check=False)
    return described.stdout.strip() or "unknown"


def _processor() -> str:
    described = Path("/proc/cpuinfo")
    lines = described.read_text().splitlines() if described.is_file() else []
    models = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(models, platform.processor())
