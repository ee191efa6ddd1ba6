"""The plants: every line reports every product each five minutes, running or stopped."""

import math
from collections.abc import Iterator
from datetime import date
from functools import lru_cache
from random import Random
from typing import Final, NamedTuple

from producers.simulate.calendar import DAY_MS, HOUR_MS, MINUTE_MS, day_start_ms, days_in_month, time_text
from producers.simulate.chance import id_prefix, lognormal, stream, unit_lognormal, whole
from producers.simulate.emission import OUTPUT, Emission, Envelope, correction, write
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


class StopKind(NamedTuple):
    """A kind of stop: how many a year, how long (log-normal), and why (assumptions)."""

    a_year: float
    median_hours: float
    sigma: float
    reasons: tuple[str, ...]

    @property
    def hours_a_year(self) -> float:
        """Give how long a line stands still a year for this."""
        return self.a_year * self.median_hours * math.exp(self.sigma**2 / 2)


STOP_KINDS: Final = (
    StopKind(24, 3, 0.5, ("breakdown", "power", "raw_material", "labour")),
    StopKind(1.5, 8 * 24, 0.5, ("planned", "market", "breakdown", "environment")),
)
# The share of a year that the stops above take on average; running lines make up for it.
_HOURS_A_YEAR: Final = 8766
_STOPPED_SHARE: Final = sum(kind.hours_a_year for kind in STOP_KINDS) / _HOURS_A_YEAR


class Stop(NamedTuple):
    """A time during which a line stands still."""

    start_ms: int
    end_ms: int
    reason: str

    def covers(self, start_ms: int, end_ms: int) -> bool:
        """Tell whether the line stands still at some moment of a window."""
        return self.start_ms < end_ms and start_ms < self.end_ms


@lru_cache(maxsize=512)
def stops_of_year(world: str, plant: str, line: str, year: int) -> tuple[Stop, ...]:
    """Draw the stops of a line that start in a year."""
    rng = stream(world, "stops", plant, line, year)
    first, last = day_start_ms(date(year, 1, 1)), day_start_ms(date(year + 1, 1, 1))
    stops = []
    for kind in STOP_KINDS:
        for _ in range(whole(rng, kind.a_year)):
            start = int(rng.uniform(first, last))
            end = start + int(lognormal(rng, kind.median_hours, kind.sigma) * HOUR_MS)
            stops.append(Stop(start, end, rng.choice(kind.reasons)))
    return tuple(sorted(stops))


def _stops_of_day(world: str, plant: Plant, line: str, day: date) -> list[Stop]:
    start = day_start_ms(day)
    if plant.stopped_since and day >= plant.stopped_since:
        return [Stop(0, start + DAY_MS, "market")]
    near = stops_of_year(world, plant.slug, line, day.year - 1) + stops_of_year(
        world, plant.slug, line, day.year
    )
    return [stop for stop in near if stop.start_ms < start + DAY_MS and stop.end_ms > start - _WINDOW_MS]


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


def _lines(world: str, plant: Plant, day: date, flags: str) -> Iterator[_Line]:
    windows = days_in_month(day) * (DAY_MS // _WINDOW_MS)
    share = MONTH_PERCENT[day.month - 1] / 100 / windows / (1 - _STOPPED_SHARE)
    for product in plant.products:
        micro = product.run_2023 * 1e6 * share / len(plant.lines)
        for line in plant.lines:
            ids = id_prefix(world, plant.slug, line, product.slug, day)
            yield _Line(plant, line, product, ids, micro, flags)


def plant_events(world: str, plant: Plant, day: date, flags: str) -> Iterator[Emission]:
    """Write every report of a plant whose window ends on a day (the first one ends at midnight)."""
    for line in _lines(world, plant, day, flags):
        rng = stream(world, "output", line.ids)
        stops = _stops_of_day(world, plant, line.line, day)
        yield from _line_events(rng, line, stops, day_start_ms(day))


def _line_events(rng: Random, line: _Line, stops: list[Stop], start: int) -> Iterator[Emission]:
    level = line.micro_a_window * unit_lognormal(rng, _DAY_SIGMA)
    for step in range(DAY_MS // _WINDOW_MS):
        end = start + step * _WINDOW_MS
        reason = next((stop.reason for stop in stops if stop.covers(end - _WINDOW_MS, end)), "")
        micro = 0 if reason else max(0, int(level * rng.gauss(1.0, _WINDOW_SIGMA)))
        sent = end + int(rng.uniform(*_REPORT_DELAY_MS))
        report = line.emit(step, end, sent, line.body(end, micro, reason))
        yield report
        if rng.random() < _AMENDED_SHARE:
            body = line.body(end, int(micro * rng.uniform(0.9, 1.1)), reason)
            extra = correction("amend", report.event_id, end)
            later = sent + int(rng.uniform(*_AMENDED_MS))
            yield line.emit(step + _CORRECTION_STEP, end, later, body, extra)
