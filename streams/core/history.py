"""What an indicator brought, day by day, and since when anything is known of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from streams.core.season import YearCurve


@dataclass(frozen=True)
class History:
    """The values of an indicator's scope by local day, in minor units.

    `since` is the first day with any data of the indicator in any scope: a day after it without a value
    brought nothing, of a day before it nothing is known.
    """

    values: Mapping[date, int]
    since: date | None

    def year(self, curve: YearCurve) -> list[int]:
        """Give the value of each day of the curve's year."""
        first = date(curve.year, 1, 1)
        return [self.values.get(first + timedelta(days=n), 0) for n in range(curve.days)]

    def knows(self, first: date) -> bool:
        """Tell whether everything from a day on is known."""
        return self.since is not None and self.since <= first
