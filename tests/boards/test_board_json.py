"""The generated boards and their provisioning: in sync, on the screen, and complete."""

import json
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
import yaml

from streams.boards.build import BOARDS, outdated, render, write
from streams.registry import load_registry
from streams.resources import resource
from streams.wall.board import Panel, read_board, read_boards

FOLDER = resource("grafana/boards")
FILES = sorted(FOLDER.glob("*.json"))
# A 1920x1080 screen in kiosk mode holds this many rows of Grafana's grid.
SCREEN_ROWS = 27
MOST_PANELS = 9

boards = pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)


def raw(path: Path) -> dict[str, Any]:
    """Read a board as it stands."""
    board: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return board


def test_boards_are_what_the_generator_makes() -> None:
    """Nobody edits a board by hand, and none is forgotten after a change of its SQL."""
    assert [] == outdated(FOLDER, render(load_registry()))


def test_build_removes_what_is_no_board_any_more(tmp_path: Path) -> None:
    """Building brings a folder to what it should be, whatever was there."""
    files = render(load_registry())
    (tmp_path / "old.json").write_text("{}")
    write(tmp_path, files)

    assert sorted(files) == sorted(path.name for path in tmp_path.iterdir())


@boards
def test_a_board_is_named_by_its_file(path: Path) -> None:
    """The uid, the file's name and the generator's key are one."""
    assert path.stem == read_board(path).uid
    assert path.stem in BOARDS


@boards
def test_a_board_is_classic_and_read_only(path: Path) -> None:
    """File provisioning takes classic JSON without an id only, and walls are not edited."""
    board = raw(path)

    assert 42 == board["schemaVersion"]
    assert "id" not in board
    assert board["editable"] is False
    assert "Asia/Ho_Chi_Minh" == board["timezone"]


@boards
def test_panels_fit_the_screen(path: Path) -> None:
    """Every panel lies inside 24 columns and the rows of a screen, and there are few enough to read."""
    board = read_board(path)

    assert board.rows <= SCREEN_ROWS
    assert all(panel.grid_pos.x + panel.grid_pos.w <= 24 for panel in board.panels)
    assert len(board.panels) <= MOST_PANELS


@boards
def test_panels_do_not_overlap(path: Path) -> None:
    """No panel covers another, and no two have one id."""
    panels = read_board(path).panels

    assert [] == [(a.id, b.id) for a, b in combinations(panels, 2) if _overlap(a, b)]
    assert len(panels) == len({panel.id for panel in panels})


def _overlap(a: Panel, b: Panel) -> bool:
    one, two = a.grid_pos, b.grid_pos
    return one.x < two.x + two.w and two.x < one.x + one.w and one.y < two.y + two.h and two.y < one.y + one.h


@boards
def test_every_query_comes_from_its_file(path: Path) -> None:
    """Each panel runs a file of the board's folder, and each file is run by a panel."""
    files = resource(f"sql/queries/{path.stem}").glob("*.sql")
    written = sorted(file.read_text(encoding="utf-8").strip() for file in files)

    assert written == sorted(target.raw_sql for panel in read_board(path).panels for target in panel.targets)


@boards
def test_targets_are_as_the_plugin_wants_them(path: Path) -> None:
    """A target names the provisioned datasource and says its kind twice, in agreement."""
    provisioned = yaml.safe_load(resource("grafana/provisioning/datasources/clickhouse.yaml").read_text())
    uids = {source["uid"]: source["type"] for source in provisioned["datasources"]}
    for panel in raw(path)["panels"]:
        for target in panel["targets"]:
            assert uids == {target["datasource"]["uid"]: target["datasource"]["type"]}
            assert "sql" == target["editorType"]
            assert (target["queryType"], target["format"]) in {("timeseries", 0), ("table", 1)}


@boards
def test_thresholds_ascend_from_nothing(path: Path) -> None:
    """The first step has no value, and the others ascend."""
    for panel in raw(path)["panels"]:
        config = panel["fieldConfig"]
        properties = [item for one in config["overrides"] for item in one["properties"]]
        found = [config["defaults"].get("thresholds")]
        found += [item["value"] for item in properties if item["id"] == "thresholds"]
        for thresholds in filter(None, found):
            first, *rest = [step["value"] for step in thresholds["steps"]]
            assert first is None
            assert rest == sorted(rest)


@boards
def test_every_panel_is_explained_and_shows_no_silent_zero(path: Path) -> None:
    """A panel has a title and a definition, and what is missing shows as a dash."""
    for panel in raw(path)["panels"]:
        assert panel["title"]
        assert panel["description"]
        assert "—" == panel["fieldConfig"]["defaults"]["noValue"]


def test_every_gate_and_zone_has_a_name() -> None:
    """A place of the registry shows by its Vietnamese name."""
    registry = load_registry()
    panels = {panel["title"]: panel for panel in raw(FOLDER / "tong-quan.json")["panels"]}
    for title, places in (
        ("Giá trị qua cửa khẩu, 24 giờ", registry.gates),
        ("Sản xuất theo khu, 24 giờ", registry.zones),
    ):
        options = panels[title]["fieldConfig"]["defaults"]["mappings"][0]["options"]
        assert {place.slug: place.vi for place in places} == {
            slug: shown["text"] for slug, shown in options.items()
        }


def test_boards_are_provisioned_from_files() -> None:
    """Grafana's provider takes the folder that compose mounts, and lets nobody change a board."""
    provider = yaml.safe_load(resource("grafana/provisioning/dashboards/kpi.yaml").read_text())["providers"][
        0
    ]

    assert ("file", False, True) == (
        provider["type"],
        provider["allowUiUpdates"],
        provider["disableDeletion"],
    )


def test_all_boards_are_readable_together() -> None:
    """The wall reads the whole folder."""
    assert len(FILES) == len(read_boards(FOLDER))
