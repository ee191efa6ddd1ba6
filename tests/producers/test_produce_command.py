"""`kpi produce simulate`: ranges into files, and usage errors in words."""

from pathlib import Path

import pytest

from producers.ranges import Pace, parse_pace
from producers.simulate.scenarios import SCENARIOS
from producers.simulate.world import World
from streams.cli import main
from streams.commands.moments import epoch_of
from streams.errors import EXIT_USAGE, UsageError
from streams.registry import load_registry


def _run(*arguments: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    return int(ended.value.code or 0)


def test_a_range_is_written_as_ndjson(tmp_path: Path) -> None:
    """Half an hour by local dates and times is what the world emits, a line an event."""
    out = tmp_path / "range.ndjson"
    span = ["--from", "2026-01-05T12:00", "--to", "2026-01-05T05:30:00Z"]

    assert _run("produce", "simulate", "--seed", "4", *span, "--out", str(out)) == 0

    start = epoch_of("2026-01-05T12:00:00+07:00", "--from")
    expected = [e.value for e in World(load_registry(), 4).events(start, start + 30 * 60_000)]
    assert expected == out.read_bytes().splitlines()


@pytest.mark.parametrize("option", ["--list-scenarios", "--help"])
def test_the_scenarios_are_listed(capsys: pytest.CaptureFixture[str], option: str) -> None:
    """Each with what it means, without a server or a setting."""
    assert _run("produce", "simulate", option) == 0

    shown = " ".join(capsys.readouterr().out.split())
    for name, scenario in SCENARIOS.items():
        assert name in shown
        assert scenario.meaning in shown


def test_a_scenario_is_written_like_the_ordinary_year(tmp_path: Path) -> None:
    """`--out` takes it: new targets on the morning of 1 January."""
    out = tmp_path / "new-year.ndjson"
    span = ["--from", "2027-01-01T07:55", "--to", "2027-01-01T08:05"]

    assert _run("produce", "simulate", "--scenario", "new-year", *span, "--out", str(out)) == 0

    assert out.read_bytes().count(b'"type":"vn.laocai.kpi.target.v1"') == 2


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        pytest.param(["--scenario", "x"], "there is no scenario 'x'", id="scenario"),
        pytest.param(["--out", "x"], "--out goes with --from", id="out without a range"),
        pytest.param(["--from", "yesterday"], "--from: 'yesterday' is no moment", id="no moment"),
        pytest.param(["--from", "2026-01-02", "--to", "2026-01-01"], "must lie before", id="backwards"),
        pytest.param(["--from", "2026-01-01", "--to", "2099-01-01"], "lies in the future", id="future"),
        pytest.param(["--from", "2026-01-01", "--rate", "5", "--out", "x"], "--rate paces", id="rate"),
    ],
)
def test_wrong_usage_is_one_clear_text(
    capsys: pytest.CaptureFixture[str], arguments: list[str], words: str
) -> None:
    """Exit code 2, and what to change."""
    assert EXIT_USAGE == _run("produce", "simulate", *arguments)
    assert words in capsys.readouterr().err


def test_a_pace_is_events_a_second_or_times_real_time() -> None:
    """500 is a rate, 60x a factor; the third event and the third minute are due accordingly."""
    assert Pace(events_a_second=500) == parse_pace("500")
    assert parse_pace("500").due_s(3, 0) == 0.006
    assert parse_pace("60x").due_s(3, 180_000) == 3
    assert Pace().due_s(3, 180_000) == 0
    for text in ("", "fast", "0", "-1", "x"):
        with pytest.raises(UsageError, match="no pace"):
            parse_pace(text)
