"""Status history: a row for each series, a square for each step, which says its value."""

from collections.abc import Iterator
from datetime import datetime
from itertools import pairwise

from streams.wall.colors import ink_on
from streams.wall.display import ShownField, display
from streams.wall.frames import Column
from streams.wall.panels.drawing import Drawing, Picture, no_value, render
from streams.wall.panels.strip import Segment, fits, series_of
from streams.wall.panels.ticks import ticks
from streams.wall.timerange import interval_ms
from streams.wall.values import Options


class SquaresOptions(Options):
    """Grafana's options of a status history."""

    show_value: str = "auto"
    row_height: float = 0.9
    col_width: float = 0.9


def draw(picture: Picture) -> Drawing:
    """Draw a status history: rows of squares, and the time below them."""
    options = SquaresOptions.model_validate(picture.panel.options)
    series = list(series_of(picture))
    if not series:
        return no_value(picture)
    step = _step(picture, [time for time, _ in series])
    rows = [(field.name, list(_squares(picture, time, field, step, options))) for time, field in series]
    html = render(
        "squares.html.j2",
        picture,
        rows=rows,
        ticks=ticks(picture.span, picture.zone),
        row_height=options.row_height,
    )
    return Drawing(html)


def _step(picture: Picture, times: list[Column]) -> int:
    """Give the milliseconds of a step: the least distance of two values, else the panel's interval."""
    moments = sorted({int(at) for time in times for at in time.values if isinstance(at, int | float)})
    points = picture.panel.max_data_points or len(moments)
    return min(
        (after - before for before, after in pairwise(moments)),
        default=interval_ms(picture.span, points, picture.panel.interval),
    )


def _squares(
    picture: Picture, time: Column, field: ShownField, step: int, options: SquaresOptions
) -> Iterator[Segment]:
    begin, end = _ms(picture.span.start), _ms(picture.span.end)
    for at, value in zip(time.values, field.column.values, strict=True):
        if value is None or not isinstance(at, int | float) or at + step <= begin or at >= end:
            continue
        left, right = (
            100 * (min(max(moment, begin), end) - begin) / (end - begin) for moment in (at, at + step)
        )
        shown = display(value, field, picture.zone)
        width = (right - left) * options.col_width
        written = fits(options.show_value, width, str(shown.text))
        yield Segment(round(left, 3), round(width, 3), shown, ink_on(shown.color), written)


def _ms(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)
