"""What a partition brings: records with their positions."""

from typing import NamedTuple


class PartitionId(NamedTuple):
    """A partition of a catalogue topic (its name without the prefix)."""

    topic: str
    partition: int


class Record(NamedTuple):
    """One Kafka record: `position` is the partition's base plus the offset, `received_ms` Kafka's timestamp."""

    partition: PartitionId
    offset: int
    position: int
    received_ms: int
    key: bytes | None
    value: bytes | None
