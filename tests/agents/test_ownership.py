"""What a worker owns is begun only while its topics are as its generation has them."""

from pathlib import Path
from typing import Any

import pytest
from aiokafka import TopicPartition

from streams.errors import RefusedError
from streams.ownership import Ownership
from streams.pipeline import Pipeline
from streams.registry import load_registry
from streams.settings import Settings
from tests.fakes import MemoryDeadLetters, MemoryStore


class RaisedTopic:
    """A consumer whose topic was given more partitions under way; nothing else may be asked of it."""

    def partitions_for_topic(self, _topic: str) -> set[int]:
        return set(range(6))


async def test_a_count_that_is_raised_under_a_worker_ends_it_with_the_way_out(tmp_path: Path) -> None:
    """The rebalance that brings the new partitions begins none of them."""
    pipeline = Pipeline(MemoryStore(), MemoryDeadLetters(), load_registry())
    nothing: Any = None
    consumer: Any = RaisedTopic()
    owned = Ownership(Settings(_env_file=None, home=tmp_path), nothing, pipeline, consumer)
    owned.assign([TopicPartition("gate.crossing", 5)])

    with pytest.raises(RefusedError, match=r"gate.crossing has 6 partitions.*kpi migrate --rebuild"):
        await owned.begin(lambda: False)
