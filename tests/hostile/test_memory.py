"""Nothing stays in a worker's memory of what was bad."""

from streams.core.decode import decode
from streams.core.processor import accept, commit
from streams.core.state import PartitionState
from streams.registry import load_registry
from tests.events import record_of


def test_dead_records_are_not_remembered() -> None:
    """They were stored; should they come again, the partition begins anew and reads which are dead."""
    records = [record_of(b"no event", offset) for offset in range(1000)]
    state, registry = PartitionState({5}), load_registry()
    outcome = accept(records[0].partition, [decode(record, registry) for record in records], state, {})

    commit(outcome, state)

    assert len(outcome.dead) == 999
    assert {5} == state.dead
