"""Where a board leads to: the addresses that its links mean, and the boards that a kiosk shows in turn."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from streams.wall.board import Board

_HOME: Final = "home"
_KIOSK: Final = "kiosk"
#: How long a board of a rotation is shown, and the least that is accepted.
TURN_S: Final = 45.0
LEAST_TURN_S: Final = 5.0


@dataclass(frozen=True)
class Step:
    """A link that can be followed."""

    title: str
    url: str


#: Where alerts are taken care of; nothing of it is in Grafana.
HANDLING: Final = Step("Xử lý →", "/xu-ly")
#: The board of the alerts, which every other one leads to while some are open.
ALERTS: Final = "canh-bao"


def address(board: Board) -> str:
    """Give the path of a board, the same as in Grafana."""
    return f"/d/{board.uid}"


def steps_of(board: Board, boards: Sequence[Board], chosen: str = "") -> list[Step]:
    """Give the links of a board; one to tags leads to every board that has them all.

    What an address says of the choice goes along where the link says so.
    """
    found = []
    for link in board.links:
        if link.type == "link":
            found.append(Step(link.title, link.url))
        else:
            tagged = (one for one in boards if set(link.tags) <= set(one.tags))
            query = f"?{chosen}" if chosen and link.include_vars else ""
            found += [Step(one.title, address(one) + query) for one in tagged]
    return [*found, HANDLING] if board.uid == ALERTS and not board.mark else found


def home_of(boards: Sequence[Board]) -> Board | None:
    """Give the board that is shown to who asks for none: the one tagged so, or the only one."""
    tagged = [board for board in boards if _HOME in board.tags]
    if tagged:
        return tagged[0]
    return boards[0] if len(boards) == 1 else None


def rotation_of(boards: Sequence[Board]) -> list[str]:
    """Give the boards that a kiosk shows in turn unless told others: those tagged so, the home first."""
    tagged = [board for board in boards if _KIOSK in board.tags]
    return [board.uid for board in sorted(tagged, key=lambda board: _HOME not in board.tags)]


@dataclass(frozen=True)
class Rotation:
    """Boards that are shown in turn, for so many seconds each."""

    uids: tuple[str, ...]
    seconds: float = TURN_S

    def address(self, uid: str) -> str:
        """Give the path of a board within the rotation."""
        query = urlencode({"rotate": ",".join(self.uids), "seconds": f"{self.seconds:g}"}, safe=",")
        return f"/d/{uid}?{query}"

    def after(self, uid: str) -> str:
        """Give the path of the next board; a board that is none of them is followed by the first."""
        place = self.uids.index(uid) + 1 if uid in self.uids else 0
        return self.address(self.uids[place % len(self.uids)])

    def words(self, uid: str) -> str:
        """Say which of the boards this one is."""
        return f"{self.uids.index(uid) + 1}/{len(self.uids)}" if uid in self.uids else ""


def read_rotation(text: str, seconds: float, boards: Sequence[Board]) -> Rotation | None:
    """Read the boards that an address names, without those that are none; no board is no rotation."""
    known = {board.uid for board in boards}
    uids = tuple(uid for uid in text.split(",") if uid in known)
    return Rotation(uids, max(LEAST_TURN_S, seconds)) if uids else None
