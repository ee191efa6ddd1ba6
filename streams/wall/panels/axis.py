"""Value axes: round ticks, labelled by the units of the board."""

from dataclasses import dataclass
from math import ceil, floor, log10
from typing import Final

_NICE: Final = (1.0, 2.0, 2.5, 5.0, 10.0)


@dataclass(frozen=True)
class Axis:
    """The ends of an axis and the distance between its ticks."""

    low: float
    high: float
    step: float

    @property
    def ticks(self) -> list[float]:
        """Give the values that have a label."""
        count = round((self.high - self.low) / self.step)
        return [self.low + number * self.step for number in range(count + 1)]


def nice_axis(low: float, high: float, *, parts: int = 5) -> Axis:
    """Widen a range to round ends with about so many parts."""
    if high <= low:
        low, high = (low - 1, low + 1) if low else (0.0, 1.0)
    raw = (high - low) / parts
    magnitude = 10.0 ** floor(log10(raw))
    step = next(nice for nice in _NICE if raw <= nice * magnitude * 1.0001) * magnitude
    first, last = floor(low / step + 1e-9), ceil(high / step - 1e-9)
    return Axis(first * step, last * step, step)
