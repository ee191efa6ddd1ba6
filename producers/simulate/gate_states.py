"""How a gate stands through a day: open, restricted or closed, its lanes, and who is in its yard."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple, Self

from producers.simulate.calendar import MINUTE_MS, time_text
from producers.simulate.emission import GATE_STATE, Emission, Envelope, write
from producers.simulate.lane_plan import LanePlan, never_closes
from producers.simulate.lanes import Served
from producers.simulate.scenario import Border
from producers.simulate.visits import Visit
from streams.registry import Gate

_EVERY_MS: Final = 30 * MINUTE_MS
_OVERTIME: Final = "Làm ngoài giờ: còn xe chờ trong bãi"


class Traffic(NamedTuple):
    """When vehicles came and went, in order, and when the last one left its booth."""

    came: list[int]
    went: list[int]
    last_booth_ms: int

    @classmethod
    def of(cls, came: Iterable[Visit], served: list[Served], turned: Iterable[Visit], turned_ms: int) -> Self:
        """Collect the moments of a day; who was not served in time turned back at one moment."""
        visits = list(came)
        went = [s.crossed_ms for s in served] + [v.ready_ms for v in visits if v.refused]
        return cls(
            sorted(visit.arrived_ms for visit in visits),
            sorted(went + [turned_ms for _ in turned]),
            max((s.end_ms for s in served), default=0),
        )

    def present(self, at_ms: int) -> int:
        """Count who is there at a moment."""
        return bisect_right(self.came, at_ms) - bisect_right(self.went, at_ms)


class _State(NamedTuple):
    ours: str
    theirs: str
    reason: str = ""


class StateWriter(NamedTuple):
    """Writes how a gate stands through a day."""

    ids: str
    gate: Gate
    plan: LanePlan
    border: Border | None
    flags: str

    def events(self, traffic: Traffic) -> Iterator[Emission]:
        """Write the state every half hour while the gate works, and when the last vehicle is through."""
        gate = self.gate
        for step, (at, state) in enumerate(self._states(traffic.last_booth_ms)):
            event_id = f"{self.ids}{step:03x}"
            envelope = Envelope(GATE_STATE, f"{gate.slug}/control-room", event_id, gate.slug, time_text(at))
            text = write(envelope, self._body(at, state, traffic.present(at)), self.flags)
            yield Emission(at, event_id, GATE_STATE, gate.slug.encode(), text)

    def _states(self, last_booth_ms: int) -> Iterator[tuple[int, _State]]:
        opening, closing = self.plan.opening_ms, self.plan.closing_ms
        # At 24:00 the next day's first state speaks for a gate that does not close.
        end = closing + 1 if never_closes(self.gate) else max(closing, last_booth_ms)
        for at in range(opening, end, _EVERY_MS):
            yield at, self._state(at)
        if not never_closes(self.gate):
            yield end, _State("closed", "closed")

    def _state(self, at_ms: int) -> _State:
        border, repair = self.border, self.plan.repair
        if border and border.closed and border.closed[0] <= at_ms < border.closed[1]:
            return _State("closed", "closed", border.reason)
        if border and border.accepts:
            return _State("restricted", "restricted", border.reason)
        if repair and repair.start_ms <= at_ms < repair.until_ms:
            return _State("restricted", "open", f"Sửa chữa làn {repair.lane_id}")
        overtime = at_ms >= self.plan.closing_ms and not never_closes(self.gate)
        return _State("open", "open", _OVERTIME if overtime else "")

    def _body(self, at_ms: int, state: _State, present: int) -> str:
        gate = self.gate
        lanes_open = 0 if state.ours == "closed" else self.plan.lanes_open(at_ms)
        reason = f'"reason":"{state.reason}",' if state.reason else ""
        return (
            f'"gate_id":"{gate.slug}","state":"{state.ours}","counterpart_state":"{state.theirs}",{reason}'
            f'"lanes_open":{lanes_open},"lanes_max":{self.plan.lanes_max},"yard_present":{present},'
            f'"yard_capacity":{gate.yard_capacity},"opens_at":"{gate.opens_at}","closes_at":"{gate.closes_at}"'
        )
