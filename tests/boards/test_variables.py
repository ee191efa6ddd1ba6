"""What can be chosen, what is, what a query makes of it, and what an address says of it."""

from datetime import UTC, datetime
from typing import Any

import pytest

from streams.errors import UsageError
from streams.wall.board import Board, Span, Variable
from streams.wall.choice import NOTHING, Choice, read_choice
from streams.wall.frames import Column, Frame
from streams.wall.macros import MacroError
from streams.wall.variables import Chosen, choose, interpolate

NOW = datetime(2026, 5, 4, 5, tzinfo=UTC)
GATES = Frame(
    (Column("value", "string", ("kim-thanh", "ho-kieu")), Column("text", "string", ("Kim Thành", "Hồ Kiều")))
)
SQL = "SELECT 1 WHERE $__conditionalAll(gate_id IN (${gate:singlequote}), $gate)"


def variable(**rest: Any) -> Variable:
    """Give a variable of gates."""
    return Variable.model_validate({"name": "gate", "type": "query", "query": "SELECT", **rest})


MANY = variable(multi=True, includeAll=True)
BOARD = Board.model_validate(
    {
        "uid": "b", "title": "B", "panels": [], "timepicker": {"hidden": False},
        "templating": {"list": [MANY.model_dump(by_alias=True)]},
    }
)  # fmt: skip


def chosen(*values: str, options: tuple[str, ...] = ()) -> dict[str, Chosen]:
    """Give gates that are chosen."""
    return {"gate": Chosen(MANY, tuple((one, one) for one in options or values), values)}


@pytest.mark.parametrize(
    ("rest", "wanted", "values"),
    [
        ({"multi": True, "includeAll": True}, ["ho-kieu", "kim-thanh"], ("ho-kieu", "kim-thanh")),
        ({"multi": True, "includeAll": True}, [], ()),
        ({"multi": True, "includeAll": True}, ["nowhere", "' OR 1 --"], ()),
        ({"includeAll": True}, ["ho-kieu", "kim-thanh"], ("ho-kieu",)),
        ({}, ["nowhere"], ("kim-thanh",)),
        ({"multi": True}, [], ("kim-thanh", "ho-kieu")),
    ],
)
def test_only_what_is_offered_can_be_chosen(
    rest: dict[str, Any], wanted: list[str], values: tuple[str, ...]
) -> None:
    """Without anything that is, all are, or the first; one that takes one value takes the first."""
    one = choose(variable(**rest), GATES, wanted)

    assert (("kim-thanh", "Kim Thành"), ("ho-kieu", "Hồ Kiều")) == one.options
    assert values == one.values


def test_one_column_is_value_and_text() -> None:
    """As in Grafana; and without rows there is nothing to choose."""
    assert (("a", "a"),) == choose(MANY, Frame((Column("value", "string", ("a",)),)), ()).options
    assert () == choose(MANY, Frame(), ["a"]).values


def test_a_query_says_what_is_chosen() -> None:
    """All takes the condition away; else the values stand there, quoted."""
    assert "SELECT 1 WHERE 1=1" == interpolate(SQL, chosen(options=("a", "b")))
    assert "SELECT 1 WHERE gate_id IN ('a','b')" == interpolate(SQL, chosen("a", "b"))
    assert "IN ('a','b')" in interpolate("IN (${gate:singlequote})", chosen(options=("a", "b")))
    assert "IN ('')" in interpolate("IN (${gate:singlequote})", chosen())


def test_no_value_ends_its_quotes() -> None:
    """Quotes and backslashes of a value are part of it."""
    assert r"IN ('\\\' OR 1 --')" in interpolate("IN (${gate:singlequote})", chosen("\\' OR 1 --"))


@pytest.mark.parametrize("call", ["$__conditionalAll(a = 1)", "$__conditionalAll(a, b)", "$__conditionalAll"])
def test_a_condition_without_a_variable_is_told(call: str) -> None:
    """The panel shows what was expected."""
    with pytest.raises(MacroError, match="expected a condition and a variable"):
        interpolate(f"SELECT {call}", chosen("a"))


def test_an_address_says_what_is_chosen_and_is_read_again() -> None:
    """As Grafana writes it, so that a link to one leads to the same on the other."""
    choice = Choice((("gate", ("kim-thanh", "a b")),), Span(start="now-7d", end="now"))
    address = choice.address(BOARD)

    assert "/d/b?var-gate=kim-thanh&var-gate=a+b&from=now-7d&to=now" == address
    pairs = [("var-gate", "kim-thanh"), ("var-gate", "a b"), ("from", "now-7d"), ("to", "now")]
    assert choice == read_choice(BOARD, pairs, NOW)
    assert "/d/b" == NOTHING.address(BOARD)


def test_a_link_keeps_what_is_chosen_besides() -> None:
    """The variables and the time that its address asks for, and none of them where none is chosen."""
    url = "/d/b?var-lane=x&${gate:queryparam}&${way:queryparam}&${__url_time_range}"
    choice = Choice((("gate", ("kim-thanh", "a&b")), ("other", ("c",))), Span(start="now-7d", end="now"))

    assert "/d/b?var-lane=x&var-gate=kim-thanh&var-gate=a%26b&from=now-7d&to=now" == choice.kept(url)
    assert "/d/b?var-lane=x" == NOTHING.kept(url)
    assert "/d/b" == choice.kept("/d/b")


@pytest.mark.parametrize(
    "pairs",
    [
        [],
        [("var-gate", "$__all")],
        [("var-gate", "")],
        [("var-unknown", "a"), ("rotate", "a,b")],
    ],
)
def test_an_address_that_chooses_nothing_shows_the_board_as_it_is(pairs: list[tuple[str, str]]) -> None:
    """So that all who look at it share its queries."""
    assert NOTHING == read_choice(BOARD, pairs, NOW)


@pytest.mark.parametrize(("start", "end"), [("soon", "now"), ("now", "now-1h"), ("now-99999y", "now")])
def test_a_time_that_is_none_is_told(start: str, end: str) -> None:
    """With an example of one."""
    with pytest.raises(UsageError, match="now-24h"):
        read_choice(BOARD, [("from", start), ("to", end)], NOW)


def test_a_walls_time_is_its_own() -> None:
    """Where the time picker is hidden an address changes nothing."""
    wall = BOARD.model_copy(update={"timepicker": BOARD.timepicker.model_copy(update={"hidden": True})})

    assert NOTHING == read_choice(wall, [("from", "now-7d")], NOW)
