"""The selectors of a board: a plain form, whose address says what is chosen, as Grafana's does."""

from typing import Final

from streams.wall.choice import ALL, SPANS
from streams.wall.feed import BoardFeed
from streams.wall.markup import template
from streams.wall.navigation import address
from streams.wall.variables import Chosen

_TEMPLATE: Final = template("selectors.html.j2")
_ALL_TEXT: Final = "Tất cả"


def selectors(feed: BoardFeed) -> str:
    """Give the form of a board, empty where there is nothing to choose."""
    board = feed.board
    if not board.variables and board.timepicker.hidden:
        return ""
    return _TEMPLATE.render(
        action=address(board),
        variables=[(one, _summary(one)) for one in feed.chosen.values()],
        all=ALL,
        all_text=_ALL_TEXT,
        span=feed.choice.span,
        times=_times(feed),
    )


def _summary(chosen: Chosen) -> str:
    """Say what is chosen of a variable in a few words."""
    texts = dict(chosen.options)
    if not chosen.values:
        return _ALL_TEXT
    first, *rest = (texts[value] for value in chosen.values)
    return f"{first} +{len(rest)}" if rest else first


def _times(feed: BoardFeed) -> list[tuple[str, str, bool]]:
    """Give the offered ranges, where each leads to, and which is shown, offered or not."""
    if feed.board.timepicker.hidden:
        return []
    shown = feed.choice.span or feed.board.time
    offered = dict(SPANS) if shown in SPANS.values() else {f"{shown.start} … {shown.end}": shown, **SPANS}
    return [
        (name, feed.choice.at(span.start, span.end).address(feed.board), span == shown)
        for name, span in offered.items()
    ]
