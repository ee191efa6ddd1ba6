"""The breakers of a worker's partitions: each cuts what is read at the record after which it pauses."""

from contextlib import suppress

from streams.core.breaker import WINDOW, Breaker, History
from streams.core.decode import DeadLetter
from streams.core.letters import attempt_of
from streams.core.record import PartitionId, Record
from streams.logs import get_logger
from streams.metrics import PAUSED
from streams.pipeline import Slice

_log = get_logger("breaker")


class Breakers:
    """Pauses partitions that are nearly all bad; the others flow on."""

    def __init__(self, *, enabled: bool) -> None:
        self._enabled = enabled
        self._breakers: dict[PartitionId, Breaker] = {}
        self._paused: set[PartitionId] = set()

    def begin(self, partition: PartitionId, last: int, history: History) -> None:
        """Follow a partition from the record after position `last` on; it may be paused already."""
        if self._enabled:
            self._breakers[partition] = Breaker(last, history)
            self._follow(partition)

    def resume(self, partition: PartitionId, position: int) -> None:
        """Let a partition go on, if it was resumed after a record that its pause counts."""
        if partition in self._paused:
            self._breakers[partition].resume(position)
            self._follow(partition)

    def forget(self, partition: PartitionId) -> None:
        """Let go of a partition."""
        self._breakers.pop(partition, None)
        self._paused.discard(partition)
        with suppress(KeyError):
            PAUSED.remove(*map(str, partition))

    def paused(self) -> dict[PartitionId, int]:
        """Give the paused partitions with the position of the last record before the pause."""
        return {partition: self._breakers[partition].last for partition in self._paused}

    def is_paused(self, partition: PartitionId) -> bool:
        """Tell whether nothing is to be read of a partition."""
        return partition in self._paused

    def find_bad(self, record: Record) -> None:
        """Count a record that the store refused; what was read by then goes on, a pause comes after it."""
        breaker = self._breakers.get(record.partition)
        if breaker is not None and _counts(record) and breaker.find_bad(record.position):
            self._follow(record.partition)

    def cut(self, part: Slice) -> Slice:
        """Give a slice up to the record after which its partition pauses; of a paused one, nothing."""
        breaker = self._breakers.get(part.partition)
        if breaker is None:
            return part
        if part.partition in self._paused:
            return Slice(part.partition, [], [])
        for n, (record, verdict) in enumerate(zip(part.records, part.decoded, strict=True), 1):
            is_bad = isinstance(verdict, DeadLetter) and _counts(record)
            if breaker.take(record.position, is_bad=is_bad):
                self._follow(part.partition)
                return Slice(part.partition, part.records[:n], part.decoded[:n])
        return part

    def _follow(self, partition: PartitionId) -> None:
        """Pause or go on as the breaker says, and say so."""
        breaker = self._breakers[partition]
        PAUSED.labels(*map(str, partition)).set(breaker.tripped)
        if breaker.tripped and partition not in self._paused:
            self._paused.add(partition)
            _log.error("partition_paused", **self._words(partition, breaker))
        elif not breaker.tripped and partition in self._paused:
            self._paused.discard(partition)
            _log.warning("partition_resumed", topic=partition.topic, partition=partition.partition)

    @staticmethod
    def _words(partition: PartitionId, breaker: Breaker) -> dict[str, object]:
        topic, number = partition
        why = f"{breaker.bad} of its last {WINDOW} records are bad"
        hint = f"kpi dlq list --topic {topic} --partition {number}; then: kpi dlq resume {topic} {number}"
        return {"topic": topic, "partition": number, "position": breaker.last, "why": why, "hint": hint}


def _counts(record: Record) -> bool:
    """Tell whether a bad record counts: one sent back in vain says nothing of what its source sends."""
    return not attempt_of(record)
