"""Which lanes of a gate take vehicles on a day, and when."""

from datetime import date, timedelta
from typing import Final, NamedTuple

from producers.simulate.calendar import HOUR_MS, MINUTE_MS, clock_ms
from producers.simulate.chance import stream
from producers.simulate.lanes import Session
from producers.simulate.scenario import Border
from producers.spans import Span, missing
from streams.registry import Gate

# Barrier 1 of Kim Thành has had 2 lanes out and 3 in since then (public), one each before (assumption).
REBUILT: Final = date(2024, 11, 1)
# More lanes than one a direction are staffed in the busy hours (assumption).
_BUSY_HOURS: Final = ("07:30", "18:00")
# The last vehicle of an evening's queue starts so long before the gate opens again; at a gate that never
# closes, who is ready in the day's last half hour is served after midnight.
_REST_MS: Final = 30 * MINUTE_MS
_STEP_MS: Final = 30 * MINUTE_MS
# A lane is repaired on one day of 25, for three hours (assumption).
_REPAIR_SHARE: Final = 0.04
_REPAIR_MS: Final = 3 * HOUR_MS
_DIRECTIONS: Final = {"outbound": "-out-", "inbound": "-in-"}


class LanePlan(NamedTuple):
    """A gate's lanes on a day: `latest_ms` is the last moment at which a vehicle that waits is served."""

    opening_ms: int
    closing_ms: int
    latest_ms: int
    lanes_max: int
    sessions: dict[str, list[Session]]
    repair: Session | None

    def lanes_open(self, at_ms: int) -> int:
        """Count the lanes that take vehicles at a moment."""
        sessions = (session for each in self.sessions.values() for session in each)
        return len({session.lane_id for session in sessions if session.start_ms <= at_ms < session.until_ms})


def never_closes(gate: Gate) -> bool:
    """Tell whether a gate is open day and night."""
    return gate.opens_at == "00:00" and gate.closes_at == "24:00"


def lanes_of(gate: Gate, day: date) -> dict[str, list[str]]:
    """Give the lanes that a gate has on a day, by direction."""
    last = None if day >= REBUILT else 1
    lanes = {name: [lane for lane in gate.lanes if mark in lane] for name, mark in _DIRECTIONS.items()}
    return {direction: each[:last] for direction, each in lanes.items()}


def lane_plan(world: str, gate: Gate, day: date, built: date, border: Border | None) -> LanePlan:
    """Plan a day's lanes; `built` is the day whose lanes the gate has, `border` what the other side takes."""
    lanes = lanes_of(gate, built)
    opening = clock_ms(day, gate.opens_at)
    closing = clock_ms(day, gate.closes_at) - (_REST_MS if never_closes(gate) else 0)
    latest = _latest(gate, day, closing)
    repair = _repair(world, gate, day, [lane for each in lanes.values() for lane in each[1:]])
    whole = {
        direction: (opening, closing if _keeps_hours(direction, border) else latest) for direction in lanes
    }
    sessions = {
        direction: [
            session
            for number, lane in enumerate(each)
            for session in _sessions(lane, _hours(day, whole[direction], number), repair, border)
        ]
        for direction, each in lanes.items()
    }
    return LanePlan(opening, closing, latest, sum(map(len, lanes.values())), sessions, repair)


def _latest(gate: Gate, day: date, closing: int) -> int:
    """Give until when a queue is served, which is into the night."""
    if never_closes(gate):
        return closing + _REST_MS
    return clock_ms(day + timedelta(days=1), gate.opens_at) - _REST_MS


def _keeps_hours(direction: str, border: Border | None) -> bool:
    """Tell whether the other side takes nobody after hours."""
    return bool(border and (border.closed or (border.accepts and direction == "outbound")))


def _hours(day: date, whole: Span, number: int) -> Span:
    """Give the hours of a direction's first lane, which is staffed all day, or of a further one."""
    first, last = (clock_ms(day, hour) for hour in _BUSY_HOURS)
    return (max(first, whole[0]), min(last, whole[1])) if number else whole


def _sessions(lane: str, hours: Span, repair: Session | None, border: Border | None) -> list[Session]:
    out: list[Span] = [border.closed] if border and border.closed else []
    if repair and repair.lane_id == lane:
        out.append((repair.start_ms, repair.until_ms))
    return [Session(start, lane, until) for start, until in missing(hours, out)]


def _repair(world: str, gate: Gate, day: date, lanes: list[str]) -> Session | None:
    rng = stream(world, "repair", gate.slug, day)
    if not lanes or rng.random() >= _REPAIR_SHARE:
        return None
    start = clock_ms(day, "08:00") + rng.randrange(12) * _STEP_MS
    return Session(start, rng.choice(lanes), start + _REPAIR_MS)
