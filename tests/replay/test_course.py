"""A course is a clock of its own: for a process, and for statements."""

from datetime import UTC, datetime, timedelta

import pytest

from streams.replay.course import Course

START = datetime(2026, 1, 5, 8, 0, tzinfo=UTC)
BEGAN = datetime(2026, 11, 30, 10, 0, tzinfo=UTC)
COURSE = Course(start=START, end=START + timedelta(hours=1), began=BEGAN, speed=10)


@pytest.mark.parametrize(
    ("real_s", "replayed_s"),
    [
        pytest.param(0, 0, id="it begins at its start"),
        pytest.param(60, 600, id="ten times as fast"),
        pytest.param(3600, 3600, id="it stands still at its end"),
    ],
)
def test_time_runs_from_its_start_to_its_end(real_s: int, replayed_s: int) -> None:
    """The real moment at which it began is its start."""
    assert START + timedelta(seconds=replayed_s) == COURSE.at(BEGAN + timedelta(seconds=real_s))


@pytest.mark.parametrize("now", ["now()", "now('UTC')", "now('Asia/Ho_Chi_Minh')", "now64(3, 'UTC')"])
def test_a_statement_reads_it_wherever_it_asks_for_the_present(now: str) -> None:
    """What only looks alike stays; the zone of each is kept."""
    changed = COURSE.rewrite(f"SELECT {now} - INTERVAL 1 DAY, known(1), arrivals_now, toDate({now})")

    assert now not in changed
    assert "known(1), arrivals_now" in changed
    assert changed.count(now.partition("'")[2].partition("'")[0] or "intDiv") >= 2
