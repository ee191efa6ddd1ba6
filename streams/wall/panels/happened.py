"""What happened, on the charts of time: a span shaded between two lines, a moment as one, as in Grafana."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any, Final

from streams.annotations import Mark
from streams.wall.colors import css_color
from streams.wall.panels.drawing import Picture

_SHADE: Final = 0.12
_LINE: Final = {"width": 1.5, "type": [4, 4]}


def chart_ms(picture: Picture, milliseconds: int) -> int:
    """Move a moment by its offset: the chart writes UTC, and so shows the board's zone in any browser."""
    offset = datetime.fromtimestamp(milliseconds / 1000, picture.zone).utcoffset()
    return milliseconds + int(offset.total_seconds() * 1000 if offset else 0)


def areas(picture: Picture) -> dict[str, Any] | None:
    """Shade what took time, as far as the chart shows it; what goes on reaches to its end.

    What happened of one kind at once is shaded once: shades on top of each other would hide the numbers.
    """
    spans: dict[str, list[tuple[int, int]]] = {}
    for color, mark in _seen(picture):
        if mark.ends != mark.begins:
            ends = mark.ends or picture.span.end
            spans.setdefault(color, []).append((_at(picture, mark.begins), _at(picture, ends)))
    shaded = [
        [{"xAxis": begins, "itemStyle": {"color": color, "opacity": _SHADE}}, {"xAxis": ends}]
        for color, found in spans.items()
        for begins, ends in _joined(found)
    ]
    return {"silent": True, "animation": False, "data": shaded} if shaded else None


def edges(picture: Picture) -> list[dict[str, Any]]:
    """Draw a line where something began, and one where it ended, unless that lies outside of the chart."""
    moments = [
        (color, moment)
        for color, mark in _seen(picture)
        for moment in dict.fromkeys((mark.begins, mark.ends))
        if moment is not None and picture.span.start <= moment <= picture.span.end
    ]
    return [
        {"xAxis": _at(picture, moment), "lineStyle": {**_LINE, "color": color}} for color, moment in moments
    ]


def happened(picture: Picture) -> list[dict[str, Any]]:
    """Give what the legend says of each kind: its name, its colour, and what happened, in words."""
    return [
        {
            "name": marks.name,
            "color": css_color(marks.color),
            "texts": [_told(picture, mark) for mark in found],
        }
        for marks in picture.marks
        if (found := [mark for mark in marks.all if _is_seen(picture, mark)])
    ]


def _seen(picture: Picture) -> Iterator[tuple[str, Mark]]:
    for marks in picture.marks:
        for mark in marks.all:
            if _is_seen(picture, mark):
                yield css_color(marks.color), mark


def _joined(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Make one span of those that overlap."""
    joined: list[tuple[int, int]] = []
    for begins, ends in sorted(spans):
        if joined and begins <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(ends, joined[-1][1]))
        else:
            joined.append((begins, ends))
    return joined


def _is_seen(picture: Picture, mark: Mark) -> bool:
    return mark.begins <= picture.span.end and (mark.ends is None or mark.ends >= picture.span.start)


def _at(picture: Picture, moment: datetime) -> int:
    shown = min(max(moment, picture.span.start), picture.span.end)
    return chart_ms(picture, int(shown.timestamp() * 1000))


def _told(picture: Picture, mark: Mark) -> str:
    begins = f"{mark.begins.astimezone(picture.zone):%H:%M %d/%m}"
    if mark.ends is None or mark.ends == mark.begins:
        return f"{begins}: {mark.text}"
    return f"{begins} đến {mark.ends.astimezone(picture.zone):%H:%M %d/%m}: {mark.text}"
