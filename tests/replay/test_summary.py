"""What `kpi replay run` says at its end."""

from collections.abc import Callable

import pytest

from streams.commands import replay_summary as module
from streams.commands.replay_summary import summarize
from streams.replay.plan import Plan
from streams.settings import Settings
from tests.replay.plans import plan_of
from tests.scripted import ScriptedClient

Said = Callable[[Plan, list[tuple[str, int]]], str]


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Said:
    """Give what tells what is said of a replay that has these dead letters."""

    def say(plan: Plan, dead: list[tuple[str, int]]) -> str:
        monkeypatch.setattr(module, "reader", ScriptedClient({"dead_letters": dead}).connected)
        summarize(Settings(_env_file=None), plan, complete=True)
        return capsys.readouterr().out

    return say


def test_a_replay_that_means_no_record_says_so(said: Said) -> None:
    """There is nothing to compare: most likely its window or its filters are mistyped."""
    told = said(plan_of(events=0), [])

    assert ("replay a is empty" in told, "kpi replay diff" in told) == (True, False)


def test_what_does_not_count_is_said(said: Said) -> None:
    """A file of a site with other partitions is all dead letters."""
    told = said(plan_of(events=20, resent=3), [("misrouted", 1_200), ("not_json", 2)])

    assert "1,202 records became dead letters of the replay (misrouted 1,200, not_json 2)" in told
    assert "KPI_DATABASE=kpi_run_a kpi dlq list" in told
    assert "3 records had been sent before, and count once" in told


def test_where_all_counts_nothing_is_said(said: Said) -> None:
    """Neither of dead letters nor of what was sent again."""
    told = said(plan_of(events=20), [])

    assert ("dead letters" in told, "sent before" in told) == (False, False)
