"""What is compared of two generations, and what cannot be."""

from datetime import UTC, datetime

import pytest

from streams.events import epoch_ms
from streams.replay.compare import Comparer, Comparison, Count
from streams.replay.frontier import STILL
from streams.replay.selection import Selection
from tests.scripted import ScriptedClient


def asked(selection: Selection, table: str) -> str:
    """Compare two generations and give what is asked about a table."""
    client = ScriptedClient({"AS month": [(202601,)], "countIf": [(0, 0, 0, 0, 0, 0, [])]})
    Comparer(client.typed, "kpi_g1", "kpi_run_a_g1", selection, STILL).compare(lambda _: None)
    return next(text for text in client.asked if f".{table} FINAL" in text)


def test_what_only_the_log_tells_is_no_difference() -> None:
    """The archive has no record that came again, so neither has a replay of it."""
    assert "kind != 'resent_differs'" in asked(Selection(), "findings")


@pytest.mark.parametrize("second", [0, 30])
def test_a_minute_that_is_cut_is_not_compared(second: int) -> None:
    """Only a part of it was read."""
    minute = datetime(2026, 1, 5, 7, 10, tzinfo=UTC)
    sql = asked(Selection(end=minute.replace(second=second)), "trade_minute")

    assert "window_start < toDateTime({last_minute:Int64})" in sql
    assert f"'last_minute': {epoch_ms(minute) // 1000}" in sql


@pytest.mark.parametrize(
    ("counts", "clean"),
    [
        pytest.param([], False, id="nothing on either side"),
        pytest.param([Count("trade_day", moved=2, not_yet=1)], False, id="nothing that stands still"),
        pytest.param([Count("trade_day", equal=1, moved=2)], True, id="equal"),
        pytest.param([Count("trade_day", equal=1), Count("lane_day", extra=1)], False, id="different"),
    ],
)
def test_only_what_was_compared_is_equal(counts: list[Count], clean: bool) -> None:
    """A mistyped year must not prove a number."""
    assert clean == Comparison(counts).is_clean


def test_how_an_event_travelled_is_no_difference() -> None:
    """A scenario's events are those of history, which was sent after the fact."""
    assert """replaceOne(payload, ',"backfill":true', '')""" in asked(Selection(), "events")
