"""One gate on one day: which visits are served, and every event that the day brings about."""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Final, NamedTuple

from producers.simulate.chance import id_prefix, stream
from producers.simulate.declaration_events import declaration_events
from producers.simulate.declarations import draw_declarations
from producers.simulate.emission import Emission
from producers.simulate.gate_states import StateWriter, Traffic
from producers.simulate.grid import grid_events, grid_visit
from producers.simulate.lane_plan import LanePlan, lane_plan
from producers.simulate.lanes import Served, Service, booth_service, serve
from producers.simulate.scenario import Border, Scenario
from producers.simulate.visit_events import VisitWriter, arrival_events, draw_delay, pass_events
from producers.simulate.visits import Visit, draw_visits
from streams.registry import Gate

_DIRECTIONS: Final = ("outbound", "inbound")


class Passes(NamedTuple):
    """What a day's lanes did: who passed, and who was ready and found no time."""

    served: list[Served]
    unserved: list[Visit]


class GateDay:
    """One gate on one day.

    Vehicles whose papers are not done when the gate closes wait for the next morning: a day's lanes
    serve those of the day before first. They depend on older days only while a scenario keeps a queue.
    """

    def __init__(self, world: str, gate: Gate, day: date, scenario: Scenario) -> None:
        self._world, self._gate, self._day = world, gate, day
        built = scenario.built_as_of(day)
        self.border: Border | None = scenario.border(gate, day)
        self.plan: LanePlan = lane_plan(world, gate, day, built, self.border)
        self._booth = booth_service(built)
        factor = scenario.trade_factor(day)
        self.grid: Visit | None = grid_visit(world, gate, day, factor)
        closed = self.border.closed if self.border else None
        self.visits = draw_visits(world, gate, day, factor, closed)

    def unready(self) -> list[Visit]:
        """Give the visits of this day that are not ready when the gate closes."""
        return [v for v in self.visits if v.ready_ms >= self.plan.closing_ms and not v.refused]

    def serve(self, waiting: Sequence[Visit]) -> Passes:
        """Run the queues of this day's lanes; `waiting` came on days before."""
        plan = self.plan
        queue = [(max(visit.ready_ms, plan.opening_ms), visit) for visit in waiting]
        queue += [(v.ready_ms, v) for v in self.visits if v.ready_ms < plan.closing_ms and not v.refused]
        passes = Passes([], [])
        for direction in _DIRECTIONS:
            rng = stream(self._world, "lanes", self._gate.slug, self._day, direction)
            mine = [entry for entry in queue if entry[1].direction == direction]
            served, unserved = serve(rng, self._service(direction), mine, plan.sessions[direction])
            passes.served.extend(served)
            passes.unserved.extend(unserved)
        return passes

    def _service(self, direction: str) -> Service:
        accepts = self.border.accepts if self.border and direction == "outbound" else None
        gap = (self.plan.closing_ms - self.plan.opening_ms) // accepts if accepts else 0
        return Service(*self._booth, gap)

    def events(self, waiting: Sequence[Visit], passes: Passes, flags: str) -> Iterator[Emission]:
        """Write every event that this day brings about: papers, arrivals, passes, the gate's state."""
        rng = stream(self._world, "feeds", self._gate.slug, self._day)
        mode = "rail" if self._gate.kind == "rail" else "road"
        turned = [] if self.border else passes.unserved
        for visit in self.visits:
            yield from arrival_events(rng, VisitWriter(visit, mode, flags, draw_delay(rng)))
        for served in passes.served:
            yield from pass_events(rng, VisitWriter(served.visit, mode, flags, draw_delay(rng)), served)
        for visit in turned:
            yield VisitWriter(visit, mode, flags, 0).crossing("turned_back", self.plan.latest_ms)
        if self.grid:
            yield from grid_events(self.grid, flags)
        for declaration in draw_declarations(self._world, self._gate, self._day, self.visits):
            yield from declaration_events(self._world, self._gate.slug, declaration, flags)
        ids = id_prefix(self._world, "gate", self._gate.slug, self._day)
        traffic = Traffic.of((*waiting, *self.visits), passes.served, turned, self.plan.latest_ms)
        yield from StateWriter(ids, self._gate, self.plan, self.border, flags).events(traffic)
