"""The breaker: when it trips, and that it is a function of the records, however they are cut."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.core.breaker import MOST_BAD, WINDOW, Breaker, History

FRESH = History(-1, ())


def trip(bad: list[bool], breaker: Breaker) -> int | None:
    """Give the position at which a breaker trips, reading on from its last record."""
    for position, is_bad in enumerate(bad, breaker.last + 1):
        if breaker.take(position, is_bad=is_bad):
            return position
    return None


@pytest.mark.parametrize(
    ("bad", "position"),
    [
        pytest.param([True] * 999, None, id="999 bad ones are too few"),
        pytest.param([True] * 5000, 999, id="the thousandth"),
        pytest.param([False] * 50 + [True] * 950, 999, id="95 of a hundred"),
        pytest.param([False] * 51 + [True] * 949, None, id="fewer than 95 of a hundred"),
        pytest.param([False] * 5000 + [True] * 2000, 5949, id="good ones leave the window"),
        pytest.param(([True] * 9 + [False]) * 1000, None, id="nine of ten for ever"),
    ],
)
def test_it_trips_at_95_of_a_hundred_of_the_last_1000(bad: list[bool], position: int | None) -> None:
    """Neither earlier nor later."""
    assert position == trip(bad, Breaker(-1, FRESH))


@given(st.data())
def test_a_restart_anywhere_changes_nothing(data: st.DataObject) -> None:
    """One that starts in the middle, from what is stored, trips at the same record."""
    runs = data.draw(st.lists(st.tuples(st.integers(0, 1200), st.booleans()), max_size=5))
    bad = [is_bad for length, is_bad in runs for _ in range(length)]
    whole = trip(bad, Breaker(-1, FRESH))
    restart = data.draw(st.integers(0, len(bad)))
    stored = History(-1, [position for position, is_bad in enumerate(bad[:restart]) if is_bad])
    if whole is not None and restart > whole:
        return

    assert whole == trip(bad[restart:], Breaker(restart - 1, stored))


def test_a_paused_partition_is_paused_after_a_restart() -> None:
    """What is stored says so."""
    assert Breaker(WINDOW - 1, History(-1, range(WINDOW))).tripped
    assert not Breaker(WINDOW - 2, History(-1, range(WINDOW - 1))).tripped


def test_a_resumed_partition_has_another_1000_records() -> None:
    """What was bad before counts no more; the next flood pauses it again."""
    resumed = Breaker(WINDOW - 1, History(WINDOW - 1, range(WINDOW)))

    assert not resumed.tripped
    assert 2 * WINDOW - 1 == trip([True] * 3000, resumed)


@given(st.data())
def test_what_is_found_bad_later_counts_as_if_it_had_been_read_so(data: st.DataObject) -> None:
    """In whatever order the store refuses records, and twice: the count is that of a breaker that knew."""
    count = data.draw(st.integers(900, 1200))
    found = data.draw(st.lists(st.integers(0, count - 1), max_size=40))
    breaker = Breaker(-1, FRESH)
    for position in range(count):
        breaker.take(position, is_bad=position not in found)
    for position in found * 2:
        breaker.find_bad(position)

    assert min(count, WINDOW) == breaker.bad
    assert (count >= WINDOW) is breaker.tripped


def test_what_was_dead_once_is_bad_though_it_is_read_otherwise_today() -> None:
    """A redelivered record that the registry has learned since counts as it did."""
    breaker = Breaker(-1, History(-1, range(MOST_BAD)))

    assert WINDOW - 1 == trip([False] * WINDOW, breaker)
