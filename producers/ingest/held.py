"""How much of requests is held in memory at one time: of all together, and of one token."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

# So many tokens can hold all that they may before there is no room for another.
_SHARES: Final = 4


class Held:
    """Counts the bytes of bodies that are not answered yet.

    Args:
        most: how many there may be; of one token a quarter, so that no sender keeps the others out.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._of: Counter[str] = Counter()

    @contextmanager
    def request(self, token: str) -> Iterator[Callable[[int], bool]]:
        """Give what takes bytes for a request, or tells that there is no room; they are free at its end."""
        taken = 0

        def take(size: int) -> bool:
            nonlocal taken
            if self._of.total() + size > self._most or self._of[token] + size > self._most // _SHARES:
                return False
            self._of[token] += size
            taken += size
            return True

        try:
            yield take
        finally:
            self._of[token] -= taken
