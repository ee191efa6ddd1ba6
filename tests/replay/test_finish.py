"""What a run writes down at its end."""

import pytest

from streams.replay import run as module
from streams.replay.plan import Plan
from streams.replay.run import Took, finish
from streams.settings import Settings
from tests.replay.plans import plan_of
from tests.scripted import ScriptedClient


def finished(monkeypatch: pytest.MonkeyPatch, now: Plan) -> Plan:
    """Finish a stage of a replay whose plan another process has written anew meanwhile."""
    written: list[Plan] = []
    client = ScriptedClient({"consumed": [("target", 0, 4)]})
    monkeypatch.setattr(module, "writer", client.connected)
    monkeypatch.setattr(module, "find_plan", lambda *_: now)
    monkeypatch.setattr(module, "write_plan", lambda _, __, plan: written.append(plan))
    plan = finish(Settings(_env_file=None), plan_of(state="folding"), Took(2.0, 5, 1), stopped=False)
    assert [plan] == written
    return plan


def test_what_a_stage_took_is_added_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """The stage is complete, and the next one begins at its ends."""
    plan = finished(monkeypatch, plan_of(state="folding", seconds=1.0, resent=2))

    assert ("done", {"target/0": 5}) == (plan.state, plan.ends)
    assert (3.0, 5, 3) == (plan.seconds, plan.events, plan.resent)


def test_a_promotion_meanwhile_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else it could be promoted from its beginning once more, beside what its workers wrote."""
    plan = finished(monkeypatch, plan_of(state="promoted", handed_over={"target/0": 9}, differing=1))

    assert ("promoted", {"target/0": 9}, 1, {}) == (plan.state, plan.handed_over, plan.differing, plan.ends)
