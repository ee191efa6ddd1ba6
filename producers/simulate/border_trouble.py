"""Scenarios of the other side of the border: too many trucks for it before Tết, and a closure."""

from datetime import date
from typing import ClassVar, Final

from producers.simulate.calendar import clock_ms, tet
from producers.simulate.scenario import Border, Scenario
from streams.registry import Gate

_GATE: Final = "kim-thanh"
_TUESDAY, _WEDNESDAY = 1, 2
_CLOSES_AT: Final = "10:00"


class TetSurge(Scenario):
    """Some 500 export trucks wait before Tết; the other side takes a hundred a day (public, January 2021)."""

    name: ClassVar[str] = "tet-surge"
    meaning: ClassVar[str] = (
        "from four days before Tết the other side of Kim Thành takes 100 export trucks a day; "
        "some 500 wait two days before it, and the queue is gone on the fifth day of Tết"
    )
    _accepts: ClassVar[int] = 100
    _first, _last_limited, _last = -4, 3, 9

    def border(self, gate: Gate, day: date) -> Border | None:
        """Let a hundred outbound vehicles a day pass around Tết, then work off the queue."""
        distance = (day - tet(day.year)).days
        if gate.slug != _GATE or not self._first <= distance <= self._last:
            return None
        if distance > self._last_limited:
            return Border()
        return Border(accepts=self._accepts, reason=f"Phía Bắc Sơn nhận {self._accepts} xe xuất mỗi ngày")


class CounterpartClosed(Scenario):
    """The other side of Kim Thành closes every week for two days."""

    name: ClassVar[str] = "counterpart-closed"
    meaning: ClassVar[str] = (
        "every week the other side of Kim Thành is closed from Tuesday 10:00 to Thursday 07:00; "
        "who is at a booth then still passes, exports wait in the yard, nobody comes in, "
        "and the queue is worked off until Sunday"
    )

    def border(self, gate: Gate, day: date) -> Border | None:
        """Close on Tuesday and Wednesday, work off the queue until Sunday; Monday is as usual."""
        weekday = day.weekday()
        if gate.slug != _GATE or weekday < _TUESDAY:
            return None
        if weekday > _WEDNESDAY:
            return Border()
        start = clock_ms(day, _CLOSES_AT if weekday == _TUESDAY else "00:00")
        return Border(closed=(start, clock_ms(day, "24:00")), reason="Phía Bắc Sơn đóng cửa")
