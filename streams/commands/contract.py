"""The contract as producers are judged by: the worker's own decode, as if an event arrived now."""

from collections.abc import Callable

from producers.files import raw_message
from producers.ingest.judge import Refusal
from producers.publisher import Message
from streams import clock
from streams.core.decode import DeadLetter, decode
from streams.core.record import PartitionId, Record
from streams.registry import Registry
from streams.topics import EVENT_TOPICS, partition_of

# A type that is none of ours is decoded too, for the reason that decode gives.
_ANY_TOPIC = next(iter(EVENT_TOPICS))


def contract_of(registry: Registry) -> Callable[[bytes], Message | Refusal]:
    """Give what judges the bytes of an event."""

    def judge(value: bytes) -> Message | Refusal:
        message = raw_message(value, _ANY_TOPIC)
        if isinstance(message, str):
            return Refusal("too_large", message)
        partition = partition_of(message.key or b"", EVENT_TOPICS[message.topic].partitions)
        place = PartitionId(message.topic, partition)
        verdict = decode(Record(place, 0, 0, clock.now_ms(), message.key, value), registry)
        return Refusal(verdict.reason, verdict.detail) if isinstance(verdict, DeadLetter) else message

    return judge
