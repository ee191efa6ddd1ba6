"""Batches: what one poll brought, cut to a bounded size, and whether all of it is stored."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from aiokafka import ConsumerRecord, TopicPartition

from streams.core.record import Record
from streams.pipeline import Slice

# A ClickHouse in front of us takes 64 MiB a request; a record can be 8 MiB before it is found too large.
BATCH_MAX_BYTES: Final = 32 << 20

Fetched = dict[TopicPartition, list[ConsumerRecord[bytes, bytes]]]


@dataclass
class Batch:
    """What one poll brought, and the assignment that it was read under."""

    slices: list[Slice]
    assignment: int
    finished: asyncio.Event = field(default_factory=asyncio.Event)
    abandoned: bool = False
    refused: Sequence[Record] = ()

    def done(self, refused: Sequence[Record] = ()) -> None:
        """Say that every row of the batch is stored, and which records are dead by the store's refusal."""
        self.refused = refused
        self.finished.set()

    def abandon(self) -> None:
        """Say that the batch failed and is not to be waited for; its offsets are not committed."""
        self.abandoned = True
        self.finished.set()


def size_of(fetched: Fetched) -> int:
    """Give the bytes of the records: values, keys and headers."""
    return sum(_length(message) for messages in fetched.values() for message in messages)


def cut(fetched: Fetched) -> list[list[tuple[TopicPartition, list[ConsumerRecord[bytes, bytes]]]]]:
    """Cut what a poll brought into batches of bounded bytes, each partition's records in order."""
    batches: list[list[tuple[TopicPartition, list[ConsumerRecord[bytes, bytes]]]]] = [[]]
    size = 0
    for tp, messages in fetched.items():
        start = 0
        for at, message in enumerate(messages):
            length = _length(message)
            if size and size + length > BATCH_MAX_BYTES:
                batches[-1].append((tp, messages[start:at]))
                batches.append([])
                start, size = at, 0
            size += length
        batches[-1].append((tp, messages[start:]))
    return [[(tp, messages) for tp, messages in batch if messages] for batch in batches]


def _length(message: ConsumerRecord[bytes, bytes]) -> int:
    headers = sum(len(name) + len(value or b"") for name, value in message.headers)
    return len(message.value or b"") + len(message.key or b"") + headers
