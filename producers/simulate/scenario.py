"""What a scenario may change in the world; as it stands here it is the ordinary year."""

from collections.abc import Iterable
from datetime import date
from typing import ClassVar, Final, NamedTuple

from producers.simulate.calendar import BASE_YEAR
from producers.simulate.emission import Emission
from producers.simulate.stops import Stop
from producers.spans import Span
from streams.registry import Gate, Plant, TargetRecord

# Kim Thanh went from 350 vehicles a day in 2023 to 420 in 2025; the value grew more slowly (assumption).
_GROWTH_A_YEAR: Final = 1.05


class Border(NamedTuple):
    """What the other side of a gate lets pass on a day that is not as usual.

    It is closed for a time, or takes so many outbound vehicles a day; with neither, the queue of such days
    is being worked off.
    """

    closed: Span | None = None
    accepts: int | None = None
    reason: str = ""


class Scenario:
    """The ordinary year; each named scenario overrides what is different in it."""

    name: ClassVar[str] = "normal"
    meaning: ClassVar[str] = "an ordinary year: the public figures of 2023, trade grown by 5 % a year since"

    def trade_factor(self, day: date) -> float:
        """Give a day's traffic in times of the base year's."""
        return float(_GROWTH_A_YEAR ** (day.year - BASE_YEAR))

    def built_as_of(self, day: date) -> date:
        """Give the day whose lanes and booths the gates have."""
        return day

    def border(self, gate: Gate, day: date) -> Border | None:
        """Give what the other side lets pass, None on a day as usual.

        After any other day the queue waits for the next one; after a day as usual, who was not served
        turns back.
        """
        del gate, day
        return None

    def plant_on(self, plant: Plant, day: date) -> Plant:
        """Give a plant as it runs on a day."""
        del day
        return plant

    def stops_on(self, plant: Plant, day: date) -> tuple[Stop, ...]:
        """Give stops of a day that come to those that the plant has anyway."""
        del plant, day
        return ()

    def targets_on(self, stated: tuple[TargetRecord, ...], day: date) -> tuple[TargetRecord, ...]:
        """Give the targets that are decided on a day; `stated` are those of the registry."""
        del stated, day
        return ()

    def deliver(self, events: Iterable[Emission]) -> Iterable[Emission]:
        """Give a day's events as the feeds deliver them."""
        return events
