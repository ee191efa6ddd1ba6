"""What `kpi replay run` says at its end."""

import pytest

from streams.commands.replay_summary import summarize
from streams.settings import Settings
from tests.replay.plans import plan_of


def test_a_replay_that_means_no_record_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    """There is nothing to compare: most likely its window or its filters are mistyped."""
    summarize(Settings(_env_file=None), plan_of(events=0), complete=True)

    told = capsys.readouterr().out
    assert ("replay a is empty" in told, "kpi replay diff" in told) == (True, False)
