"""What is dropped with a replay, and when."""

from datetime import timedelta
from typing import Any

import pytest

from streams.replay import runs as module
from streams.replay.begin import expired
from streams.replay.runs import drop_run
from streams.settings import Settings
from tests.replay.plans import BEGAN, plan_of
from tests.scripted import ScriptedClient

SETTINGS = Settings(_env_file=None)


def dropped(monkeypatch: pytest.MonkeyPatch, facts: list[tuple[Any, ...]]) -> list[str]:
    """Drop a replay beside a live generation of which this is recorded, and give what ClickHouse is told."""
    monkeypatch.setattr(module, "read_plan", lambda *_: plan_of())
    client = ScriptedClient({"argMax": [("kpi_g1",)], "system.tables": [(1,)], "SELECT name, value": facts})
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


def test_what_nobody_needs_expires() -> None:
    """What is live and what takes over from it stay, however old."""
    plans = [plan_of(name=name) for name in ("old", "live", "next")]
    needed = {"kpi_run_live_g1", "kpi_run_next_g1"}

    assert [plans[0]] == expired(plans, BEGAN + timedelta(days=8), needed, SETTINGS)
    assert [] == expired(plans, BEGAN + timedelta(days=6), needed, SETTINGS)
