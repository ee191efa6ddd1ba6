"""Takes the time and the CPU of a stretch of work."""

import time
from dataclasses import dataclass, field
from statistics import median

import psutil

from streams import clock


@dataclass(frozen=True)
class Sample:
    """One round of one bench: how many events, how long, and the CPU seconds of us and of the engine."""

    events: int
    seconds: float
    own_cpu_s: float
    engine_cpu_s: float

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
    """The samples of all benches, in the order of the rounds."""

    by_bench: dict[str, list[Sample]] = field(default_factory=dict)

    def add(self, bench: str, sample: Sample) -> None:
        """Keep a sample."""
        self.by_bench.setdefault(bench, []).append(sample)

    def ratio(self, bench: str, to: str) -> Spread | None:
        """Give how fast a bench is beside another, round by round; None where one did not run."""
        pairs = zip(self.by_bench.get(bench, ()), self.by_bench.get(to, ()), strict=False)
        ratios = [one.rate / other.rate for one, other in pairs]
        return Spread.of(ratios) if ratios else None


class Meter:
    """Measures from its creation on; with the engine's process, its CPU too."""

    def __init__(self, engine_pid: int | None = None) -> None:
        self._engine = psutil.Process(engine_pid) if engine_pid else None
        self._began = self._readings()

    def sample(self, events: int) -> Sample:
        """Give what so many events took since the beginning."""
        return Sample(events, *(now - then for now, then in zip(self._readings(), self._began, strict=True)))

    def _readings(self) -> tuple[float, float, float]:
        engine = self._engine.cpu_times() if self._engine else None
        return clock.monotonic(), time.process_time(), engine.user + engine.system if engine else 0.0
