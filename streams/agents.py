"""The Faust agents: take a batch, fold it, say it is done."""

from collections.abc import AsyncIterable, Awaitable, Callable

from structlog.contextvars import bound_contextvars

from streams import clock, metrics
from streams.batches import Batch
from streams.logs import get_logger
from streams.pipeline import Pipeline

_log = get_logger("agents")


async def fold_batch(pipeline: Pipeline, batch: Batch) -> None:
    """Store all that a batch leads to; only then is it done. What is logged meanwhile names the batch."""
    offsets = {
        f"{part.partition.topic}/{part.partition.partition}": [
            part.records[0].offset,
            part.records[-1].offset,
        ]
        for part in batch.slices
    }
    with bound_contextvars(assignment=batch.assignment, offsets=offsets):
        await _fold_batch(pipeline, batch)


async def _fold_batch(pipeline: Pipeline, batch: Batch) -> None:
    records = [record for part in batch.slices for record in part.records]
    started, oldest = clock.monotonic(), min(record.received_ms for record in records)
    outcomes = await pipeline.process(batch.slices)
    for outcome in outcomes:
        metrics.count(outcome)
    batch.done([letter.record for outcome in outcomes for letter in outcome.dead if letter.refused])
    took = clock.monotonic() - started
    metrics.BATCH_RECORDS.observe(len(records))
    metrics.BATCH_SECONDS.observe(took)
    metrics.EVENT_AGE_SECONDS.observe(max(0, clock.now_ms() - oldest) / 1000)
    _log.info("batch_stored", records=len(records), partitions=len(batch.slices), seconds=round(took, 3))


def fold_agent(
    pipeline: Pipeline, fail: Callable[[Exception], Awaitable[None]]
) -> Callable[[AsyncIterable[Batch]], Awaitable[None]]:
    """Make the agent's function; `fail` ends the process, since Faust would restart the agent in place."""

    async def fold(batches: AsyncIterable[Batch]) -> None:
        async for batch in batches:
            try:
                await fold_batch(pipeline, batch)
            except Exception as error:  # noqa: BLE001 - the agent's edge: whatever it is, the process must end
                batch.abandon()
                await fail(error)

    return fold
