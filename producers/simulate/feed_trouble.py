"""Scenarios in which the same things happen as in the ordinary year, and the feeds deliver them badly."""

from collections.abc import Iterable, Iterator
from typing import ClassVar, Final

from producers.simulate.calendar import clock_ms, local_day
from producers.simulate.emission import BARRIER, CUSTOMS, PLATFORM, Emission
from producers.simulate.scenario import Scenario

_OUTAGE: Final = ("09:00", "12:00")
# What three hours have held back comes within ten minutes.
_BURST: Final = 18
_FROM_CUSTOMS: Final = f'/{CUSTOMS}"'.encode()
_FROM_PLATFORM: Final = tuple(f'/{system}"'.encode() for system in (BARRIER, PLATFORM))
_AGAIN_MS: Final = 60_000


class CustomsOutage(Scenario):
    """The customs feed is silent for three hours a day, then all of it comes at once."""

    name: ClassVar[str] = "customs-outage"
    meaning: ClassVar[str] = (
        "each day the customs feed is silent from 09:00 to 12:00; what it held back then comes in ten minutes"
    )

    def deliver(self, events: Iterable[Emission]) -> Iterator[Emission]:
        """Hold back what customs send during the outage; the events themselves are untouched."""
        for event in events:
            if _FROM_CUSTOMS not in event.value:
                yield event
                continue
            start, end = (clock_ms(local_day(event.at_ms), hour) for hour in _OUTAGE)
            late = start <= event.at_ms < end
            yield event._replace(at_ms=end + (event.at_ms - start) // _BURST) if late else event


class DoubleSend(Scenario):
    """The platform of the gates sends everything twice."""

    name: ClassVar[str] = "double-send"
    meaning: ClassVar[str] = (
        "the gates' platform sends each of its messages, barriers and declarations, twice within a minute"
    )

    def deliver(self, events: Iterable[Emission]) -> Iterator[Emission]:
        """Send again, with the same bytes, what comes from the platform."""
        for event in events:
            yield event
            if any(system in event.value for system in _FROM_PLATFORM):
                yield event._replace(at_ms=event.at_ms + 1_000 + int(event.event_id[:8], 16) % _AGAIN_MS)
