"""What a worker remembers of a partition is bounded, whatever comes."""

from hypothesis import given
from hypothesis import strategies as st

from streams.core.contribution import RowKey
from streams.core.state import ID_BLOCK_MS, BlockId, PartitionState, Row

_DAYS = st.lists(st.integers(0, 2_000), min_size=1, max_size=40)


@given(_DAYS)
def test_blocks_are_kept_up_to_a_number_of_rows_and_the_newest_stay(sizes: list[int]) -> None:
    """Months with thousands of rows push out what was used before them, many small blocks only in the end."""
    state = PartitionState()
    for number, size in enumerate(sizes):
        rows = {RowKey("trade_day", number * 32, (str(n),)): Row({}, n) for n in range(size)}
        state.blocks.put(BlockId("trade_day", number), rows)
    state.trim()

    kept = [number for number in range(len(sizes)) if BlockId("trade_day", number) in state.blocks]
    newest_first = sizes[::-1]
    fitting = [n for n in range(1, len(sizes) + 1) if sum(newest_first[:n]) + n <= 8_000]
    assert [*range(len(sizes) - len(fitting), len(sizes))] == kept


def test_a_flood_of_empty_blocks_is_forgotten() -> None:
    """Also a block that is known to hold nothing takes its place."""
    state = PartitionState()
    for number in range(9_000):
        state.blocks.put(BlockId("trade_minute", number), {})
    state.trim()

    assert BlockId("trade_minute", 999) not in state.blocks
    assert BlockId("trade_minute", 1_000) in state.blocks


def test_rows_that_blocks_are_given_later_count_too() -> None:
    """A row that is kept again adds nothing; a block that was loaded empty fills the room as it grows."""
    grown, other = BlockId("trade_day", 0), BlockId("trade_day", 1)
    state = PartitionState()
    state.blocks.put(grown, {})
    for _ in range(2):
        for number in range(7_999):
            state.keep_row(RowKey("trade_day", 0, (str(number),)), Row({}, number))
    state.trim()
    assert grown in state.blocks

    state.blocks.put(other, {})
    state.trim()
    assert grown not in state.blocks
    assert other in state.blocks


def test_ids_are_kept_up_to_a_number_however_many_an_hour_has() -> None:
    """Hours that fill up push out older ones; the last two stay, or each batch would read them again."""
    state = PartitionState()
    for hour in range(4):
        state.ids.put(hour, {})
        for number in range(30_000):
            state.keep_id(f"{hour}-{number}", hour * ID_BLOCK_MS, number)
            state.keep_id(f"{hour}-{number}", hour * ID_BLOCK_MS, number + 1)
        state.trim()

    assert {0, 1} == state.missing_ids(hour * ID_BLOCK_MS for hour in range(4))
    assert 29_999 == state.position_of("3-29999", 3 * ID_BLOCK_MS)


def test_hours_with_few_ids_are_kept_for_days() -> None:
    """What a site has in an hour is far from the bound: 40 ids an hour in a partition stay for ten days."""
    state = PartitionState()
    for hour in range(240):
        state.ids.put(hour, {f"{hour}-{number}": number for number in range(40)})
    state.trim()

    assert set() == state.missing_ids(hour * ID_BLOCK_MS for hour in range(240))
