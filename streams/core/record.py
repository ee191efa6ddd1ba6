"""What a partition brings: records with their positions."""

from typing import NamedTuple


class PartitionId(NamedTuple):
    """A partition of a catalogue topic (its name without the prefix)."""

    topic: str
    partition: int


class Record(NamedTuple):
    """One Kafka record: `position` is base plus offset, `received_ms` the timestamp that Kafka gave it."""

    partition: PartitionId
    offset: int
    position: int
    received_ms: int
    key: bytes | None
    value: bytes | None
