"""The simulated world: every event of any stretch of time, as a function of (seed, scenario, time)."""

from bisect import bisect_left
from collections.abc import Iterator
from datetime import date, timedelta
from functools import lru_cache
from itertools import chain
from operator import attrgetter
from typing import Final

from producers.simulate.calendar import day_start_ms, local_day
from producers.simulate.emission import Emission, flags_text
from producers.simulate.gate_day import GateDay, Passes
from producers.simulate.plants import plant_events
from producers.simulate.scenarios import NORMAL, scenario_of
from producers.simulate.target_events import target_events
from producers.simulate.visits import Visit
from streams.registry import Registry

_DAY: Final = timedelta(days=1)
_sent_at: Final = attrgetter("at_ms")


class World:
    """One simulated world; the same arguments always give the same events, byte for byte.

    A day brings about events that are sent on that day, the one before or the one after, so each day of
    the stream is made of three days of the world. All scenarios of a seed draw the same chances.
    """

    def __init__(
        self, registry: Registry, seed: int, scenario: str = NORMAL, *, backfill: bool = False
    ) -> None:
        self._registry = registry
        self._scenario = scenario_of(scenario)
        self.name = f"{seed}/{scenario}"
        self._key = str(seed)
        self._flags = flags_text(backfill=backfill)
        # A day's gates need who was left over from the day before, and a scenario's queues all of it.
        self.gate_day = lru_cache(maxsize=8 * len(registry.gates))(self._make_gate_day)
        self.passes = lru_cache(maxsize=8 * len(registry.gates))(self._make_passes)
        self._brought_about = lru_cache(maxsize=3)(self._make_events)
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
        near = chain.from_iterable(map(self._brought_about, (day - _DAY, day, day + _DAY)))
        return sorted(event for event in near if start <= event.at_ms < end)

    def _make_events(self, day: date) -> list[Emission]:
        events: list[Emission] = []
        for slug in self._registry.gate_by_slug:
            waiting, passes = self.waiting(slug, day), self.passes(slug, day)
            events.extend(self.gate_day(slug, day).events(waiting, passes, self._flags))
        for listed in self._registry.plants:
            plant = self._scenario.plant_on(listed, day)
            stops = self._scenario.stops_on(plant, day)
            events.extend(plant_events(self._key, plant, day, self._flags, stops))
        targets = self._scenario.targets_on(self._registry.targets, day)
        events.extend(target_events(self._key, targets, day, self._flags))
        return list(self._scenario.deliver(events))

    def _make_gate_day(self, slug: str, day: date) -> GateDay:
        return GateDay(self._key, self._registry.gate_by_slug[slug], day, self._scenario)

    def _make_passes(self, slug: str, day: date) -> Passes:
        return self.gate_day(slug, day).serve(self.waiting(slug, day))

    def waiting(self, slug: str, day: date) -> list[Visit]:
        """Give who stands at a gate when a day starts."""
        yesterday = self.gate_day(slug, day - _DAY)
        if yesterday.border is None:
            return yesterday.unready()
        return yesterday.unready() + self.passes(slug, day - _DAY).unserved
