"""The paperwork of a loaded visit: lodged, its channel, and released or refused."""

from random import Random
from typing import Final, NamedTuple

from producers.simulate.calendar import HOUR_MS, MINUTE_MS
from producers.simulate.chance import lognormal

_LONGEST_MS: Final = 16 * HOUR_MS
REFUSED_SHARE: Final = 0.005
# Chapters that plant quarantine looks at.
_PLANTS: Final = ("06", "07", "08", "10", "11", "44")


class Channel(NamedTuple):
    """A customs channel: share, minutes from lodged to released, minutes lodged ahead (assumptions)."""

    name: str
    share: float
    median_minutes: float
    sigma: float
    ahead_minutes: tuple[float, float]
    stages: tuple[tuple[float, str], ...]


CHANNELS: Final = (
    Channel("green", 0.62, 3, 0.8, (5, 60), ()),
    Channel("yellow", 0.33, 75, 0.7, (20, 180), ((0.3, "docs_start"), (0.85, "docs_end"))),
    Channel("red", 0.05, 260, 0.6, (30, 300), ((0.25, "inspection_start"), (0.85, "inspection_end"))),
)


class Stage(NamedTuple):
    """One step of the paperwork."""

    at_ms: int
    agency: str
    name: str
    channel: str | None


class Paperwork(NamedTuple):
    """All steps of a visit's paperwork in order."""

    stages: tuple[Stage, ...]
    refused: bool

    @property
    def end_ms(self) -> int:
        """Give when it was released or refused."""
        return self.stages[-1].at_ms


def _channel(rng: Random) -> Channel:
    draw = rng.random()
    for channel in CHANNELS:
        draw -= channel.share
        if draw < 0:
            return channel
    return CHANNELS[0]


def draw_paperwork(rng: Random, arrived_ms: int, not_before_ms: int, hs_chapter: str) -> Paperwork:
    """Draw the steps for a vehicle; nothing is lodged before its own day starts."""
    channel = _channel(rng)
    ahead = rng.uniform(*channel.ahead_minutes) * MINUTE_MS
    lodged = max(int(arrived_ms - ahead), not_before_ms + int(rng.random() * MINUTE_MS))
    lasts = min(_LONGEST_MS, int(lognormal(rng, channel.median_minutes, channel.sigma) * MINUTE_MS))
    refused = rng.random() < REFUSED_SHARE
    inspector = "plant_quarantine" if hs_chapter in _PLANTS else "customs"
    agencies = {"docs_start": "customs", "docs_end": "customs"}
    middle = [
        Stage(lodged + int(lasts * part), agencies.get(name, inspector), name, channel.name)
        for part, name in channel.stages
    ]
    end = Stage(lodged + lasts, "customs", "refused" if refused else "released", channel.name)
    paid = [] if refused else [Stage(lodged + int(lasts * 0.94), "customs", "duty_paid", channel.name)]
    first = Stage(lodged, "customs", "lodged", None)
    assigned = Stage(lodged + int(lasts * 0.1), "customs", "channel_assigned", channel.name)
    return Paperwork((first, assigned, *middle, *paid, end), refused)
