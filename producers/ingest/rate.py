"""How fast a token may send: so many events a second, and some at once after a rest."""

from dataclasses import dataclass, field
from math import ceil


@dataclass
class Bucket:
    """Fills by `rate` events a second up to `burst`; what is taken must be in it."""

    rate: float
    burst: float
    _left: float = field(init=False)
    _at: float = field(init=False, default=0.0)

    def __post_init__(self) -> None:
        self._left = self.burst

    def take(self, events: int, now: float) -> int:
        """Take events out, or none; give how many seconds to wait before so many are there (0: taken).

        More than ever fit wait until it is full, and then leave a debt.
        """
        self._left = min(self.burst, self._left + (now - self._at) * self.rate)
        self._at = now
        wanted = min(events, self.burst)
        if self._left < wanted:
            return ceil((wanted - self._left) / self.rate)
        self._left -= events
        return 0


@dataclass
class Rates:
    """A bucket for each token by its name, made when it is first seen."""

    rate: int
    burst: int
    _buckets: dict[str, Bucket] = field(default_factory=dict)

    def bucket(self, name: str, rate: int | None) -> Bucket:
        """Give the bucket of a token; its own rate, where it has one, wins."""
        wanted = rate or self.rate
        bucket = self._buckets.get(name)
        if bucket is None or bucket.rate != wanted:
            bucket = self._buckets[name] = Bucket(wanted, max(wanted, self.burst))
        return bucket
