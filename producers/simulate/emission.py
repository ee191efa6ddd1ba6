"""What the simulated world emits, and how its bytes are written."""

from typing import Final, NamedTuple

from producers.simulate.calendar import time_text

CROSSING: Final = "gate.crossing"
STAGE: Final = "clearance.stage"
OUTPUT: Final = "factory.output"
DECLARATION: Final = "declaration"
GATE_STATE: Final = "gate.state"
TARGET: Final = "target"
# The system that a message comes from, the last part of its source.
BARRIER: Final = "barrier"
PLATFORM: Final = "digital-gate"
CUSTOMS: Final = "vnaccs-vcis"


class Emission(NamedTuple):
    """An event and the moment at which it is sent, which is its own time or later."""

    at_ms: int
    event_id: str
    topic: str
    key: bytes
    value: bytes


class Envelope(NamedTuple):
    """The attributes of an event beside its body; `extra` is JSON text that starts with a comma."""

    topic: str
    source: str
    event_id: str
    subject: str
    time: str
    extra: str = ""


def write(envelope: Envelope, body: str, flags: str) -> bytes:
    """Write a CloudEvent around a body that is JSON text.

    Models would cost more than everything else together; a test holds every kind of event against them.
    """
    topic, source, event_id, subject, time, extra = envelope
    return (
        f'{{"specversion":"1.0","id":"{event_id}","source":"/vn/laocai/{source}",'
        f'"type":"vn.laocai.kpi.{topic}.v1","subject":"{subject}","time":"{time}",'
        f'"datacontenttype":"application/json",{flags}{extra},"data":{{{body}}}}}'
    ).encode()


def flags_text(*, backfill: bool) -> str:
    """Write the flags that each simulated event bears."""
    return '"simulated":true,"backfill":true' if backfill else '"simulated":true'


def correction(kind: str, event_id: str, time_ms: int) -> str:
    """Write the attributes that make an event a correction of another one."""
    return f',"correctsid":"{event_id}","correctstime":"{time_text(time_ms)}","correctionkind":"{kind}"'
