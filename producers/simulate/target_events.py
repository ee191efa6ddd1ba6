"""Targets that a scenario decides."""

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Final

from producers.simulate.calendar import clock_ms, time_text
from producers.simulate.chance import id_prefix
from producers.simulate.emission import TARGET, Emission, Envelope, write
from producers.targets import body_of
from streams.registry import TargetRecord

# In the morning, so that it stands over what the registry says from midnight on.
_DECIDED_AT: Final = "08:00"


def target_events(world: str, records: Iterable[TargetRecord], day: date, flags: str) -> Iterator[Emission]:
    """Write the targets that are decided on a day."""
    at = clock_ms(day, _DECIDED_AT)
    for record in records:
        body = body_of(record)
        key = f"{body.indicator}/{body.scope}/{body.year}"
        event_id = id_prefix(world, "target", key, day) + "001"
        envelope = Envelope(TARGET, f"{record.scope}/targets", event_id, key, time_text(at))
        text = body.model_dump_json()[1:-1]
        yield Emission(at, event_id, TARGET, key.encode(), write(envelope, text, flags))
