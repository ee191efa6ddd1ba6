"""What the benches found: a table on the terminal, and JSON with what it was measured on."""

import json
import os
import platform
import shlex
import subprocess
import sys
from collections.abc import Iterable
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
#: Each is how many times as many events a second the first takes, in the same rounds, as the second.
RATIOS: Final = {
    "pipeline_to_limit": ("worker", "aiokafka limit"),
    "to_confluent_limit": ("worker", "confluent-kafka limit"),
    "to_quix": ("worker", "quix"),
    "to_arroyo": ("worker", "arroyo"),
    "to_bytewax": ("worker", "bytewax"),
    "to_faust": ("worker", "faust"),
    "to_kafka_streams": ("worker", "kafka streams (fold only)"),
    "two_workers_to_one": ("two workers", "worker"),
    "store_to_fold": ("fold and store", "fold"),
    "year_to_tenth": ("replay of a year", "replay of a tenth"),
}


def show(samples: Samples, console: Console) -> None:
    """Print a row for each bench, the ratios between them, freshness and storage."""
    if samples.by_bench:
        console.print(_speeds(samples))
        console.print(_ratio_table(samples))
    if samples.by_rate:
        console.print(_freshness(samples))
    if samples.stored:
        found = samples.stored
        console.print(
            f"storage: {sum(found.bytes_by_table.values()) / found.events:,.0f} bytes an event after merges "
            f"({found.events:,} events of {found.days} days, folded and stored in {found.seconds:,.0f} s)"
        )
    for note in samples.notes:
        console.print(note)


def _speeds(samples: Samples) -> Table:
    rounds = max(map(len, samples.by_bench.values()))
    table = _table(
        f"medians of {rounds} interleaved rounds (lowest - highest)",
        "bench", "version", "events", "events/s", "own CPU us/event", "engine CPU us/event", "peak MB",
    )  # fmt: skip
    for bench, found in samples.by_bench.items():
        events = max(sample.events for sample in found.values())
        spreads = map(_text, _spreads(found.values()).values())
        table.add_row(bench, samples.versions.get(bench, ""), f"{events:,}", *spreads)
    return table


def _ratio_table(samples: Samples) -> Table:
    table = _table("ratios, paired round by round", "ratio", "median", "lowest - highest", "of")
    for name, ratio in _ratios(samples).items():
        row = f"{ratio.median:.2f}", f"{ratio.low:.2f} - {ratio.high:.2f}", " / ".join(RATIOS[name])
        table.add_row(name, *row)
    return table


def _freshness(samples: Samples) -> Table:
    table = _table(
        "from before it is sent to a query that shows it (ms), and cores busy while nobody asks",
        "events/s", "events", "p50", "p95", "p99", "worker", "engine",
    )  # fmt: skip
    for rate, found in samples.by_rate.items():
        ages = (f"{age:,.0f}" for age in (found.p50_ms, found.p95_ms, found.p99_ms))
        cores = f"{found.worker_cores:.3f}", f"{found.engine_cores:.3f}"
        table.add_row(f"{rate:,}", f"{found.events:,}", *ages, *cores)
    return table


def _table(title: str, *headings: str) -> Table:
    table = Table(title=title)
    for number, heading in enumerate(headings):
        table.add_column(heading, justify="right" if number else "left")
    return table


def write(samples: Samples, path: Path) -> None:
    """Write every sample, the medians, the ratios, and machine, versions and command."""
    content = {
        **_circumstances(samples),
        "benches": {
            bench: {
                **{name: asdict(spread) for name, spread in _spreads(found.values()).items()},
                "rounds": {number: asdict(sample) for number, sample in found.items()},
            }
            for bench, found in samples.by_bench.items()
        },
        "ratios": {name: round(ratio.median, 3) for name, ratio in _ratios(samples).items()},
        "ratio_spreads": {name: asdict(ratio) for name, ratio in _ratios(samples).items()},
        "freshness": {rate: asdict(found) for rate, found in samples.by_rate.items()},
        "storage": asdict(samples.stored) if samples.stored else None,
        "notes": samples.notes,
    }
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(content, indent=2) + "\n")


def _spreads(found: Iterable[Sample]) -> dict[str, Spread]:
    samples = list(found)
    return {
        "events_per_second": Spread.of([sample.rate for sample in samples]),
        "own_cpu_us": Spread.of([sample.own_cpu_s / sample.events * _MICRO for sample in samples]),
        "engine_cpu_us": Spread.of([sample.engine_cpu_s / sample.events * _MICRO for sample in samples]),
        "peak_mb": Spread.of([sample.peak_bytes / _MICRO for sample in samples]),
    }


def _ratios(samples: Samples) -> dict[str, Spread]:
    found = {name: samples.ratio(*pair) for name, pair in RATIOS.items()}
    return {name: ratio for name, ratio in found.items() if ratio}


def _text(spread: Spread) -> str:
    if not spread.high:
        return "-"
    digits = 0 if spread.median > 1000 else 1
    return f"{spread.median:,.{digits}f} ({spread.low:,.{digits}f} - {spread.high:,.{digits}f})"


def _circumstances(samples: Samples) -> dict[str, Any]:
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
        "versions": {
            "python": platform.python_version(),
            **{name: version(name) for name in _PACKAGES},
            **samples.versions,
        },
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
