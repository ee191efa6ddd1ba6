"""Folds pages of records straight into the store, without Kafka in between."""

from collections import Counter, defaultdict
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass, field

from streams.core.record import PartitionId, Record
from streams.pipeline import Pipeline


@dataclass
class Folded:
    """What was folded: the end of each partition, events sent again, dead letters by reason and place."""

    ends: dict[PartitionId, int] = field(default_factory=dict)
    resent: int = 0
    dead: Counter[str] = field(default_factory=Counter)
    dead_in: set[PartitionId] = field(default_factory=set)


async def fold(
    pipeline: Pipeline, pages: AsyncGenerator[list[Record], None], advance: Callable[[int], bool]
) -> Folded:
    """Fold pages until there are no more or `advance`, told how many records each had, says false."""
    folded = Folded()
    async for page in pages:
        parts: defaultdict[PartitionId, list[Record]] = defaultdict(list)
        for record in page:
            parts[record.partition].append(record)
        for partition in parts.keys() - folded.ends.keys():
            pipeline.assign(partition, set())
        slices = [pipeline.decode(*part) for part in parts.items()]
        for outcome in await pipeline.process(slices) if slices else ():
            folded.resent += len(outcome.resent)
            folded.dead.update(letter.reason for letter in outcome.dead)
            if outcome.dead:
                folded.dead_in.add(outcome.partition)
        folded.ends |= {partition: part[-1].position + 1 for partition, part in parts.items()}
        if not advance(len(page)):
            break
    return folded
