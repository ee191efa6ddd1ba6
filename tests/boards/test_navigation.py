"""Where boards lead to, and in which order a kiosk shows them."""

from typing import Any

import pytest

from streams.wall.board import Board
from streams.wall.navigation import HANDLING, Rotation, Step, home_of, read_rotation, rotation_of, steps_of


def board(uid: str, *tags: str, **rest: Any) -> Board:
    """Give a board with these tags and no panel."""
    return Board.model_validate({"uid": uid, "title": uid.upper(), "tags": list(tags), "panels": [], **rest})


LINKS: list[dict[str, Any]] = [
    {"type": "dashboards", "title": "Bảng", "tags": ["wall"], "url": ""},
    {"type": "link", "title": "Định nghĩa", "url": "/d/x#pace"},
]
BOARDS = [
    board("a", "wall", "kiosk", links=LINKS),
    board("b", "wall", "kiosk", "home"),
    board("c", "wall"),
    board("d"),
]


def test_a_link_to_a_tag_leads_to_every_board_that_bears_it() -> None:
    """And one to an address leads there; a board without links leads nowhere."""
    walls = [Step("A", "/d/a"), Step("B", "/d/b"), Step("C", "/d/c")]

    assert [*walls, Step("Định nghĩa", "/d/x#pace")] == steps_of(BOARDS[0], BOARDS)
    assert [] == steps_of(BOARDS[3], BOARDS)


def test_what_is_chosen_goes_along_to_boards_that_take_it() -> None:
    """From desk to desk; a wall has a time of its own."""
    kept = board("e", links=[{**LINKS[0], "includeVars": True}, *LINKS])
    urls = [step.url for step in steps_of(kept, BOARDS[:1], "var-gate=a&from=now-7d&to=now")]

    assert ["/d/a?var-gate=a&from=now-7d&to=now", "/d/a", "/d/x#pace"] == urls


def test_from_the_alerts_it_leads_to_where_they_are_taken_care_of() -> None:
    """On the live wall alone: a replay's alerts are nobody's work."""
    assert [HANDLING] == steps_of(board("canh-bao"), BOARDS)
    assert [] == steps_of(board("canh-bao", mark="PHÁT LẠI x"), BOARDS)


def test_who_asks_for_no_board_gets_the_home() -> None:
    """The one tagged so, or the only one; else there is none."""
    assert "b" == getattr(home_of(BOARDS), "uid", None)
    assert "d" == getattr(home_of(BOARDS[3:]), "uid", None)
    assert home_of(BOARDS[2:]) is None


def test_a_kiosk_begins_with_the_home() -> None:
    """It shows the boards that are tagged for it, and no others."""
    assert ["b", "a"] == rotation_of(BOARDS)


def test_a_rotation_goes_round() -> None:
    """The address of each board names the next one's; after the last comes the first."""
    rotation = Rotation(("b", "a"), 20)

    assert "/d/a?rotate=b,a&seconds=20" == rotation.after("b")
    assert "/d/b?rotate=b,a&seconds=20" == rotation.after("a")
    assert ["1/2", "2/2"] == [rotation.words(uid) for uid in ("b", "a")]


@pytest.mark.parametrize(
    ("text", "seconds", "rotation"),
    [
        ("b,a", 20, Rotation(("b", "a"), 20)),
        ("b,nobody,a", 45, Rotation(("b", "a"), 45)),
        ("b", 0.1, Rotation(("b",), 5)),
        ("", 45, None),
        ("nobody", 45, None),
    ],
)
def test_a_rotation_is_read_from_an_address(text: str, seconds: float, rotation: Rotation | None) -> None:
    """Boards that are none are left out; a board stays for five seconds at least."""
    assert rotation == read_rotation(text, seconds, BOARDS)
