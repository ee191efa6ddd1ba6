"""The events of a visit: its arrival and papers, its pass through the lane, and what feeds make of them."""

from collections.abc import Iterator
from random import Random
from typing import Final, NamedTuple

from producers.simulate.calendar import HOUR_MS, MINUTE_MS, time_text
from producers.simulate.duties import duty_vnd, fee_vnd
from producers.simulate.emission import (
    BARRIER,
    CROSSING,
    CUSTOMS,
    PLATFORM,
    STAGE,
    Emission,
    Envelope,
    correction,
    write,
)
from producers.simulate.goods import Load, load_text
from producers.simulate.lanes import Served
from producers.simulate.visits import Visit

# How often a feed delivers an event late or twice, or somebody corrects it (assumptions).
_LATE_SHARE: Final = 0.002
_LATE_MS: Final = (16 * MINUTE_MS, 120 * MINUTE_MS)
_RESENT_SHARE: Final = 0.01
_RESENT_MS: Final = (20_000, 5 * MINUTE_MS)
_AMENDED_SHARE: Final = 0.002
_AMENDED_VALUE: Final = (0.8, 1.15)
_CANCELLED_SHARE: Final = 0.001
_CORRECTED_MS: Final = (HOUR_MS, 6 * HOUR_MS)
# A step completes an event id; a correction bears the step of its original and 0x100.
_POINT_STEPS: Final = {"arrived": 1, "booth_start": 2, "booth_end": 3, "crossed": 4, "turned_back": 5}
_STAGE_STEP: Final = 0x10
_HELD_STEP: Final = 0x20
_CORRECTION_STEP: Final = 0x100


class VisitWriter(NamedTuple):
    """Writes the events of one visit; all of them are sent `delay_ms` after their time."""

    visit: Visit
    mode: str
    flags: str
    delay_ms: int

    def crossing(self, point: str, at_ms: int, lane_id: str = "") -> Emission:
        """Write the passing of a point."""
        step = _POINT_STEPS[point]
        return self._emit(CROSSING, BARRIER, step, at_ms, self.crossing_body(point, lane_id))

    def crossing_body(self, point: str, lane_id: str, revision: float = 1.0) -> str:
        """Write the body of a crossing; a revision scales the value of the goods."""
        visit = self.visit
        lane = f'"lane_id":"{lane_id}",' if lane_id else ""
        goods = ""
        if visit.load and point == "crossed":
            goods = f',"goods":[{load_text(visit.load, revision)}]'
        return (
            f'"visit_id":"{visit.visit_id}","gate_id":"{visit.gate_id}",{lane}"point":"{point}",'
            f'"direction":"{visit.direction}","transport_mode":"{self.mode}",{visit.vehicle}{goods}'
        )

    def stage(self, step: int, at_ms: int, agency: str, fields: str) -> Emission:
        """Write a step of the paperwork; those of customs come from their own system."""
        device = CUSTOMS if agency == "customs" else PLATFORM
        return self._emit(STAGE, device, step, at_ms, self.stage_body(agency, fields))

    def stage_body(self, agency: str, fields: str) -> str:
        """Write the body of a step of the paperwork around the fields that are its own."""
        visit = self.visit
        number = f'"declaration_no":"{visit.load.declaration_no}",' if visit.load else ""
        return (
            f'"visit_id":"{visit.visit_id}","gate_id":"{visit.gate_id}","direction":"{visit.direction}",'
            f'{number}"agency":"{agency}",{fields}'
        )

    def corrected(self, kind: str, original: Emission, device: str, body: str, after_ms: int) -> Emission:
        """Write a correction: it bears its original's time and is sent hours later."""
        step, time_ms = int(original.event_id[-3:], 16), original.at_ms - self.delay_ms
        extra = correction(kind, original.event_id, time_ms)
        event = self._emit(original.topic, device, step + _CORRECTION_STEP, time_ms, body, extra)
        return event._replace(at_ms=original.at_ms + after_ms)

    def _emit(  # noqa: PLR0913, PLR0917 - the parts of one event
        self, topic: str, device: str, step: int, at_ms: int, body: str, extra: str = ""
    ) -> Emission:
        visit = self.visit
        event_id = f"{visit.ids}{step:03x}"
        source = f"{visit.gate_id}/{device}"
        value = write(
            Envelope(topic, source, event_id, visit.visit_id, time_text(at_ms), extra), body, self.flags
        )
        return Emission(at_ms + self.delay_ms, event_id, topic, visit.visit_id.encode(), value)


def draw_delay(rng: Random) -> int:
    """Draw how late a feed delivers a visit's events."""
    return int(rng.uniform(*_LATE_MS)) if rng.random() < _LATE_SHARE else 0


def arrival_events(rng: Random, writer: VisitWriter) -> Iterator[Emission]:
    """Write a vehicle's arrival and its papers; one whose papers are refused turns back."""
    visit = writer.visit
    yield from _sent(rng, writer.crossing("arrived", visit.arrived_ms))
    if visit.paperwork is None:
        return
    for number, stage in enumerate(visit.paperwork.stages):
        channel = f',"channel":"{stage.channel}"' if stage.channel else ""
        duty = paid_text(visit.load) if stage.name == "duty_paid" else ""
        fields = f'"stage":"{stage.name}"{channel}{duty}'
        event = writer.stage(_STAGE_STEP + number, stage.at_ms, stage.agency, fields)
        yield event
        if duty and rng.random() < _CANCELLED_SHARE:
            body = writer.stage_body(stage.agency, fields)
            yield writer.corrected("cancel", event, CUSTOMS, body, _correction_delay(rng))
    if visit.refused:
        yield writer.crossing("turned_back", visit.ready_ms)


def pass_events(rng: Random, writer: VisitWriter, served: Served) -> Iterator[Emission]:
    """Write a vehicle's way through its lane, an exception beside the lane, and the crossing."""
    lane = served.lane_id
    yield writer.crossing("booth_start", served.start_ms, lane)
    yield writer.crossing("booth_end", served.end_ms, lane)
    if served.held_ms:
        for step, name in enumerate(("inspection_start", "inspection_end")):
            at_ms = served.end_ms + step * served.held_ms
            yield writer.stage(_HELD_STEP + step, at_ms, "border_guard", f'"stage":"{name}","exception":true')
    crossed = writer.crossing("crossed", served.crossed_ms, lane)
    yield from _sent(rng, crossed)
    if writer.visit.load and rng.random() < _AMENDED_SHARE:
        body = writer.crossing_body("crossed", lane, rng.uniform(*_AMENDED_VALUE))
        yield writer.corrected("amend", crossed, BARRIER, body, _correction_delay(rng))


def _sent(rng: Random, event: Emission) -> Iterator[Emission]:
    """Give an event, and now and then the same one again a little later."""
    yield event
    if rng.random() < _RESENT_SHARE:
        yield event._replace(at_ms=event.at_ms + int(rng.uniform(*_RESENT_MS)))


def _correction_delay(rng: Random) -> int:
    return int(rng.uniform(*_CORRECTED_MS))


def paid_text(load: Load | None) -> str:
    """Write the fields of a payment for a vehicle's goods."""
    return f',"duty_minor":{duty_vnd(load)},"fee_minor":{fee_vnd(load)}' if load else ""
