"""The breaker: are nearly all of a partition's newest records bad? Then somebody has to look at it first."""

from bisect import insort
from collections import deque
from collections.abc import Collection
from typing import Final, NamedTuple

WINDOW: Final = 1000
MOST_BAD: Final = 950
# Found by folding, not by reading: such a record keeps the contract and is not bad.
NOT_BAD: Final = ("too_many_points",)


class History(NamedTuple):
    """What is stored of a partition: up to where it was resumed (-1: never), and its bad positions."""

    resumed: int
    bad: Collection[int]


def is_tripped(last: int, resumed: int, bad: int) -> bool:
    """Tell whether a partition is to be paused after the record at position `last`.

    `bad` is how many of the last 1,000 positions up to it are bad; those up to `resumed` do not count.
    """
    return last - resumed >= WINDOW and bad >= MOST_BAD


class Breaker:
    """Follows one partition, from the record after position `last` on; a function of the records alone."""

    def __init__(self, last: int, history: History) -> None:
        self._last = last
        self._resumed = history.resumed
        self._known = {position for position in history.bad if position > history.resumed}
        self._bad = deque(sorted(position for position in self._known if position <= last))
        self._forget()

    @property
    def tripped(self) -> bool:
        """Whether the partition is to be paused after the last record."""
        return is_tripped(self._last, self._resumed, self.bad)

    @property
    def bad(self) -> int:
        """How many of the last 1,000 positions are bad."""
        return len(self._bad)

    @property
    def last(self) -> int:
        """The position of the last record."""
        return self._last

    def take(self, position: int, *, is_bad: bool) -> bool:
        """Take the next record in; tell whether the partition is to be paused after it."""
        self._last = position
        # A record once dead stays dead, though it may be read otherwise today.
        if is_bad or position in self._known:
            self._bad.append(position)
        self._forget()
        return self.tripped

    def find_bad(self, position: int) -> bool:
        """Count a record that was taken as good; tell whether the partition is to be paused now."""
        if position not in self._bad:
            insort(self._bad, position)
        self._forget()
        return self.tripped

    def resume(self, position: int) -> None:
        """Let what came up to a position count no more."""
        self._resumed = max(self._resumed, position)
        self._forget()

    def _forget(self) -> None:
        oldest = max(self._last - WINDOW, self._resumed)
        while self._bad and self._bad[0] <= oldest:
            self._bad.popleft()
