"""The clock of a replay that the wall watches."""

from datetime import timedelta

import pytest

from streams import clock
from streams.replay import pace as module
from streams.replay.pace import set_course
from streams.replay.selection import Selection
from streams.settings import Settings
from tests.replay.plans import BEGAN, plan_of
from tests.scripted import ScriptedClient


@pytest.mark.parametrize(
    ("hours", "days"), [pytest.param(1, 7, id="short"), pytest.param(240, 10, id="long")]
)
def test_what_runs_is_kept_until_its_clock_ends(
    monkeypatch: pytest.MonkeyPatch, hours: int, days: int
) -> None:
    """An hour is over long before it expires; ten days at their own pace are not."""
    monkeypatch.setattr(module, "writer", ScriptedClient().connected)
    monkeypatch.setattr(module, "set_views", lambda *_: None)
    monkeypatch.setattr(clock, "now", lambda: BEGAN)
    stretch = Selection(start=BEGAN, end=BEGAN + timedelta(hours=hours))
    plan = set_course(Settings(_env_file=None), plan_of(selection=stretch, speed=1.0))

    assert BEGAN + timedelta(days=days) == plan.expires_at
