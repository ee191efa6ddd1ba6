"""A row that differs is opened by a command that there is, also where it is missing."""

import shlex
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from streams.commands import replay_explain as module
from streams.commands.dlq_options import Format
from streams.commands.replay_explain import explain
from streams.commands.replay_opening import Sides, opening
from streams.errors import NothingThereError, UsageError
from streams.explain.request import VIEWS
from streams.replay.compare import TABLES, Row
from tests.replay.plans import plan_of
from tests.scripted import ScriptedClient

AT = datetime(2026, 1, 5, 0, 7, tzinfo=UTC)
SIDES = Sides("a", "live", "kpi_g1", "kpi_run_a_g1")
MISSING = NothingThereError("trade_by_day has no row there")


def opened(table: str, sides: Sides = SIDES, **dimensions: str) -> list[str]:
    """Give the words of the command that opens a row of a table."""
    return shlex.split(opening(Row(table, AT, dimensions, {}), sides))


@pytest.mark.parametrize("table", TABLES)
def test_every_row_is_opened_by_what_there_is(table: str) -> None:
    """By the events behind a view that can be opened, else by the rows of both sides."""
    words = opened(table, gate_id="kim-thanh")

    if words[1] == "query":
        assert [f"{one}.{table} FINAL" in words[2] for one in ("kpi_g1", "kpi_run_a_g1")] == [True, True]
        assert f"toDateTime64({TABLES[table].window}, 3, 'UTC')" in words[2]
    else:
        assert ["kpi", "replay", "explain", "a"] == words[:4]
        assert words[4] in VIEWS


def test_a_minute_is_opened_against_what_it_was_compared_with() -> None:
    """In local time, with the dimensions that it has."""
    words = opened("trade_minute", SIDES._replace(against="b"), gate_id="kim-thanh", regime="")
    where = ["--where", "gate_id=kim-thanh"]

    assert [
        *["kpi", "replay", "explain", "a", "trade_by_minute", "--at", "2026-01-05T07:07"],
        *where,
        "--against",
        "b",
    ] == words


def test_a_name_of_any_letters_is_one_word() -> None:
    """Of the shell, and of SQL."""
    assert r"toString(id) = 'a\' b'" in opened("declarations", id="a' b")[2]


def explained(monkeypatch: pytest.MonkeyPatch, errors: list[Exception | None]) -> None:
    """Explain a row of two sides, each of which says one thing."""

    def said(*_: object) -> SimpleNamespace:
        if error := errors.pop(0):
            raise error
        return SimpleNamespace(listed=[])

    monkeypatch.setattr(module, "reader", ScriptedClient({"argMax": [("kpi_g1",)]}).connected)
    monkeypatch.setattr(module, "find_plan", lambda *_: plan_of())
    monkeypatch.setattr(module, "explain_number", said)
    explain("a", "trade_by_day", "2026-01-05", None, "live", Format.JSON)


@pytest.mark.parametrize("errors", [[MISSING, None], [None, MISSING]], ids=["here", "there"])
def test_a_row_may_be_missing_on_one_side(
    monkeypatch: pytest.MonkeyPatch, errors: list[Exception | None]
) -> None:
    """The other side's events are told."""
    explained(monkeypatch, errors)


@pytest.mark.parametrize(
    "errors", [[MISSING, MISSING], [UsageError("no such view"), None]], ids=["on both", "wrong words"]
)
def test_what_nobody_has_is_said(monkeypatch: pytest.MonkeyPatch, errors: list[Exception | None]) -> None:
    """In the words of the first side."""
    first = str(errors[0])
    with pytest.raises((NothingThereError, UsageError), match=first):
        explained(monkeypatch, errors)
