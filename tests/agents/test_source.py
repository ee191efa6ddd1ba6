"""How the source cuts what a poll brought."""

from types import SimpleNamespace
from typing import Any

from aiokafka import TopicPartition
from hypothesis import given
from hypothesis import strategies as st

from streams.batches import BATCH_MAX_BYTES, cut

SIZES = st.lists(st.integers(1, BATCH_MAX_BYTES), max_size=8)


@given(st.lists(SIZES, min_size=1, max_size=3))
def test_a_cut_keeps_every_record_in_order_and_bounds_the_bytes(partitions: list[list[int]]) -> None:
    """However large the records are, each is in one batch, in its order, and batches stay small."""
    fetched: Any = {
        TopicPartition("t", number): [
            SimpleNamespace(offset=offset, key=None, value=Value(size), headers=())
            for offset, size in enumerate(sizes)
        ]
        for number, sizes in enumerate(partitions)
    }
    batches = cut(fetched)

    for tp, messages in fetched.items():
        assert messages == [m for batch in batches for part, some in batch if part == tp for m in some]
    for batch in batches:
        sizes = [len(message.value) for _, messages in batch for message in messages]
        assert len(sizes) == 1 or sum(sizes) <= BATCH_MAX_BYTES


class Value:
    """Bytes of a length, without the bytes."""

    def __init__(self, length: int) -> None:
        self._length = length

    def __len__(self) -> int:
        return self._length
