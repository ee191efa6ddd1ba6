"""The wall of a replay follows its clock, whenever that begins."""

from datetime import timedelta

import pytest

from streams.replay import watched as module
from streams.replay.course import Course
from streams.replay.plan import Plan
from streams.replay.selection import Selection
from streams.replay.watched import Watched
from streams.settings import Settings
from tests.replay.plans import BEGAN, plan_of
from tests.scripted import ScriptedClient

START = BEGAN - timedelta(days=9)
END = START + timedelta(hours=1)
FOLDED = plan_of(selection=Selection(start=START, end=END), speed=10.0, state="folding")


def began(after: timedelta) -> Plan:
    """Give the replay once its clock runs."""
    return FOLDED.model_copy(update={"course": Course(start=START, end=END, began=BEGAN + after, speed=10.0)})


def test_its_clock_stands_at_its_start_until_it_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    """While all that came before is folded; and it begins anew when a replay that was stopped goes on."""
    plans = [began(timedelta(minutes=1)), began(timedelta(minutes=2))]
    monkeypatch.setattr(module, "reader", ScriptedClient().connected)
    monkeypatch.setattr(module, "find_plan", lambda *_: plans.pop(0))
    watched, moment = Watched(Settings(_env_file=None), FOLDED), BEGAN + timedelta(minutes=3)
    seen = [watched.at(moment) - START]
    while plans:
        watched.look()
        seen.append(watched.at(moment) - START)

    assert [0, 20, 10] == [gone / timedelta(minutes=1) for gone in seen]
    assert "now()" not in watched.rewrite("SELECT now()")
