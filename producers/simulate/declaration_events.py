"""The messages of the two systems about a declaration."""

from collections.abc import Iterator
from typing import Final

from producers.simulate.calendar import time_text
from producers.simulate.chance import id_prefix
from producers.simulate.declarations import Declaration
from producers.simulate.emission import CUSTOMS, DECLARATION, PLATFORM, Emission, Envelope, write

_DEVICES: Final = {"digital_gate": PLATFORM, "vnaccs_vcis": CUSTOMS}


def declaration_events(world: str, gate_id: str, declaration: Declaration, flags: str) -> Iterator[Emission]:
    """Write what each system reports of a declaration; each message is an event of its own."""
    number = declaration.number
    ids = id_prefix(world, number)
    for step, entry in enumerate(declaration.entries):
        event_id = f"{ids}{step:03x}"
        source = f"{gate_id}/{_DEVICES[entry.system]}"
        body = (
            f'"declaration_no":"{number}","system":"{entry.system}","version_no":{entry.version_no},'
            f'"status":"{entry.status}","regime":"{declaration.regime}","gate_id":"{gate_id}",'
            f'"value_usd_minor":{entry.usd_minor},"net_mass_kg":{declaration.net_mass_kg},'
            f'"lines":{declaration.lines},"duty_minor":{declaration.duty_vnd}'
        )
        envelope = Envelope(DECLARATION, source, event_id, number, time_text(entry.at_ms))
        yield Emission(entry.at_ms, event_id, DECLARATION, number.encode(), write(envelope, body, flags))
