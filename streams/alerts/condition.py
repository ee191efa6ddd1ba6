"""How an instance of the alerts is, in words: does it live, and does it evaluate and deliver?"""

import math
from dataclasses import dataclass
from typing import Final

from streams import clock
from streams.alerts.leader import Leader
from streams.endpoints import Answer, Pages

# What goes on every few seconds is missed after so many.
_LATELY_S: Final = 60.0
_STARTS: Final = "it starts"


@dataclass
class Work:
    """Something that is done again and again: when it was last done, and what is in its way."""

    name: str
    trouble: str = ""
    _done_at: float = -math.inf

    def done(self) -> None:
        """Note that it was done."""
        self.trouble, self._done_at = "", clock.monotonic()

    @property
    def complaint(self) -> str:
        """Say what is wrong; empty: nothing."""
        if self.trouble:
            return f"it does not {self.name}: {self.trouble}"
        if clock.monotonic() - self._done_at > _LATELY_S:
            return f"it has not yet begun to {self.name}" if self._done_at < 0 else f"it does not {self.name}"
        return ""


class Condition:
    """Answers `/live` and `/ready`, also before the instance has joined the group.

    Attributes:
        evaluating: looking at the rules.
        delivering: taking messages to subscribers.
    """

    def __init__(self) -> None:
        self.evaluating = Work("evaluate")
        self.delivering = Work("deliver")
        self._leader: Leader | None = None

    def pages(self) -> Pages:
        """Give the pages to serve."""
        return {"/live": self.live, "/ready": self.ready}

    def follow(self, leader: Leader) -> None:
        """Tell from now on whether it leads."""
        self._leader = leader

    def live(self) -> Answer:
        """Tell whether its loop turns."""
        stands = self._leader is not None and clock.monotonic() - self._leader.turned_at > _LATELY_S
        return Answer({"alerts": "lives"}, ["its loop stands still"] if stands else [])

    def ready(self) -> Answer:
        """Tell whether it evaluates and delivers, or waits to take over from who does."""
        if self._leader is None or not self._leader.knows_its_place:
            return Answer({"alerts": _STARTS}, [_STARTS])
        if not self._leader.leads:
            return Answer({"alerts": "waits for its turn: another instance evaluates"})
        wrong = [work.complaint for work in (self.evaluating, self.delivering) if work.complaint]
        return Answer({"alerts": "evaluates and delivers"} if not wrong else {}, wrong)
