"""Up to where a replay and the live generation know each other: what lies beyond is no difference."""

import asyncio
from collections.abc import Mapping
from typing import Final, NamedTuple

from clickhouse_connect.driver.client import Client

from streams.core.record import PartitionId
from streams.replay.plan import KAFKA, Into, Plan, Positions, by_partition, spelt
from streams.store_lookups import PartitionStart, StoreLookups


class Frontier(NamedTuple):
    """Positions of each partition before which the other side has folded everything.

    `known` are positions of the live generation, `reached` those of the replay; where `reached` names no
    partition, live has folded all that the replay holds of it.
    """

    known: Positions
    reached: Positions


#: Both sides stand still, and everything is compared.
STILL: Final = Frontier({}, {})


def frontier_of(client: Client, plan: Plan, live: str, run: str) -> Frontier:
    """Give the frontier of a replay and the live generation, named by their databases.

    Another generation than the one that the replay looked at numbers positions otherwise: of that one it
    knows none, and every difference is one.
    """
    if plan.handed_over is None and live != plan.live:
        return STILL
    partitions = [PartitionId(topic, n) for topic, count in plan.partitions.items() for n in range(count)]
    theirs, ours = (
        asyncio.run(StoreLookups(client, one).partition_starts(partitions)) for one in (live, run)
    )
    if plan.handed_over is not None:
        return between(theirs, ours)
    # From an archive or a file comes nothing that lies at an offset of this log.
    is_log = plan.source == KAFKA and plan.into is Into.GENERATION
    return Frontier(plan.known, _lagging(plan, theirs) if is_log else {})


def between(
    theirs: Mapping[PartitionId, PartitionStart], ours: Mapping[PartitionId, PartitionStart]
) -> Frontier:
    """Give the frontier of two generations that have their places in the same logs."""
    known = {at: start.base + next_offset(ours[at]) for at, start in theirs.items()}
    reached = {at: start.base + next_offset(theirs[at]) for at, start in ours.items()}
    return Frontier(spelt(known), spelt(reached))


def next_offset(start: PartitionStart) -> int:
    """Give the offset after what is consumed of the present log; an earlier one lies below its base."""
    return max(0, start.consumed.position - start.base + 1) if start.consumed else 0


def _lagging(plan: Plan, theirs: Mapping[PartitionId, PartitionStart]) -> Positions:
    """Give how far live is where it lags behind the log that was replayed; there, positions are offsets."""
    known = by_partition(plan.known)
    return spelt(
        {
            at: next_offset(start)
            for at, start in theirs.items()
            if start.base + next_offset(start) < known.get(at, 0)
        }
    )
