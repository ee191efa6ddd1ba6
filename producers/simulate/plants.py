"""The plants: every line reports every product each five minutes, running or stopped."""

from collections.abc import Iterable, Iterator
from datetime import date
from functools import lru_cache
from random import Random
from typing import Final, NamedTuple

from producers.simulate.calendar import DAY_MS, HOUR_MS, MINUTE_MS, day_start_ms, days_in_month, time_text
from producers.simulate.chance import id_prefix, stream, unit_lognormal
from producers.simulate.emission import OUTPUT, Emission, Envelope, correction, write
from producers.simulate.stops import STOPPED_SHARE, Stop, stops_of_day
from streams.registry import Plant, Product

_WINDOW_MS: Final = 5 * MINUTE_MS
# Percent of the year's output in each month (domain.md 4.3: January-February and the first half are derived).
MONTH_PERCENT: Final = (6.8, 5.9, 7.9, 8.1, 8.4, 8.7, 8.9, 9.0, 8.9, 9.1, 9.0, 9.3)
_DAY_SIGMA: Final = 0.04
_WINDOW_SIGMA: Final = 0.06
_REPORT_DELAY_MS: Final = (2_000, 25_000)
_AMENDED_SHARE: Final = 0.0003
_AMENDED_MS: Final = (HOUR_MS, 4 * HOUR_MS)
_CORRECTION_STEP: Final = 0x800


@lru_cache(maxsize=1024)
def _window_text(at_ms: int) -> str:
    """Write an edge of a window; all lines share them."""
    return time_text(at_ms)


class _Line(NamedTuple):
    """One product of one line on one day."""

    plant: Plant
    line: str
    product: Product
    ids: str
    micro_a_window: float
    flags: str

    def body(self, end_ms: int, micro: int, reason: str) -> str:
        product = self.product
        state = f'"stopped","stop_reason":"{reason}"' if reason else '"execute"'
        return (
            f'"plant_id":"{self.plant.slug}","zone_id":"{self.plant.zone}","line_id":"{self.line}",'
            f'"product":"{product.slug}","hs_code":"{product.hs_code}",'
            f'"window_start":"{_window_text(end_ms - _WINDOW_MS)}","window_end":"{_window_text(end_ms)}",'
            f'"quantity":"{micro // 1_000_000}.{micro % 1_000_000:06d}","unit":"{product.unit}",'
            f'"value_minor":{micro * product.price_vnd // 1_000_000},"currency":"VND",'
            f'"price_basis":"unstated","state":{state}'
        )

    def emit(self, step: int, end_ms: int, sent_ms: int, body: str, extra: str = "") -> Emission:
        event_id, plant = f"{self.ids}{step:03x}", self.plant.slug
        source = f"{self.plant.zone}/{plant}"
        envelope = Envelope(OUTPUT, source, event_id, plant, _window_text(end_ms), extra)
        return Emission(sent_ms, event_id, OUTPUT, plant.encode(), write(envelope, body, self.flags))


class Window(NamedTuple):
    """What one line made of one product in one window, in millionths of a unit, and why it stood still."""

    step: int
    end_ms: int
    micro: int
    reason: str


def _lines(world: str, plant: Plant, day: date, flags: str) -> Iterator[_Line]:
    windows = days_in_month(day) * (DAY_MS // _WINDOW_MS)
    share = MONTH_PERCENT[day.month - 1] / 100 / windows / (1 - STOPPED_SHARE)
    for product in plant.products:
        micro = product.run_2023 * 1e6 * share / len(plant.lines)
        for line in plant.lines:
            ids = id_prefix(world, plant.slug, line, product.slug, day)
            yield _Line(plant, line, product, ids, micro, flags)


def _windows(world: str, line: _Line, day: date, extra_stops: Iterable[Stop]) -> Iterator[Window]:
    rng = stream(world, "output", line.ids)
    stops = [*stops_of_day(world, line.plant, line.line, day), *extra_stops]
    start = day_start_ms(day)
    level = line.micro_a_window * unit_lognormal(rng, _DAY_SIGMA)
    for step in range(DAY_MS // _WINDOW_MS):
        end = start + step * _WINDOW_MS
        made = int(level * rng.gauss(1.0, _WINDOW_SIGMA))
        reason = next((stop.reason for stop in stops if stop.covers(end - _WINDOW_MS, end)), "")
        yield Window(step, end, 0 if reason else max(0, made), reason)


def output_vnd(world: str, plant: Plant, day: date, extra_stops: Iterable[Stop] = ()) -> int:
    """Give the value of what a plant reports on a day, amendments aside, without writing the reports."""
    return sum(
        window.micro * line.product.price_vnd // 1_000_000
        for line in _lines(world, plant, day, "")
        for window in _windows(world, line, day, extra_stops)
    )


def plant_events(
    world: str, plant: Plant, day: date, flags: str, extra_stops: Iterable[Stop] = ()
) -> Iterator[Emission]:
    """Write every report of a plant whose window ends on a day (the first one ends at midnight)."""
    for line in _lines(world, plant, day, flags):
        rng = stream(world, "reports", line.ids)
        for window in _windows(world, line, day, extra_stops):
            yield from _reports(rng, line, window)


def _reports(rng: Random, line: _Line, window: Window) -> Iterator[Emission]:
    step, end, micro, reason = window
    sent = end + int(rng.uniform(*_REPORT_DELAY_MS))
    report = line.emit(step, end, sent, line.body(end, micro, reason))
    yield report
    if rng.random() < _AMENDED_SHARE:
        body = line.body(end, int(micro * rng.uniform(0.9, 1.1)), reason)
        later = sent + int(rng.uniform(*_AMENDED_MS))
        yield line.emit(step + _CORRECTION_STEP, end, later, body, correction("amend", report.event_id, end))
