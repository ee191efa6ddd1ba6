"""Whatever bytes come: decode answers, what it accepts folds, and says the same to every reader."""

import asyncio
from typing import get_args

from hypothesis import HealthCheck, given, settings

from streams.core.decode import DeadLetter, Reason, decode
from streams.core.record import Record
from streams.pipeline import Pipeline
from streams.registry import load_registry
from tests.driver import assign, drive
from tests.fakes import MemoryDeadLetters, MemoryStore
from tests.hostile.meaning import says_the_same
from tests.hostile.strategies import RECORDS

REGISTRY = load_registry()
REASONS = frozenset(get_args(Reason)) - {"too_many_points"}


async def _stored(record: Record) -> MemoryStore:
    store = MemoryStore()
    pipeline = Pipeline(store, MemoryDeadLetters(), REGISTRY)
    batches = [{record.partition: [record]}]
    assign(pipeline, batches)
    await drive(pipeline, batches)
    return store


@given(RECORDS)
@settings(max_examples=1500, suppress_health_check=list(HealthCheck))
def test_decode_answers_whatever_comes(record: Record) -> None:
    """The answer is an event that folds and is no matter of opinion, or one of the contract's reasons."""
    verdict = decode(record, REGISTRY)

    if isinstance(verdict, DeadLetter):
        assert verdict.record is record
        assert verdict.reason in REASONS
        assert 0 < len(verdict.detail.encode()) <= 2000
        assert len(verdict.detail) <= 500
    else:
        assert says_the_same(verdict)
        assert len(asyncio.run(_stored(record)).events) == 1
