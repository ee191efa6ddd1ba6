"""How a worker is, in words: does it live, and is it ready to store what comes?"""

from typing import Final

from streams.dependency import Dependency
from streams.endpoints import Answer, Pages
from streams.pulse import Pulse
from streams.watchdog import Watchdog

# Kafka and the generation are asked every few seconds.
_LATELY_S: Final = 20.0
# An event loop that stands still for so long is no load any more.
_BLOCKED_S: Final = 15.0
_ANSWERS: Final = "answers"


class Condition:
    """Answers `/live` and `/ready`, also before the worker's parts are there."""

    def __init__(self) -> None:
        self._generation = ""
        self._pulse: Pulse | None = None
        self._watchdog: Watchdog | None = None

    def pages(self) -> Pages:
        """Give the pages to serve."""
        return {"/live": self.live, "/ready": self.ready}

    def follow(self, generation: str, pulse: Pulse, watchdog: Watchdog) -> None:
        """Tell from now on of a worker that has begun."""
        self._generation, self._pulse, self._watchdog = generation, pulse, watchdog

    def live(self) -> Answer:
        """Tell whether the event loop turns and the watchdog is content."""
        if self._watchdog is None:
            return Answer(well=True, parts={"worker": "starts"})
        wrong = self._watchdog.complaint(_BLOCKED_S)
        return Answer(wrong is None, {"worker": wrong or "lives"})

    def ready(self) -> Answer:
        """Tell whether it has partitions, and Kafka and ClickHouse answered lately."""
        if self._pulse is None or self._watchdog is None:
            return Answer(well=False, parts={"worker": "starts"})
        wrong = self._watchdog.complaint(_BLOCKED_S)
        parts = {
            "worker": wrong or "lives",
            "group": self._pulse.group or "gives it no partitions yet",
            "generation": self._generation,
            "Kafka": _words(self._pulse.kafka, self._pulse.letters),
            "ClickHouse": _words(self._pulse.clickhouse),
        }
        answers = {parts["Kafka"], parts["ClickHouse"]} == {_ANSWERS}
        return Answer(wrong is None and bool(self._pulse.group) and answers, parts)


def _words(server: Dependency, *more: Dependency) -> str:
    """Say what is wrong with a server, in whatever it is needed for."""
    for dependency in (server, *more):
        if dependency.trouble is not None:
            return dependency.trouble.words
    return _ANSWERS if server.answered_within(_LATELY_S) else f"{server.name} has not answered lately"
