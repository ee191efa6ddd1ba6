"""The generated boards and their provisioning: in sync, on the screen, and complete."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import combinations
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import yaml

from streams.alerts.files import load_rules
from streams.annotations import ALERT, mark_of, tags_of
from streams.boards.build import BOARDS, render
from streams.core.definitions import CATALOGUE
from streams.generated_files import outdated, write
from streams.registry import load_registry
from streams.resources import resource
from streams.wall.board import Panel, read_board, read_boards
from streams.wall.colors import css_color

FOLDER = resource("grafana/boards")
FILES = sorted(FOLDER.glob("*.json"))
WALLS = [path for path in FILES if "wall" in json.loads(path.read_text(encoding="utf-8"))["tags"]]
# Units that Grafana knows under these names; any other must say that it is a text behind the number.
UNITS = re.compile(r"percent|s|locale|suffix:\S.*")
MACRO = re.compile(r"\$__[A-Za-z_]+")
# A 1920x1080 screen in kiosk mode holds this many rows of Grafana's grid.
SCREEN_ROWS = 27
MOST_PANELS = 9

boards = pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
walls = pytest.mark.parametrize("path", WALLS, ids=lambda path: path.stem)


def raw(path: Path) -> dict[str, Any]:
    """Read a board as it stands."""
    board: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return board


def written(value: Any, *keys: str) -> Iterator[Any]:
    """Give all that is written under these keys, or set by properties of these ids, at any depth."""
    if isinstance(value, dict):
        if value.get("id") in keys and "value" in value:
            yield value["value"]
        for key, inner in value.items():
            if key in keys:
                yield inner
            yield from written(inner, *keys)
    elif isinstance(value, list):
        for inner in value:
            yield from written(inner, *keys)


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


@walls
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
    """Each panel runs a file of the board's folder or one of all boards', and each file is run by a panel."""
    own, shared = _queries(path.stem), _queries("chung")
    run = {target.raw_sql for panel in read_board(path).panels for target in panel.targets}

    assert own == run - shared


def test_every_variables_query_comes_from_its_file() -> None:
    """What can be chosen is asked by files, whose values get their names around them; none is forgotten."""
    asked = {one.query for board in read_boards(FOLDER) for one in board.variables}
    used = {sql for sql in _queries("bien") for query in asked if f"(\n{sql}\n)" in query}

    assert _queries("bien") == used
    assert len(used) == len(asked)


@boards
def test_variables_are_there_before_they_are_used(path: Path) -> None:
    """Every `$` is a macro's or a variable's, quoted; a variable asks only for those before it."""
    board, known = read_board(path), set[str]()
    for one in board.variables:
        assert _variables(one.query) <= known
        known.add(one.name)
    for panel in board.panels:
        for target in panel.targets:
            assert _variables(target.raw_sql) <= known


def _variables(sql: str) -> set[str]:
    bare = MACRO.sub("", sql)
    found = re.findall(r"\$\{(\w+):singlequote\}|\$([a-z]\w*)", bare)
    assert bare.count("$") == len(found)
    return {one or other for one, other in found}


@boards
def test_links_lead_to_what_there_is(path: Path) -> None:
    """Boards and definitions that an address names exist, and so do the variables that it sets."""
    names = {board.uid: {one.name for one in board.variables} for board in read_boards(FOLDER)}
    for url in filter(None, written(raw(path), "url")):
        address = urlsplit(url)
        board = address.path.removeprefix("/d/")
        assert board in names
        assert {name.removeprefix("var-") for name in parse_qs(address.query)} <= names[board]
        assert not address.fragment or address.fragment in CATALOGUE


def _queries(folder: str) -> set[str]:
    files = (resource("sql/queries") / folder).glob("*.sql")
    return {file.read_text(encoding="utf-8").strip() for file in files}


@boards
def test_targets_are_as_the_plugin_wants_them(path: Path) -> None:
    """A target names the provisioned datasource and says its kind twice, in agreement."""
    provisioned = yaml.safe_load(resource("grafana/provisioning/datasources/clickhouse.yaml").read_text())
    uids = {source["uid"]: source["type"] for source in provisioned["datasources"]}
    for panel in raw(path)["panels"]:
        for target in panel.get("targets", []):
            assert uids == {target["datasource"]["uid"]: target["datasource"]["type"]}
            assert "sql" == target["editorType"]
            assert (target["queryType"], target["format"]) in {("timeseries", 0), ("table", 1)}


@boards
def test_thresholds_ascend_from_nothing(path: Path) -> None:
    """The first step has no value, and the others ascend."""
    for thresholds in written(raw(path), "thresholds"):
        first, *rest = [step["value"] for step in thresholds["steps"]]
        assert first is None
        assert rest == sorted(rest)


@boards
def test_units_and_colours_are_known(path: Path) -> None:
    """Grafana and the wall read them alike: no misspelt unit, no colour that would turn into that of text."""
    units = {unit for unit in written(raw(path), "unit") if not UNITS.fullmatch(unit)}
    names = {name for name in written(raw(path), "color", "fixedColor") if isinstance(name, str)}

    assert set() == units
    assert set() == {name for name in names - {"text"} if css_color(name) == css_color("text")}


@boards
def test_every_panel_is_explained_and_shows_no_silent_zero(path: Path) -> None:
    """A panel has a title and a definition, and what is missing shows as a dash."""
    for panel in raw(path)["panels"]:
        assert panel["title"]
        assert panel["description"]
        assert "text" == panel["type"] or "—" == panel["fieldConfig"]["defaults"]["noValue"]


@boards
def test_every_number_links_to_its_definition(path: Path) -> None:
    """A panel that asks for something says where its numbers are defined, and the place is there."""
    (definitions,) = raw(FOLDER / "dinh-nghia.json")["panels"]
    for panel in raw(path)["panels"]:
        named = [link["url"].removeprefix("/d/dinh-nghia#") for link in panel["links"]]
        assert named or not panel.get("targets")
        assert all(f"### {name}\n" in definitions["options"]["content"] for name in named)


def test_every_definition_stands_on_its_board() -> None:
    """Nothing of the catalogue is left out."""
    (panel,) = raw(FOLDER / "dinh-nghia.json")["panels"]

    assert len(CATALOGUE) == panel["options"]["content"].count("### ")


@walls
def test_a_wall_leads_to_the_others_and_says_as_of_when_it_is(path: Path) -> None:
    """By tag, so that a new wall is linked from all; and the newest event's time stands on each."""
    board = raw(path)

    assert ["dashboards", "link", "link"] == [link["type"] for link in board["links"]]
    assert ["wall"] == board["links"][0]["tags"]
    assert "Độ tươi của dữ liệu" in [panel["title"] for panel in board["panels"]]


