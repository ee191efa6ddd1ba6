"""One gate on one day: which visits are served, and every event that the day brings about."""

from bisect import bisect_right
from collections.abc import Iterator
from datetime import date
from typing import Final

from producers.simulate.calendar import MINUTE_MS, clock_ms, time_text
from producers.simulate.chance import id_prefix, stream
from producers.simulate.emission import GATE_STATE, Emission, Envelope, write
from producers.simulate.lanes import Served, serve
from producers.simulate.visit_events import VisitWriter, arrival_events, draw_delay, pass_events
from producers.simulate.visits import Visit, draw_visits
from streams.registry import Gate

_STATE_EVERY_MS: Final = 30 * MINUTE_MS
_LANE_MARKS: Final = {"outbound": "-out-", "inbound": "-in-"}


class GateDay:
    """One gate on one day.

    Vehicles whose papers are not done when the gate closes wait for the next morning: a day's lanes
    serve those of the day before first, and depend on nothing older.
    """

    def __init__(self, world: str, gate: Gate, day: date) -> None:
        self._world, self._gate, self._day = world, gate, day
        self._opening = clock_ms(day, gate.opens_at)
        self._closing = clock_ms(day, gate.closes_at)
        self.visits = draw_visits(world, gate, day)

    def left_over(self) -> list[Visit]:
        """Give the visits of this day that are not ready when the gate closes."""
        return [visit for visit in self.visits if visit.ready_ms >= self._closing and not visit.refused]

    def served(self, yesterday: "GateDay") -> list[Served]:
        """Run the queues of this day's lanes."""
        queue = [(max(visit.ready_ms, self._opening), visit) for visit in yesterday.left_over()]
        queue += [(v.ready_ms, v) for v in self.visits if v.ready_ms < self._closing and not v.refused]
        served: list[Served] = []
        for direction, mark in _LANE_MARKS.items():
            rng = stream(self._world, "lanes", self._gate.slug, self._day, direction)
            lanes = [(self._opening, lane) for lane in self._gate.lanes if mark in lane]
            mine = [entry for entry in queue if entry[1].direction == direction]
            served += serve(rng, self._day, mine, lanes)
        return served

    def events(self, yesterday: "GateDay", flags: str) -> Iterator[Emission]:
        """Write every event that this day brings about: arrivals, papers, passes, the gate's state."""
        rng = stream(self._world, "feeds", self._gate.slug, self._day)
        mode = "rail" if self._gate.kind == "rail" else "road"
        for visit in self.visits:
            yield from arrival_events(rng, VisitWriter(visit, mode, flags, draw_delay(rng)))
        passes = self.served(yesterday)
        for served in passes:
            yield from pass_events(rng, VisitWriter(served.visit, mode, flags, draw_delay(rng)), served)
        yield from self._state_events(yesterday, passes, flags)

    def _state_events(self, yesterday: "GateDay", passes: list[Served], flags: str) -> Iterator[Emission]:
        gate = self._gate
        came = sorted(visit.arrived_ms for visit in (*yesterday.left_over(), *self.visits))
        went = sorted([s.crossed_ms for s in passes] + [v.ready_ms for v in self.visits if v.refused])
        ids = id_prefix(self._world, "gate", gate.slug, self._day)
        always_open = gate.opens_at == "00:00" and gate.closes_at == "24:00"
        # At 24:00 the next day's first state speaks for a gate that does not close.
        last = self._closing - always_open
        for step, at in enumerate(range(self._opening, last + 1, _STATE_EVERY_MS)):
            present = bisect_right(came, at) - bisect_right(went, at)
            body = self._state_body("closed" if at == self._closing else "open", present)
            event_id = f"{ids}{step:03x}"
            envelope = Envelope(GATE_STATE, f"{gate.slug}/control-room", event_id, gate.slug, time_text(at))
            yield Emission(at, event_id, GATE_STATE, gate.slug.encode(), write(envelope, body, flags))

    def _state_body(self, state: str, present: int) -> str:
        gate = self._gate
        lanes_open = len(gate.lanes) if state == "open" else 0
        return (
            f'"gate_id":"{gate.slug}","state":"{state}","counterpart_state":"{state}",'
            f'"lanes_open":{lanes_open},"lanes_max":{len(gate.lanes)},"yard_present":{present},'
            f'"yard_capacity":{gate.yard_capacity},"opens_at":"{gate.opens_at}","closes_at":"{gate.closes_at}"'
        )
