"""Takes the time and the CPU of a stretch of work."""

import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from statistics import median

import psutil

from streams import clock


@dataclass(frozen=True)
class Sample:
    """One round of one bench: how many events, how long, and the CPU seconds of us and of the engine.

    `peak_bytes` is the most memory that one of our processes held; 0: nobody looked.
    """

    events: int
    seconds: float
    own_cpu_s: float
    engine_cpu_s: float
    peak_bytes: int = 0

    @property
    def rate(self) -> float:
        """Give the events a second."""
        return self.events / self.seconds


@dataclass(frozen=True)
class Spread:
    """The median of all rounds, and the lowest and the highest."""

    median: float
    low: float
    high: float

    @classmethod
    def of(cls, numbers: list[float]) -> "Spread":
        """Sum up the numbers of all rounds."""
        return cls(median(numbers), min(numbers), max(numbers))


@dataclass
class Samples:
    """The samples of all benches by round: a pair is of one round, whatever is missing in another."""

    by_bench: dict[str, dict[int, Sample]] = field(default_factory=dict)
    by_rate: dict[int, "Freshness"] = field(default_factory=dict)
    stored: "Storage | None" = None
    versions: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def add(self, bench: str, number: int, sample: Sample) -> None:
        """Keep the sample of a round."""
        self.by_bench.setdefault(bench, {})[number] = sample

    def ratio(self, bench: str, to: str) -> Spread | None:
        """Give how fast a bench is beside another, round by round; None where they never ran together."""
        ours, theirs = self.by_bench.get(bench, {}), self.by_bench.get(to, {})
        ratios = [ours[number].rate / theirs[number].rate for number in ours.keys() & theirs.keys()]
        return Spread.of(ratios) if ratios else None

    def note(self, text: str) -> None:
        """Keep a remark about what could not be measured, once."""
        if text not in self.notes:
            self.notes.append(text)


@dataclass(frozen=True)
class Freshness:
    """How long events of one rate took from before they were sent until a query's answer held them (ms)."""

    events: int
    p50_ms: float
    p95_ms: float
    p99_ms: float
    worker_cores: float
    engine_cores: float

    @classmethod
    def of(cls, ages_ms: Iterable[float], worker_cores: float, engine_cores: float) -> "Freshness":
        """Sum up the ages of all events; the cores were busy while nobody asked."""
        ages = sorted(ages_ms)
        p50, p95, p99 = (ages[min(len(ages) - 1, int(len(ages) * share))] for share in (0.5, 0.95, 0.99))
        return cls(len(ages), p50, p95, p99, worker_cores, engine_cores)


@dataclass(frozen=True)
class Storage:
    """What the events of some days take on the engine's disk once its parts are merged, by table."""

    days: int
    events: int
    seconds: float
    bytes_by_table: dict[str, int]
    memory_bytes: list[int]


class Meter:
    """Measures from its creation on; with the engine's process, its CPU too."""

    def __init__(self, engine_pid: int | None = None) -> None:
        self._engine = psutil.Process(engine_pid) if engine_pid else None
        self._began = self._readings()

    def sample(self, events: int) -> Sample:
        """Give what so many events took since the beginning."""
        seconds, own, engine = (now - then for now, then in zip(self._readings(), self._began, strict=True))
        return Sample(events, seconds, own, engine)

    def _readings(self) -> tuple[float, float, float]:
        engine = cpu_seconds(self._engine) if self._engine else 0.0
        return clock.monotonic(), time.process_time(), engine


def cpu_seconds(process: psutil.Process) -> float:
    """Give the CPU seconds that a process has used."""
    times = process.cpu_times()
    return float(times.user + times.system)
