"""Header names that are no UTF-8: Kafka takes any bytes, aiokafka's parser raises and could never go on.

Nothing of ours reads such a header, so one must not stop a partition. Once one was met, the process reads
with aiokafka's parser in Python, which is slower and can be told how to decode.
"""

from typing import Final, SupportsIndex, cast

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.consumer import fetcher
from aiokafka.record import memory_records
from aiokafka.record.default_records import _DefaultRecordBatchPy
from aiokafka.record.memory_records import _MemoryRecordsPy

_POLL_MS: Final = 100


class _Bytes(bytearray):
    r"""Bytes whose slices, decoded, show what is no UTF-8 as `\xff`."""

    def __getitem__(self, key: SupportsIndex | slice) -> int:  # type: ignore[override] # what it is told
        found = super().__getitem__(key)
        return found if isinstance(found, int) else cast("int", _Bytes(found))

    def decode(self, encoding: str = "utf-8", _errors: str = "strict") -> str:
        return super().decode(encoding, "backslashreplace")


class _Batch(_DefaultRecordBatchPy):  # type: ignore[misc] # aiokafka is not annotated
    _buffer: bytearray

    def _read_msg(self, *arguments: object) -> object:
        # Unpacking makes a new buffer: looked at for each record, wrapped once.
        if not isinstance(self._buffer, _Bytes):
            self._buffer = _Bytes(self._buffer)
        return super()._read_msg(*arguments)


def tolerate_any() -> None:
    """Let every consumer of this process take any header name from its next fetch on."""
    memory_records.DefaultRecordBatch = _Batch
    fetcher.MemoryRecords = _MemoryRecordsPy


async def read_at(
    consumer: AIOKafkaConsumer, tp: TopicPartition, offset: int, end: int
) -> "ConsumerRecord[bytes, bytes] | None":
    """Read the record at an offset, or the next one where there is none; None: only markers follow.

    Waits for as long as Kafka has nothing to say: limit it by a timeout.
    """
    consumer.assign([tp])
    consumer.seek(tp, offset)
    while True:
        try:
            fetched = await consumer.getmany(tp, timeout_ms=_POLL_MS, max_records=1)
        except UnicodeDecodeError:
            tolerate_any()
            consumer.seek(tp, offset)
            continue
        for message in fetched.get(tp, ()):
            return message
        if await consumer.position(tp) >= end:
            return None
