"""Reading boards: strict where the wall depends on it."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from streams.errors import UsageError
from streams.wall.board import Board, read_board, read_boards

PANEL = {"id": 1, "type": "stat", "gridPos": {"x": 0, "y": 0, "w": 4, "h": 3}}
NOW = datetime(2024, 3, 1, 5, tzinfo=UTC)


def board(**changes: Any) -> dict[str, Any]:
    """Give a small board."""
    return {"uid": "a", "title": "A", "panels": [PANEL], **changes}


def test_unknown_keys_are_left_alone(tmp_path: Path) -> None:
    """Grafana's boards hold much that the wall has no use for."""
    (tmp_path / "a.json").write_text(json.dumps(board(liveNow=False, fiscalYearStartMonth=0)))

    assert "A" == read_board(tmp_path / "a.json").title


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"panels": [{**PANEL, "id": "1"}]}, "panels.0.id"),
        ({"panels": [{**PANEL, "gridPos": {"x": 30, "y": 0, "w": 4, "h": 3}}]}, "panels.0.gridPos.x"),
        (
            {"panels": [{**PANEL, "targets": [{"rawSql": "SELECT 1", "format": 9}]}]},
            "panels.0.targets.0.format",
        ),
        ({"uid": "../x"}, "uid"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, changes: dict[str, Any], place: str) -> None:
    """A board that is not one is refused with the place of the mistake."""
    (tmp_path / "a.json").write_text(json.dumps(board(**changes)))
    with pytest.raises(UsageError, match=place.replace(".", r"\.")):
        read_board(tmp_path / "a.json")


def test_no_board_and_two_of_one_uid_are_refused(tmp_path: Path) -> None:
    """A wall without boards says how to make them; uids are unique."""
    with pytest.raises(UsageError, match="kpi boards build"):
        read_boards(tmp_path)
    for name in ("a.json", "b.json"):
        (tmp_path / name).write_text(json.dumps(board()))
    with pytest.raises(UsageError, match="same uid"):
        read_boards(tmp_path)


@pytest.mark.parametrize(
    ("panel", "start", "end"),
    [
        ({}, "2024-01-01T00:00:00+07:00", "2024-12-31T23:59:59.999000+07:00"),
        ({"timeFrom": "24h"}, "2024-02-29T12:00:00+07:00", "2024-03-01T12:00:00+07:00"),
        ({"timeFrom": "now/d"}, "2024-03-01T00:00:00+07:00", "2024-03-01T12:00:00+07:00"),
        ({"timeFrom": "24h", "timeShift": "1d"}, "2024-02-28T12:00:00+07:00", "2024-02-29T12:00:00+07:00"),
    ],
)
def test_a_panel_has_its_own_time(panel: dict[str, Any], start: str, end: str) -> None:
    """A panel shows the board's time unless it says otherwise."""
    time = {"from": "now/y", "to": "now/y"}
    model = Board.model_validate(board(time=time, timezone="Asia/Ho_Chi_Minh", panels=[{**PANEL, **panel}]))
    span = model.span_of(model.panels[0], NOW)

    assert [datetime.fromisoformat(start), datetime.fromisoformat(end)] == [span.start, span.end]


@pytest.mark.parametrize(
    ("zone", "key"), [("utc", "UTC"), ("browser", "Asia/Ho_Chi_Minh"), ("", "Asia/Ho_Chi_Minh")]
)
def test_zones(zone: str, key: str) -> None:
    """A board without a zone of its own shows Hanoi's time."""
    assert key == Board.model_validate(board(timezone=zone)).zone.key


@pytest.mark.parametrize(("refresh", "seconds"), [("10s", 10), ("1m", 60), ("", 30), (False, 30)])
def test_refresh(refresh: object, seconds: float) -> None:
    """A board without a pace of its own is refreshed every half minute."""
    assert seconds == Board.model_validate(board(refresh=refresh)).refresh_s
