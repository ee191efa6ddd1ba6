"""What an instance answers at `/ready` and `/live`."""

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest
from aiokafka import TopicPartition

from streams import clock
from streams.alerts.condition import Condition
from streams.alerts.leader import Leader
from streams.settings import Settings


@pytest.fixture
def leader() -> Leader:
    """Give a member of the group that has not been told its place yet."""
    return Leader(Settings(_env_file=None))


@pytest.fixture
def condition(leader: Leader) -> Condition:
    """Give the condition of an instance with that member."""
    made = Condition()
    made.follow(leader)
    return made


def assign(leader: Leader, *partitions: int) -> None:
    """Let the group give it partitions."""
    asyncio.run(leader.on_partitions_assigned({TopicPartition("target", number) for number in partitions}))


def wrong(condition: Condition) -> list[str]:
    """Give what is wrong."""
    return list(condition.ready().wrong)


def test_it_starts_until_the_group_has_told_it_its_place(leader: Leader, condition: Condition) -> None:
    """Also before it has a member in the group; who waits to take over is ready."""
    assert ["it starts"] == list(Condition().ready().wrong) == wrong(condition)
    assign(leader)
    assert [] == wrong(condition)
    assert "waits for its turn" in condition.ready().parts["alerts"]


def test_who_leads_is_ready_once_it_evaluates_and_delivers(leader: Leader, condition: Condition) -> None:
    """And no longer when something is in its way; the words say what."""
    assign(leader, 0)
    assert ["it has not yet begun to evaluate", "it has not yet begun to deliver"] == wrong(condition)
    condition.evaluating.done()
    condition.delivering.done()
    assert {"alerts": "evaluates and delivers"} == condition.ready().parts
    condition.evaluating.trouble = "connection refused"
    assert ["it does not evaluate: connection refused"] == wrong(condition)
    condition.evaluating.done()
    assert [] == wrong(condition)


@pytest.mark.parametrize("work", ["evaluate", "deliver"])
def test_work_that_stands_still_is_told(
    leader: Leader, condition: Condition, monkeypatch: pytest.MonkeyPatch, work: str
) -> None:
    """After a minute in which one of the two was not done, and a loop that does not turn is not alive."""
    condition.evaluating.done()
    condition.delivering.done()
    later = clock.monotonic() + 61
    monkeypatch.setattr(clock, "monotonic", lambda: later)
    assign(leader, 0)
    both: Mapping[str, Any] = {"evaluate": condition.delivering, "deliver": condition.evaluating}
    both[work].done()

    assert [f"it does not {work}"] == wrong(condition)
    assert ["its loop stands still"] == list(condition.live().wrong)
