"""What a partition brings: records with their positions."""

from collections.abc import Sequence
from typing import Final, NamedTuple

#: The header of a record that was sent back from the dead letters.
REPLAY_OF: Final = "dlq.replay_of"


class PartitionId(NamedTuple):
    """A partition of a catalogue topic (its name without the prefix)."""

    topic: str
    partition: int


# As Kafka has them: names may repeat, a value may be missing.
Headers = Sequence[tuple[str, bytes | None]]


class Record(NamedTuple):
    """One Kafka record: `position` is base plus offset, `received_ms` its timestamp on Kafka.

    `timestamp_type` tells who gave that: 0 the producer, 1 the broker; None where nobody knows any more.
    """

    partition: PartitionId
    offset: int
    position: int
    received_ms: int
    key: bytes | None
    value: bytes | None
    headers: Headers = ()
    timestamp_type: int | None = None


def is_redriven(record: Record) -> bool:
    """Tell whether a record was sent back from the dead letters."""
    return any(name == REPLAY_OF for name, _ in record.headers)
