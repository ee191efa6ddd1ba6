"""Who owns the partition works; who gives it away finishes first."""

import asyncio
import threading
from collections.abc import Awaitable, Callable

import pytest
from aiokafka import TopicPartition

from streams.alerts.leader import Leader
from streams.settings import Settings

_PLACE = {TopicPartition("target", 0)}


@pytest.mark.parametrize(
    "part",
    [
        pytest.param(lambda leader: leader.on_partitions_revoked(_PLACE), id="another one takes over"),
        pytest.param(lambda leader: leader.__aexit__(None, None, None), id="it is stopped"),
    ],
)
def test_an_owner_finishes_before_the_next_one_begins(part: Callable[[Leader], Awaitable[None]]) -> None:
    """It leads no longer at once, and what runs is done when the partition is given away."""
    may_end, done = threading.Event(), threading.Event()

    def work() -> None:
        may_end.wait(5)
        done.set()

    async def hand_over() -> None:
        leader = Leader(Settings(_env_file=None))
        await leader.on_partitions_assigned(_PLACE)
        asked = asyncio.create_task(leader.run(work))
        await asyncio.sleep(0)
        asked.cancel()
        parting = asyncio.ensure_future(part(leader))
        await asyncio.sleep(0)
        assert not leader.leads
        assert not parting.done()
        may_end.set()
        await parting
        assert done.is_set()

    asyncio.run(hand_over())
