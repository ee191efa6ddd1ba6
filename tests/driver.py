"""Drives the pipeline as a worker does, without Kafka: records with offsets, in batches."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import count

from streams.core.record import PartitionId, Record
from streams.pipeline import Pipeline

Batch = dict[PartitionId, list[Record]]


def with_offsets(records: Iterable[Record]) -> list[Record]:
    """Number the records of each partition from 0, in this order."""
    offsets: defaultdict[PartitionId, Iterator[int]] = defaultdict(count)
    numbered = ((record, next(offsets[record.partition])) for record in records)
    return [record._replace(offset=offset, position=offset) for record, offset in numbered]


def in_batches(records: Sequence[Record], size: int) -> list[Batch]:
    """Cut records into batches, each by partition."""
    batches = []
    for start in range(0, len(records), size):
        batch: defaultdict[PartitionId, list[Record]] = defaultdict(list)
        for record in records[start : start + size]:
            batch[record.partition].append(record)
        batches.append(dict(batch))
    return batches


def records_of(batches: Iterable[Batch]) -> Iterator[Record]:
    """Give all records of batches."""
    return (record for batch in batches for part in batch.values() for record in part)


def assign(pipeline: Pipeline, batches: Iterable[Batch]) -> None:
    """Give the pipeline every partition of the batches, with nothing dead."""
    for partition in {record.partition for record in records_of(batches)}:
        pipeline.assign(partition, set())


async def drive(pipeline: Pipeline, batches: Iterable[Batch]) -> None:
    """Decode and process batches, one after the other."""
    for batch in batches:
        await pipeline.process([pipeline.decode(partition, part) for partition, part in batch.items()])
