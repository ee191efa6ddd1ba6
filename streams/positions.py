"""Where a worker starts a partition, and when it must refuse: a log that is not the one it knows."""

from dataclasses import dataclass

from streams.core.record import PartitionId
from streams.errors import RefusedError
from streams.store_lookups import PartitionStart


@dataclass(frozen=True)
class Log:
    """What Kafka says of a partition: first offset, next offset, and the group's committed offset."""

    start: int
    end: int
    committed: int | None


def start_offset(partition: PartitionId, known: PartitionStart, log: Log) -> int:
    """Give the offset to start at: `min(committed, consumed + 1)`.

    An engine restored from a backup, or one that lost its last second, is so caught up from Kafka.

    Raises:
        RefusedError: the log ends before what is stored, or starts after it: it has started anew, or
            records were lost that no worker ever read; or nothing is stored of what was read and is gone.
    """
    # A log that somebody accepted has a base.
    if known.consumed is None and not known.base and log.start and log.committed:
        raise _lost(partition, log)
    if known.consumed is None or known.consumed.position < known.base:
        return log.start
    stored_next = known.consumed.position + 1 - known.base
    if log.end < stored_next:
        raise _refusal(partition, f"ends at offset {log.end}, but {stored_next} records are stored")
    if log.start > stored_next:
        raise _refusal(
            partition, f"starts at offset {log.start}, but only {stored_next} records are stored: a gap"
        )
    committed = stored_next if log.committed is None else log.committed
    return max(log.start, min(committed, stored_next))


def refuse_other_log(partition: PartitionId, offset: int) -> RefusedError:
    """Give the error of a log that holds another record at an offset that is stored."""
    return _refusal(partition, f"holds another record at offset {offset} than the one that is stored")


def _lost(partition: PartitionId, log: Log) -> RefusedError:
    return RefusedError(
        f"{partition.topic}/{partition.partition} was read up to offset {log.committed}, and ClickHouse holds"
        f" nothing of it; Kafka has it from offset {log.start} on. Put a backup back: kpi restore. If the"
        f" database is to begin there, run: kpi migrate --accept-new-log {partition.topic}"
    )


def _refusal(partition: PartitionId, fact: str) -> RefusedError:
    return RefusedError(
        f"{partition.topic}/{partition.partition} {fact}. If the topic was recreated or restored, and"
        f" this is right, run: kpi migrate --accept-new-log {partition.topic}"
    )
