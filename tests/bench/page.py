"""Writes what the last bench measured into `deploy/capacity.md`: python -m tests.bench.page."""

import json
import sys
from collections.abc import Iterable, Iterator, Mapping
from math import ceil
from typing import Any, Final

from streams.resources import checkout
from tests.bench.report import RATIOS

BEGIN: Final = "<!-- measured: python -m tests.bench.page -->"
END: Final = "<!-- end of what was measured -->"
PLAN_BEGIN: Final = "<!-- planned: python -m tests.bench.page -->"
PLAN_END: Final = "<!-- end of what is planned -->"
# The simulated world, and what the plan allows for.
_EVENTS_A_DAY: Final = 11_000
_DAYS: Final = 365
_PEAK: Final = 10
_USE: Final = 0.6
_MEBI: Final = 1 << 20
_GIBI: Final = 1 << 30
_NOTHING: Final = "not measured"


def main() -> None:
    """Fill the page from `build/bench.json`."""
    measured, page = checkout() / "build/bench.json", checkout() / "deploy/capacity.md"
    if not measured.is_file():
        sys.exit(f"{measured} is not there; run: make bench-full")
    page.write_text(
        fill(page.read_text(encoding="utf-8"), json.loads(measured.read_text())), encoding="utf-8"
    )


def fill(page: str, measured: Mapping[str, Any]) -> str:
    """Give the page with its measured parts written anew; what was not measured is said to be so."""
    page = _between(page, BEGIN, END, _lines(measured))
    return _between(page, PLAN_BEGIN, PLAN_END, _plan(measured))


def _between(page: str, begin: str, end: str, lines: Iterable[str]) -> str:
    before, found, rest = page.partition(begin)
    _, _, after = rest.partition(end)
    return "\n".join([before + begin, *lines, end + after]) if found else page


def _lines(measured: Mapping[str, Any]) -> Iterator[str]:
    yield from _circumstances(measured)
    yield from _table(("bench", "events/s", "own CPU us/event", "engine CPU us/event"), _speeds(measured))
    yield from _table(("ratio", "median (lowest - highest)"), _ratios(measured))
    yield from _table(("events/s", "p50 ms", "p95 ms", "p99 ms", "cores: worker + engine"), _fresh(measured))
    yield from _table(("table", "MiB of a year", "bytes an event"), _disk(measured))


def _circumstances(measured: Mapping[str, Any]) -> Iterator[str]:
    yield ""
    if not measured:
        yield "Not measured yet."
        return
    machine = measured["machine"]
    yield (
        f"Commit {measured['commit']}, {measured['measured_at'][:16]}, {machine['cores']} cores "
        f"({machine['processor']}), load {machine['load_average'][1]:.1f}: `{measured['command']}`."
    )
    yield from measured["notes"]


def _table(headings: Iterable[str], rows: Iterable[Iterable[str]]) -> Iterator[str]:
    names = list(headings)
    yield ""
    yield f"| {' | '.join(names)} |"
    yield f"|{'---|' * len(names)}"
    found = [f"| {' | '.join(row)} |" for row in rows]
    yield from found or [f"| {' | '.join([_NOTHING] * len(names))} |"]


def _speeds(measured: Mapping[str, Any]) -> Iterator[list[str]]:
    for bench, found in measured.get("benches", {}).items():
        spreads = (found[name] for name in ("events_per_second", "own_cpu_us", "engine_cpu_us"))
        yield [bench, *(f"{spread['median']:,.0f}" for spread in spreads)]


def _ratios(measured: Mapping[str, Any]) -> Iterator[list[str]]:
    for name in RATIOS:
        spread = measured.get("ratio_spreads", {}).get(name)
        median = measured.get("ratios", {}).get(name)
        yield [name, f"{median:.2f} ({spread['low']:.2f} - {spread['high']:.2f})" if spread else _NOTHING]


def _fresh(measured: Mapping[str, Any]) -> Iterator[list[str]]:
    for rate, found in measured.get("freshness", {}).items():
        ages = (f"{found[name]:,.0f}" for name in ("p50_ms", "p95_ms", "p99_ms"))
        yield [f"{int(rate):,}", *ages, f"{found['worker_cores']:.2f} + {found['engine_cores']:.2f}"]


def _disk(measured: Mapping[str, Any]) -> Iterator[list[str]]:
    found = measured.get("storage")
    if found:
        sizes = {**found["bytes_by_table"], "all": sum(found["bytes_by_table"].values())}
        for table, size in sizes.items():
            yield [table, f"{size / _MEBI:,.1f}", f"{size / found['events']:,.1f}"]


def _plan(measured: Mapping[str, Any]) -> Iterator[str]:
    """Work out what a multiple of today's load takes, by the measured speed and bytes of an event."""
    speed = measured.get("benches", {}).get("worker", {}).get("events_per_second", {}).get("median")
    stored = measured.get("storage")
    size = sum(stored["bytes_by_table"].values()) / stored["events"] if stored else None
    headings = "times today", "events/s, mean", "events/s, busiest", "workers", "disk of a year, GiB"
    yield from _table(headings, (_needs(times, speed, size) for times in (1, 100, 10_000)))


def _needs(times: int, speed: float | None, size: float | None) -> list[str]:
    mean = times * _EVENTS_A_DAY / 86_400
    workers = f"{ceil(_PEAK * mean / speed / _USE):,}" if speed else _NOTHING
    disk = f"{times * _EVENTS_A_DAY * _DAYS * size / _GIBI:,.1f}" if size else _NOTHING
    return [f"{times:,}", f"{mean:,.1f}", f"{_PEAK * mean:,.0f}", workers, disk]


if __name__ == "__main__":
    main()
