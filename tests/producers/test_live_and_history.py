"""The live stream and the history behind it send every event of the year once, through pauses and crashes."""

import json
import os
from datetime import date
from pathlib import Path

import pytest

from producers.history import History, Progress
from producers.ledgers import LiveLedger, folder, live_pid, only_one_live
from producers.live import LiveStream
from producers.simulate.calendar import HOUR_MS, MINUTE_MS, day_start_ms, time_text
from producers.simulate.world import World
from producers.spans import merged, missing
from streams.errors import KpiError, UsageError
from streams.registry import load_registry
from tests.producers.doubles import IdleWorkers, MemorySender

REGISTRY = load_registry()
YEAR = day_start_ms(date(2026, 1, 1))
START = YEAR + 26 * HOUR_MS


def _world(*, backfill: bool = False) -> World:
    return World(REGISTRY, 3, backfill=backfill)


def _stream(sender: MemorySender, home: Path) -> LiveStream:
    return LiveStream(_world(), sender, home)


async def _fill(home: Path, sender: MemorySender) -> list[Progress]:
    """Run the history of a home whose live stream is this process."""
    ledger = LiveLedger.model_validate_json((folder(home) / "live.json").read_bytes())
    ledger.pid = os.getpid()
    ledger.write(folder(home) / "live.json")
    with only_one_live(home):
        return [step async for step in History(_world(backfill=True), sender, IdleWorkers(), home).run()]


async def test_live_sends_each_event_when_its_time_comes(tmp_path: Path) -> None:
    """Ticks of any length send exactly what lies between start and now, nothing of the future."""
    sender = MemorySender()
    live = _stream(sender, tmp_path)
    await live.start(START)

    for now in (START, START + 1, START + 7 * MINUTE_MS, START + 7 * MINUTE_MS, START + 30 * MINUTE_MS):
        await live.send_due(now)

    assert [e.value for e in _world().events(START, START + 30 * MINUTE_MS + 1)] == sender.values


async def test_a_short_pause_is_caught_up_by_the_live_stream(tmp_path: Path) -> None:
    """Stopped and started again within minutes, it leaves nothing out and sends nothing twice."""
    sender = MemorySender()
    for first, last in ((START, START + 5 * MINUTE_MS), (START + 9 * MINUTE_MS, START + 20 * MINUTE_MS)):
        live = _stream(sender, tmp_path)
        await live.start(first)
        await live.send_due(last)
        live.stop()

    assert [e.value for e in _world().events(START, START + 20 * MINUTE_MS + 1)] == sender.values


async def test_a_crash_in_the_middle_of_sending_loses_nothing(tmp_path: Path) -> None:
    """What the dead session had claimed is sent by the next one with the same bytes."""
    sender = MemorySender(fail_after=5)
    live = _stream(sender, tmp_path)
    await live.start(START)
    with pytest.raises(ConnectionError):
        await live.send_due(START + 10 * MINUTE_MS)

    await _stream(sender, tmp_path).start(START + 3 * HOUR_MS)

    claimed = START + 11 * MINUTE_MS
    assert {e.value for e in _world().events(START, claimed)} == set(sender.values)


async def test_history_and_live_together_are_the_year_once(tmp_path: Path) -> None:
    """History fills the year before the first start and the pause before the second, without overlap."""
    sender = MemorySender()
    for first, last in ((START, START + HOUR_MS), (START + 5 * HOUR_MS, START + 6 * HOUR_MS)):
        live = _stream(sender, tmp_path)
        await live.start(first)
        await live.send_due(last)
        await _fill(tmp_path, sender)
        live.stop()

    year = _world().events(YEAR, START + 6 * HOUR_MS + 1)
    expected = [e.event_id for e in year if json.loads(e.value)["time"] > time_text(YEAR)]
    assert sorted(expected) == sorted(json.loads(value)["id"] for value in sender.values)


async def test_history_is_marked_and_reports_its_progress(tmp_path: Path) -> None:
    """Each event bears `backfill`; the status file ends with all days done, a second run has none."""
    live = _stream(MemorySender(), tmp_path)
    await live.start(START)
    sender = MemorySender()

    steps = await _fill(tmp_path, sender)

    assert all(b'"backfill":true' in value for value in sender.values)
    assert [0, 1, 2] == [step.done_days for step in steps]
    status = json.loads((folder(tmp_path) / "history.json").read_bytes())
    assert (2, 2, 0) == (status["done_days"], status["total_days"], status["eta"])
    assert [0] == [step.total_days for step in await _fill(tmp_path, sender)]


async def test_history_goes_on_after_a_crash_with_the_unfinished_day(tmp_path: Path) -> None:
    """Days done stay done; the broken one is sent again with the same ids."""
    await _stream(MemorySender(), tmp_path).start(START)
    first_day = len(list(_world().events(YEAR, YEAR + 24 * HOUR_MS)))
    with pytest.raises(ConnectionError):
        await _fill(tmp_path, MemorySender(fail_after=first_day + 10))

    again = MemorySender()
    await _fill(tmp_path, again)

    assert [e.event_id for e in _world().events(YEAR + 24 * HOUR_MS, START)] == [
        json.loads(value)["id"] for value in again.values
    ]


async def test_a_home_keeps_its_world(tmp_path: Path) -> None:
    """Another seed in the same home is refused with the way out."""
    await _stream(MemorySender(), tmp_path).start(START)

    with pytest.raises(UsageError, match=r"3/normal.*not 4/normal"):
        await LiveStream(World(REGISTRY, 4), MemorySender(), tmp_path).start(START)


def test_only_one_live_stream_runs_in_a_home(tmp_path: Path) -> None:
    """The second is refused while the first holds the lock, and the lock tells who holds it."""
    with only_one_live(tmp_path):
        assert os.getpid() == live_pid(tmp_path)
        with pytest.raises(KpiError, match="runs already"), only_one_live(tmp_path):
            pass
    assert live_pid(tmp_path) is None


def test_spans_are_joined_and_gaps_found() -> None:
    """Touching spans join, empty ones vanish, and what nothing covers is missing."""
    assert [(0, 5), (7, 9)] == merged([(7, 9), (0, 3), (3, 5), (6, 6)])
    assert [(0, 2), (4, 6)] == missing((0, 6), [(2, 4), (6, 9)])
    assert [] == missing((5, 5), [])


async def test_what_happened_before_the_year_is_not_in_its_history(tmp_path: Path) -> None:
    """Output of the last minutes of December is reported in January, and left out."""
    await _stream(MemorySender(), tmp_path).start(YEAR + HOUR_MS)
    sender = MemorySender()
    await _fill(tmp_path, sender)

    windows = [json.loads(value)["data"].get("window_start") for value in sender.values]

    assert min(start for start in windows if start) == time_text(YEAR)
