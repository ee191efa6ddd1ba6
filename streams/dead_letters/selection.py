"""Which dead letters are meant: the filters of a command, as words and as SQL with bound values."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final, NamedTuple

DEAD: Final = "dead"
REDRIVEN: Final = "redriven"
DROPPED: Final = "dropped"
PARKED: Final = "parked"
STATUSES: Final = (DEAD, REDRIVEN, DROPPED, PARKED)


class Origin(NamedTuple):
    """Where a dead letter comes from, as its id says: topic/partition/offset."""

    topic: str
    partition: int
    offset: int

    def __str__(self) -> str:
        return f"{self.topic}/{self.partition}/{self.offset}"


@dataclass(frozen=True)
class Selection:
    """The letters that all given filters match.

    `due_ms` matches those whose time has come by then, and by now, and that can go back as they came.
    """

    statuses: Sequence[str] = ()
    reason: str = ""
    topics: Sequence[str] = ()
    partition: int | None = None
    offset: int | None = None
    origin: Origin | None = None
    from_ms: int | None = None
    to_ms: int | None = None
    due_ms: int | None = None

    @property
    def is_everything(self) -> bool:
        """Whether no filter but the status narrows it down."""
        return self == Selection(self.statuses)

    def to_json(self) -> str:
        """Write down what was asked for."""
        given = {name: value for name, value in asdict(self).items() if value not in (None, "", ())}
        if self.origin is not None:
            given["origin"] = str(self.origin)
        return json.dumps(given, ensure_ascii=False)

    def where(self) -> tuple[str, Mapping[str, Any]]:
        """Give the condition and its values."""
        values = {
            "statuses": list(self.statuses),
            "reason": self.reason,
            "topics": list(self.topics),
            "partition": self.partition,
            "offset": self.offset,
            "origin": [tuple(self.origin)] if self.origin else None,
            "from_ms": self.from_ms,
            "to_ms": self.to_ms,
            "due_ms": self.due_ms,
        }
        given = {name: value for name, value in values.items() if value not in (None, "", [])}
        return " AND ".join(["1", *(_CONDITIONS[name] for name in given)]), given


_CONDITIONS: Final = {
    "statuses": "status IN %(statuses)s",
    "reason": "reason = %(reason)s",
    "topics": "topic IN %(topics)s",
    "partition": "partition = %(partition)s",
    "offset": "offset = %(offset)s",
    "origin": "(topic, partition, offset) IN %(origin)s",
    "from_ms": "failed_at >= fromUnixTimestamp64Milli(%(from_ms)s)",
    "to_ms": "failed_at < fromUnixTimestamp64Milli(%(to_ms)s)",
    # A worker whose clock is ahead would send them in vain until they are parked: the store's must agree.
    "due_ms": "due_at <= least(fromUnixTimestamp64Milli(%(due_ms)s), now64(3)) AND NOT cut",
}
