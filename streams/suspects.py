"""Numbers that a verification found different, until a reading finds them equal or proves them wrong."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple

# A row ahead of `consumed` that stays as it is for so many readings is not being written.
_UNCHANGED: Final = 4


class Difference(NamedTuple):
    """A number that is not stored as the events say.

    `version` is that of the stored row, `ahead` whether it is above what is recorded as consumed.
    """

    kpi: str
    at: datetime
    dimensions: str
    topic: str
    partition: int
    measure: str
    stored: int
    recomputed: int
    version: int
    ahead: bool

    @property
    def number(self) -> tuple[Any, ...]:
        """Name the number, whatever its value."""
        return self[: self._fields.index("stored")]


class Comparison(NamedTuple):
    """One reading: how many numbers there were, how many differed, and those of them that it lists."""

    windows: int
    numbers: int
    differing: int
    differences: Sequence[Difference]

    @property
    def unlisted(self) -> int:
        """Count the differing numbers that are not listed."""
        return self.differing - len(self.differences)


class Suspects:
    """Numbers that were equal in no reading so far: one equal reading is a proof."""

    def __init__(self, first: Comparison) -> None:
        self._readings = Counter(first.differences)
        self._unlisted = first.unlisted

    def read_again(self, found: Comparison) -> None:
        """Clear the suspects that this reading found equal; what differs only now was equal before."""
        if self._unlisted:
            kept = list(found.differences)
        elif found.unlisted:
            # It does not tell which of the suspects are equal.
            return
        else:
            suspected = {difference.number for difference in self._readings}
            kept = [difference for difference in found.differences if difference.number in suspected]
        self._readings = Counter({difference: self._readings[difference] + 1 for difference in kept})
        self._unlisted = found.unlisted

    @property
    def settled(self) -> bool:
        """Say whether no number is left that may only have been in motion."""
        return all(map(self._is_settled, self._readings))

    @property
    def moving(self) -> int:
        """Count the numbers that changed at every reading: neither equal nor proven wrong."""
        listed = sum(not self._is_wrong(difference) for difference in self._readings)
        return listed + (self._unlisted if listed else 0)

    @property
    def differing(self) -> int:
        """Count the numbers that are wrong."""
        return len(self._readings) + self._unlisted - self.moving

    @property
    def differences(self) -> list[Difference]:
        """List the numbers that are wrong."""
        return [difference for difference in self._readings if self._is_wrong(difference)]

    def _is_settled(self, difference: Difference) -> bool:
        return self._readings[difference] >= (_UNCHANGED if difference.ahead else 2)

    def _is_wrong(self, difference: Difference) -> bool:
        # All that a row at or below `consumed` holds was there to be recomputed.
        return not difference.ahead or self._is_settled(difference)
