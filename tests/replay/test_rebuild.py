"""Which generation a rebuild may drop: one that a rebuild itself began, and no other."""

from typing import Any

import pytest

from streams.errors import RefusedError
from streams.generation import CLOSED_BY, REBUILT_INTO
from streams.registry import load_registry
from streams.replay import rebuild as module
from streams.replay.rebuild import COMMAND, Rebuild
from streams.settings import Settings
from streams.topics import DEFAULT_PARTITIONS
from tests.scripted import ScriptedClient


def rebuilt(monkeypatch: pytest.MonkeyPatch, facts: dict[str, str], there: int = 1) -> tuple[str, list[str]]:
    """Begin to rebuild a live generation that was closed so; give the new one, and what is dropped."""
    answers: dict[str, list[tuple[Any, ...]]] = {
        "argMax": [("kpi_run_a_g1",)],
        "SELECT name, value": list(facts.items()),
        "system.databases": [(there,)],
        "system.tables": [(1,)],
    }
    client = ScriptedClient(answers)
    monkeypatch.setattr(module, "writer", client.connected)
    monkeypatch.setattr(module, "migrate", lambda *_: None)
    work = Rebuild(Settings(_env_file=None), load_registry(), DEFAULT_PARTITIONS)
    try:
        with work.closed_source():
            told = list(client.told)
    except RefusedError:
        assert not [text for text in client.told if "DROP" in text]
        raise
    return work.name, [text for text in told if "DROP" in text]


def test_what_a_rebuild_left_behind_is_begun_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is incomplete: its name is taken again."""
    name, dropped = rebuilt(monkeypatch, {REBUILT_INTO: "kpi_g2", CLOSED_BY: COMMAND})

    assert ("kpi_g2", True) == (name, "`kpi_g2`" in dropped[0])


@pytest.mark.parametrize(
    ("closed", "words"),
    [
        pytest.param(
            {CLOSED_BY: "kpi replay undo a"},
            "cut short: kpi replay undo a; the undo is given up with: kpi replay promote a$",
            id="undo",
        ),
        pytest.param(
            {CLOSED_BY: "kpi replay promote a"}, "given up with: kpi replay drop a$", id="promotion"
        ),
        pytest.param({}, r"promote \(undo\) RUN.*drop the database kpi_g1 by hand", id="an older build"),
    ],
)
def test_what_another_command_left_behind_is_never_dropped(
    monkeypatch: pytest.MonkeyPatch, closed: dict[str, str], words: str
) -> None:
    """An undo that was killed goes back to numbers that were kept for it."""
    with pytest.raises(RefusedError, match=words):
        rebuilt(monkeypatch, {REBUILT_INTO: "kpi_g1", **closed})


def test_what_is_gone_keeps_nobody_from_a_rebuild(monkeypatch: pytest.MonkeyPatch) -> None:
    """The next free name is taken."""
    closed = {REBUILT_INTO: "kpi_run_b_g1", CLOSED_BY: "kpi replay promote b"}

    assert "kpi_g1" == rebuilt(monkeypatch, closed, there=0)[0]
