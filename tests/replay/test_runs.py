"""What is dropped with a replay, and when."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from streams.errors import RefusedError
from streams.replay import runs as module
from streams.replay.begin import expired
from streams.replay.plan import KAFKA, Plan, simulations
from streams.replay.runs import Found, drop_run
from streams.settings import Settings
from tests.replay.plans import BEGAN, plan_of
from tests.scripted import ScriptedClient

SETTINGS = Settings(_env_file=None)


def dropped(
    monkeypatch: pytest.MonkeyPatch, facts: list[tuple[Any, ...]], before: str = "", *others: Plan
) -> list[str]:
    """Drop a replay beside a live generation of which this is recorded, and give what ClickHouse is told.

    `before` was live before that one.
    """
    monkeypatch.setattr(module, "read_plan", lambda *_: plan_of())
    monkeypatch.setattr(module, "find_runs", lambda *_: [Found(plan, 0) for plan in others])
    client = ScriptedClient(
        {
            "replay_actions": [(before,)],
            "argMax": [("kpi_g1",)],
            "system.tables": [(1,)],
            "SELECT name, value": facts,
        }
    )
    drop_run(client.typed, SETTINGS, "a")
    return client.told


def test_live_is_open_again_once_its_successor_is_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    """A promotion was cut short; workers would refuse for ever."""
    *drops, opened = dropped(monkeypatch, [("rebuilt_into", "kpi_run_a_g1")])

    assert ["`kpi_run_a`" in drops[0], "`kpi_run_a_g1`" in drops[1]] == [True, True]
    assert "'name': 'rebuilt_into', 'value': ''" in opened


def test_live_that_gives_way_to_another_stays_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is recorded in it."""
    assert 2 == len(dropped(monkeypatch, [("rebuilt_into", "kpi_g2")]))


def test_what_an_undo_goes_back_to_is_not_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    """The words say when it may be."""
    with pytest.raises(RefusedError, match="was live before kpi_g1, and kpi replay undo goes back to it"):
        dropped(monkeypatch, [], "kpi_run_a_g1")


def test_what_another_replay_reads_is_not_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    """Until that one is complete."""
    reading = plan_of(name="b", live="kpi_run_a_g1", state="folding")
    with pytest.raises(RefusedError, match="replay b reads a; drop that one first: kpi replay drop b"):
        dropped(monkeypatch, [], "", reading)

    assert 2 == len(dropped(monkeypatch, [], "", reading.model_copy(update={"state": "done"})))


@pytest.mark.parametrize("source", [KAFKA, "day.ndjson"])
def test_what_is_only_live_while_another_replay_begins_is_dropped(
    monkeypatch: pytest.MonkeyPatch, source: str
) -> None:
    """One of Kafka or a file goes on without it."""
    beside = plan_of(name="b", source=source, live="kpi_run_a_g1", state="folding")

    assert 2 == len(dropped(monkeypatch, [], "", beside))


@pytest.mark.parametrize("shared", [False, True])
def test_what_was_simulated_for_it_goes_with_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, shared: bool
) -> None:
    """Unless another replay reads it, too; a file of somebody's own is never touched."""
    settings = Settings(_env_file=None, home=tmp_path)
    simulated, own = simulations(settings) / "power-cut.ndjson", tmp_path / "own.ndjson"
    simulated.parent.mkdir()
    for file in (simulated, own):
        file.touch()
        others = [Found(plan_of(name="b", source=str(file)), 0)] if shared else []
        monkeypatch.setattr(module, "find_runs", lambda *_, others=others: others)
        monkeypatch.setattr(module, "read_plan", lambda *_, file=file: plan_of(source=str(file)))
        drop_run(ScriptedClient({"argMax": [("kpi_g1",)], "SELECT name, value": []}).typed, settings, "a")

    assert (shared, True) == (simulated.exists(), own.exists())


def test_what_nobody_needs_expires() -> None:
    """What is live and what takes over from it stay, however old."""
    plans = [plan_of(name=name) for name in ("old", "live", "next")]
    needed = {"kpi_run_live_g1", "kpi_run_next_g1"}

    assert [plans[0]] == expired(plans, BEGAN + timedelta(days=8), needed, SETTINGS)
    assert [] == expired(plans, BEGAN + timedelta(days=6), needed, SETTINGS)
