"""What who looks at a board has chosen: values of its variables and a time range, as its address says."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final
from urllib.parse import urlencode

from streams.errors import UsageError
from streams.wall.board import Board, Span
from streams.wall.navigation import address

#: How Grafana's addresses say all choices of a variable.
ALL: Final = "$__all"
#: Time ranges that a board offers, with their names.
SPANS: Final[Mapping[str, Span]] = {
    "1 giờ": Span(start="now-1h"),
    "6 giờ": Span(start="now-6h"),
    "12 giờ": Span(start="now-12h"),
    "24 giờ": Span(start="now-24h"),
    "7 ngày": Span(start="now-7d"),
    "30 ngày": Span(start="now-30d"),
    "Hôm nay": Span(start="now/d"),
    "Tháng này": Span(start="now/M"),
    "Năm nay": Span(start="now/y"),
}
_PREFIX: Final = "var-"
# What stands in a link for a variable as it is chosen, and for the time.
_VARIABLE: Final = re.compile(r"\$\{(\w+):queryparam\}")
_TIMES: Final = "${__url_time_range}"


@dataclass(frozen=True)
class Choice:
    """Values by the variables' names, and a time range; what is not chosen is the board's own."""

    values: tuple[tuple[str, tuple[str, ...]], ...] = ()
    span: Span | None = None

    def of(self, name: str) -> tuple[str, ...]:
        """Give the values that are chosen of a variable; none means all, or the board's first."""
        return dict(self.values).get(name, ())

    def at(self, start: str, end: str) -> "Choice":
        """Give the same choice over another time."""
        return replace(self, span=Span(start=start, end=end))

    def address(self, board: Board) -> str:
        """Give the path of a board with this choice, as Grafana would write it."""
        return f"{address(board)}?{self.query}" if self.query else address(board)

    @property
    def query(self) -> str:
        """Give what an address says of this choice; nothing where nothing is chosen."""
        return "&".join(filter(None, [*(self._pairs(name) for name, _ in self.values), self._times()]))

    def kept(self, url: str) -> str:
        """Put what is chosen into the address of a link, where that asks for it as Grafana's do."""
        path, _, query = url.replace(_TIMES, self._times()).partition("?")
        filled = _VARIABLE.sub(lambda match: self._pairs(match[1]), query)
        return f"{path}?{'&'.join(filter(None, filled.split('&')))}" if filled else path

    def _pairs(self, name: str) -> str:
        return urlencode([(_PREFIX + name, value) for value in self.of(name)])

    def _times(self) -> str:
        return urlencode({"from": self.span.start, "to": self.span.end}, safe="/") if self.span else ""


#: Nothing chosen: the board as it is.
NOTHING: Final = Choice()


def read_choice(board: Board, pairs: Iterable[tuple[str, str]], now: datetime) -> Choice:
    """Read the choice that an address makes; names that are no variables of the board are left out.

    Raises:
        UsageError: the time is none, or ends before it begins.
    """
    given = list(pairs)
    values = []
    for variable in board.variables:
        wanted = tuple(value for name, value in given if name == _PREFIX + variable.name and value)
        if wanted and ALL not in wanted:
            values.append((variable.name, tuple(dict.fromkeys(wanted))))
    return Choice(tuple(values), _span(board, dict(given), now))


def _span(board: Board, given: Mapping[str, str], now: datetime) -> Span | None:
    if board.timepicker.hidden or not given.keys() & {"from", "to"}:
        return None
    span = Span(start=given.get("from", board.time.start), end=given.get("to", board.time.end))
    try:
        is_forward = span.at(now, board.zone).seconds > 0
    except (ValueError, OverflowError):
        is_forward = False
    if not is_forward:
        raise UsageError(f"“{span.start} … {span.end}” không phải là một khoảng thời gian, như now-24h … now")
    return span
