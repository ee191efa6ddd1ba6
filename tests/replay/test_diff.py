"""`kpi replay diff`: what is compared with what, and how a row is opened."""

from datetime import UTC, datetime
from uuid import UUID

import pytest
import typer

from streams.commands import replay_diff as module
from streams.commands.replay_diff import compare, diff
from streams.errors import RefusedError
from streams.replay.compare import Comparison, Count
from streams.replay.plan import KAFKA, Plan
from streams.replay.selection import Offsets, Selection
from streams.settings import Settings
from tests.replay.plans import plan_of
from tests.scripted import ScriptedClient

SETTINGS = Settings(_env_file=None)
SEVEN = datetime(2026, 1, 5, 7, tzinfo=UTC)
PARTS = [
    pytest.param({"state": "folding"}, "is not complete", id="unfinished"),
    pytest.param({"speed": 10.0}, "compare one without --speed", id="paced"),
    pytest.param({"selection": Selection(id=UUID(int=1))}, "no window of it is whole", id="an event"),
    pytest.param(
        {"selection": Selection(offsets=(Offsets(topic="target", partition=0),))},
        "no window of it is whole",
        id="offsets",
    ),
]


def refused(monkeypatch: pytest.MonkeyPatch, plan: Plan, other: Plan) -> str:
    """Compare a replay with another one, which is refused, and give the words."""
    monkeypatch.setattr(module, "find_plan", lambda *_: other)
    with pytest.raises(RefusedError) as error:
        compare(ScriptedClient().typed, SETTINGS, plan, other.name)
    return str(error.value)


@pytest.mark.parametrize(("update", "words"), PARTS)
def test_neither_side_may_be_a_part_of_a_window(
    monkeypatch: pytest.MonkeyPatch, update: dict[str, object], words: str
) -> None:
    """The words name the one that is."""
    part = plan_of(name="part", **update)
    for pair in ((part, plan_of(name="b")), (plan_of(), part)):
        said = refused(monkeypatch, *pair)
        assert (True, True) == ("replay part " in said, words in said)


def test_windows_that_never_meet_are_not_equal(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing would be compared."""
    before, after = Selection(end=SEVEN), Selection(start=SEVEN)
    said = refused(monkeypatch, plan_of(selection=before), plan_of(name="b", selection=after))

    assert "no event is meant by replay a and by b" in said


def said(monkeypatch: pytest.MonkeyPatch, plan: Plan, live: str = "kpi_g1", **found: int) -> None:
    """Compare a replay with what is live, of which this is found."""
    monkeypatch.setattr(
        module, "writer", ScriptedClient({"system.tables": [(1,)], "argMax": [(live,)]}).connected
    )
    monkeypatch.setattr(module, "find_plan", lambda *_: plan)
    monkeypatch.setattr(
        module, "compare", lambda *_: Comparison([Count("trade_day", **found)] if found else [])
    )
    diff("a")


def test_where_nothing_was_compared_nothing_is_equal(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A window of another year has no rows: the exit code says no, and the words why."""
    with pytest.raises(typer.Exit) as ended:
        said(monkeypatch, plan_of())

    told = capsys.readouterr().out
    assert (1, True) == (ended.value.exit_code, "nothing was compared: replay a against live" in told)
    assert "see kpi replay show a" in told


@pytest.mark.parametrize(
    ("update", "words"),
    [
        pytest.param({}, "since: kpi replay run --name a brings it up to date\n", id="whole"),
        pytest.param({"source": KAFKA}, "since: to have them in it, run it anew", id="of the log"),
        pytest.param({"selection": Selection(start=SEVEN)}, "since: to have them in it, run it", id="a part"),
        pytest.param({"handed_over": {}, "state": "promoted"}, "live events since\n", id="was live"),
    ],
)
def test_how_a_replay_gets_what_live_has_since(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], update: dict[str, object], words: str
) -> None:
    """Only one of the whole archive goes on by its name, and what was live goes on by itself."""
    said(monkeypatch, plan_of(**update), equal=1, moved=2)

    assert words in capsys.readouterr().out


def test_what_came_since_differs_where_another_generation_is_live(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its positions are others: what live events changed cannot be told from what is wrong."""
    said(monkeypatch, plan_of(), live="kpi_g2", equal=1)

    assert (
        "kpi_g2 went live since it looked at kpi_g1: what came since differs, too" in capsys.readouterr().out
    )
