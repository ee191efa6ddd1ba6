"""Reducers."""

import pytest

from streams.wall.reduce import reduce

VALUES = (None, 4, 1, None, 7, None)


@pytest.mark.parametrize(
    ("reducer", "expected"),
    [
        ("lastNotNull", 7),
        ("last", None),
        ("firstNotNull", 4),
        ("first", None),
        ("min", 1),
        ("max", 7),
        ("sum", 12),
        ("mean", 4),
        ("median", 4),
        ("count", 6),
        ("distinctCount", 3),
        ("range", 6),
        ("diff", 3),
        ("delta", 6),
        ("diffperc", 0.75),
        ("allIsNull", False),
    ],
)
def test_reduces(reducer: str, expected: object) -> None:
    """A reducer gives what Grafana's of that name gives."""
    assert expected == reduce(VALUES, reducer)


@pytest.mark.parametrize("reducer", ["lastNotNull", "last", "sum", "mean", "count"])
def test_nothing_reduces_to_nothing(reducer: str) -> None:
    """No values give no value, never a silent zero."""
    assert reduce((), reducer) is None


def test_words_have_a_last_value() -> None:
    """A field of words has a last value too."""
    assert "b" == reduce(("a", "b", None), "lastNotNull")


def test_an_unknown_reducer_is_named() -> None:
    """A reducer that the wall does not know is an error that names it."""
    with pytest.raises(ValueError, match="p99"):
        reduce(VALUES, "p99")
