"""The simulated world: every event of any stretch of time, as a function of (seed, scenario, time)."""

from bisect import bisect_left
from collections.abc import Iterator
from datetime import date, timedelta
from functools import lru_cache
from operator import attrgetter
from typing import Final

from producers.simulate.calendar import day_start_ms, local_day
from producers.simulate.emission import Emission, flags_text
from producers.simulate.gate_day import GateDay
from producers.simulate.plants import plant_events
from producers.simulate.scenarios import NORMAL, check_scenario
from streams.registry import Registry

_DAY: Final = timedelta(days=1)
_sent_at: Final = attrgetter("at_ms")


class World:
    """One simulated world; the same arguments always give the same events, byte for byte.

    A day brings about events that are sent on that day or the next one, never later, so each day
    of the stream is made of two days of the world.
    """

    def __init__(
        self, registry: Registry, seed: int, scenario: str = NORMAL, *, backfill: bool = False
    ) -> None:
        self._registry = registry
        self.name = f"{seed}/{check_scenario(scenario)}"
        self._flags = flags_text(backfill=backfill)
        # A day is made of its own visits and those left over from the day before.
        self._gates = lru_cache(maxsize=3)(self._make_gates)
        self._brought_about = lru_cache(maxsize=2)(self._make_events)
        self.day = lru_cache(maxsize=2)(self._make_day)

    def events(self, start_ms: int, end_ms: int) -> Iterator[Emission]:
        """Give every event that is sent in [start, end), in the order of sending."""
        day = local_day(start_ms)
        while day_start_ms(day) < end_ms:
            events = self.day(day)
            first, last = (bisect_left(events, at_ms, key=_sent_at) for at_ms in (start_ms, end_ms))
            yield from events[first:last]
            day += _DAY

    def _make_day(self, day: date) -> list[Emission]:
        start, end = day_start_ms(day), day_start_ms(day + _DAY)
        both = self._brought_about(day - _DAY) + self._brought_about(day)
        return sorted(event for event in both if start <= event.at_ms < end)

    def _make_events(self, day: date) -> list[Emission]:
        events: list[Emission] = []
        for today, yesterday in zip(self._gates(day), self._gates(day - _DAY), strict=True):
            events.extend(today.events(yesterday, self._flags))
        for plant in self._registry.plants:
            events.extend(plant_events(self.name, plant, day, self._flags))
        return events

    def _make_gates(self, day: date) -> list[GateDay]:
        return [GateDay(self.name, gate, day) for gate in self._registry.gates]