def test_each_desk_lies_behind_one_wall_and_leads_back() -> None:
    """A wall leads to its desk, the desk to it and to all desks; its variables and time can be chosen."""
    behind = {raw(path)["links"][-1]["url"].removeprefix("/d/"): path.stem for path in WALLS}
    desks = {path.stem: raw(path) for path in FILES if "desk" in raw(path)["tags"]}

    assert desks.keys() == behind.keys()
    for uid, board in desks.items():
        assert f"/d/{behind[uid]}" == board["links"][0]["url"]
        assert ["desk"] == board["links"][1]["tags"]
        assert board["templating"]["list"]
        assert not board["timepicker"]["hidden"]


def test_an_alert_is_marked_on_the_boards_that_it_concerns() -> None:
    """That of any rule on a wall and on a desk's board, by what its KPI is about."""
    row = {"subject": "a/b", "begins": datetime(2027, 1, 5, tzinfo=UTC), "ends": None, "why": "x"}
    found = {}
    for rule in load_rules():
        mark = mark_of(ALERT, {**row, "kpi": rule.kpi}, load_registry())
        meant = tags_of(ALERT, mark.about)
        boards_of = [
            one for one in read_boards(FOLDER) if meant in [on.target.tags for on in one.annotations.shown]
        ]
        found[rule.id] = {one.uid for one in boards_of}

    assert {"cua-khau", "chi-tiet-cua-khau"} == found["waiting-vehicles-300"] == found["booth-p90"]
    assert {"khu-cong-nghiep", "chi-tiet-nha-may"} == found["plant-stop"] == found["output-day"]
    assert {"thuong-mai", "chi-tiet-thuong-mai"} == found["trade-unusual"]
    assert {"tong-quan", "chi-tiet-tien-do"} == found["projection-below"] == found["milestone-50"]
    assert {"canh-bao", "chi-tiet-du-lieu"} == found["dead-letters-10"] == found["match-rate"]
    assert all(len(uids) == 2 for uids in found.values())


@boards
def test_marks_of_some_charts_name_charts(path: Path) -> None:
    """What is not for all charts of a board is for charts that it has."""
    board = read_board(path)
    charts = {panel.id for panel in board.panels if panel.type == "timeseries"}

    assert {number for one in board.annotations.shown for number in one.filter.ids} <= charts


def test_the_public_board_names_no_trader() -> None:
    """It reads views of gates alone, which know no vehicle, no declaration and no goods."""
    (query,) = _queries("cong-bo")

    assert {"clearing_now", "gate_calendar"} == set(re.findall(r"(?:FROM|JOIN) (\w+)", query))


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
