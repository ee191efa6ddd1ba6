"""The pages behind the tiles: each panel has one, and it says in Vietnamese what an explanation says."""

from datetime import UTC, datetime

from streams.core.definitions.vietnamese import MEANINGS
from streams.explain.events import BehindEvent
from streams.explain.explanation import Explanation
from streams.explain.number import Number
from streams.explain.request import Request, behind_of
from streams.explain.window import Window
from streams.resources import resource
from streams.wall.board import read_boards
from streams.wall.opened import told
from streams.wall.plain import is_plain
from streams.wall.tiles import TILES

# 07:00 in Hanoi.
AT = datetime(2026, 1, 1, tzinfo=UTC)
CAME = datetime(2026, 1, 1, 1, tzinfo=UTC)


def event(number: int, state: str, **adds: int) -> BehindEvent:
    """Give an event behind a number."""
    return BehindEvent(
        time=AT, type="gate.crossing crossed", id=str(number), subject="V", place="gate.crossing/0@1",
        received_at=CAME, source="/vn/laocai/kim-thanh/barrier", late=number == 2, simulated=False, adds=adds,
        state=state, root=str(number), stands=True,
    )  # fmt: skip


def test_every_panel_of_every_live_board_can_be_opened() -> None:
    """And nothing else; each figure has its meaning, each number is one that `kpi explain` knows."""
    boards = [board for board in read_boards(resource("grafana/boards")) if not is_plain(board)]
    panels = [panel for board in boards for panel in board.panels]
    titles = {board.uid: {panel.title for panel in board.panels} for board in boards}
    requests = [request for tiles in TILES.values() for numbers in tiles.values() for request in numbers]

    assert titles == {uid: set(tiles) for uid, tiles in TILES.items()}
    assert all(panel.figures for panel in panels)
    assert set() == {name for panel in panels for name in panel.figures} - MEANINGS.keys()
    assert all(map(behind_of, requests))


def test_a_number_is_told_in_vietnamese() -> None:
    """740 cents of two events, one of which amends another and came late."""
    rows = ({"value_usd_minor": 740, "lines": 2},)
    found = Explanation(
        request=Request("trade_by_day"),
        window=Window(AT, CAME, "trade_by_day", "true", {}),
        number=Number(rows, rows[0]),
        definitions=(),
        newest_event=AT,
        read_at=CAME,
        events=[event(1, "counts", value_usd_minor=40), event(2, "amends 9; counts", value_usd_minor=700)],
        complete=True,
        adds_up=True,
    )

    said = told(found)

    assert ("Giá trị hàng hóa qua cửa khẩu", "value_usd_minor", "7,40 USD") == said["values"][0]
    assert ("07:00:00 01/01/2026", "08:00:00 01/01/2026") == (said["as_of"], said["read_at"])
    assert ("2", "Các sự kiện cộng lại đúng bằng con số.") == (said["sample"], said["sum"])
    assert ["được tính", "sửa 9; được tính, đến muộn"] == [one["state"] for one in said["events"]]
    assert "Giá trị hàng hóa qua cửa khẩu 7,00 USD" == said["events"][1]["adds"]
