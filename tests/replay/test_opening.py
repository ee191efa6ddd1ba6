"""A row that differs is opened by a command that there is, also where it is missing."""

import json
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


def number(lines: int, *, adds_up: bool) -> SimpleNamespace:
    """Give a stored number of lines behind which the same two events are."""
    events = [
        SimpleNamespace(id=str(n), time=AT, type="crossed", subject=f"V-{n}", adds={"lines": 1}, state="")
        for n in (2, 1)
    ]
    measures = SimpleNamespace(measures={"lines": lines, "sketch": {}})
    return SimpleNamespace(listed=events, number=measures, complete=True, adds_up=adds_up)


def explained(
    monkeypatch: pytest.MonkeyPatch, sides: list[Exception | SimpleNamespace], fmt: Format = Format.TABLE
) -> None:
    """Explain a row of two sides, the replay first, each of which says one thing."""

    def said(*_: object) -> SimpleNamespace:
        side = sides.pop(0)
        if isinstance(side, Exception):
            raise side
        return side

    monkeypatch.setattr(module, "reader", ScriptedClient({"argMax": [("kpi_g1",)]}).connected)
    monkeypatch.setattr(module, "find_plan", lambda *_: plan_of())
    monkeypatch.setattr(module, "explain_number", said)
    explain("a", "trade_by_day", "2026-01-05", None, "live", fmt)


@pytest.mark.parametrize(
    ("sides", "words"),
    [
        pytest.param([MISSING, number(2, adds_up=True)], "stored in the replay: no such row\n", id="here"),
        pytest.param([number(2, adds_up=True), MISSING], "stored there: no such row\n", id="there"),
    ],
)
def test_a_row_may_be_missing_on_one_side(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    sides: list[Exception | SimpleNamespace],
    words: str,
) -> None:
    """The other side's events are told."""
    explained(monkeypatch, sides)

    told = capsys.readouterr().out
    assert (True, True) == ("2 of 2 events behind it add otherwise" in told, words in told)


def test_a_difference_of_the_fold_is_told_by_the_stored_numbers(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """No event adds otherwise: they are listed all the same, and one side's do not make up its number."""
    explained(monkeypatch, [number(2, adds_up=True), number(3, adds_up=False)])

    told = capsys.readouterr().out
    assert "0 of 2 events behind it add otherwise" in told
    assert "V-1" in told
    assert "stored there: lines 3; its events do NOT add up to it" in told
    assert "stored in the replay: lines 2; its events add up to it\n" in told


def test_what_a_program_reads_holds_events_alone(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What is said about them stands beside it."""
    explained(monkeypatch, [number(2, adds_up=True), number(2, adds_up=True)], Format.JSON)

    told = capsys.readouterr()
    assert ["V-2", "V-1"] == [json.loads(line)["subject"] for line in told.out.splitlines()]
    assert "stored there: lines 2" in told.err


@pytest.mark.parametrize(
    "sides",
    [[MISSING, MISSING], [UsageError("no such view"), number(2, adds_up=True)]],
    ids=["on both", "wrong words"],
)
def test_what_nobody_has_is_said(
    monkeypatch: pytest.MonkeyPatch, sides: list[Exception | SimpleNamespace]
) -> None:
    """In the words of the first side."""
    first = str(sides[0])
    with pytest.raises((NothingThereError, UsageError), match=first):
        explained(monkeypatch, sides)
