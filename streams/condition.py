"""How a worker is, in words: does it live, and is it ready to store what comes?"""

from collections.abc import Mapping
from typing import Final

from streams.dependency import Dependency
from streams.endpoints import Answer, Pages
from streams.pulse import Pulse
from streams.watchdog import Watchdog

# Kafka and the generation are asked every few seconds.
_LATELY_S: Final = 20.0
# An event loop that stands still for so long is no load any more.
_BLOCKED_S: Final = 15.0
_STARTS: Final = "starts"


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
            return Answer({"worker": _STARTS})
        return _answer({"worker": (self._watchdog.complaint(_BLOCKED_S), "lives")})

    def ready(self) -> Answer:
        """Tell whether it has partitions, and Kafka and ClickHouse answered lately."""
        if self._pulse is None or self._watchdog is None:
            return Answer({"worker": _STARTS}, [f"it {_STARTS}"])
        group = self._pulse.group
        return _answer(
            {
                "worker": (self._watchdog.complaint(_BLOCKED_S), "lives"),
                "group": (None if group else "the group has given it no partitions yet", group),
                "generation": (None, self._generation),
                "Kafka": (_trouble(self._pulse.kafka, self._pulse.letters), "answers"),
                "ClickHouse": (_trouble(self._pulse.clickhouse), "answers"),
            }
        )


def _answer(parts: Mapping[str, tuple[str | None, str]]) -> Answer:
    """Make an answer of what is wrong with each part, and of the words where nothing is."""
    words = {name: wrong or well for name, (wrong, well) in parts.items()}
    return Answer(words, [wrong for wrong, _ in parts.values() if wrong])


def _trouble(server: Dependency, *more: Dependency) -> str | None:
    """Say what is wrong with a server, in whatever it is needed for."""
    for dependency in (server, *more):
        if dependency.trouble is not None:
            return dependency.trouble.words
    return None if server.answered_within(_LATELY_S) else f"{server.name} has not answered lately"
