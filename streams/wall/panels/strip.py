"""State timeline: a strip for each series, each run of one value a segment with its word."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Final

from streams.wall.colors import ink_on
from streams.wall.display import Display, ShownField, display, shown_fields
from streams.wall.frames import Column, Value, to_wide
from streams.wall.panels.drawing import Drawing, Picture, no_value, render
from streams.wall.panels.ticks import ticks
from streams.wall.values import Options

# A word is written where about this much of the strip is there for each of its letters, in percent.
_LETTER: Final = 1.1


class StripOptions(Options):
    """Grafana's options of a state timeline."""

    merge_values: bool = True
    show_value: str = "auto"
    row_height: float = 0.9


@dataclass(frozen=True)
class Segment:
    """A run of one value: where it lies in percent of the strip, its word, and whether that fits."""

    left: float
    width: float
    shown: Display
    ink: str
    fits: bool


def draw(picture: Picture) -> Drawing:
    """Draw a state timeline: strips, the time below them, and what each colour means."""
    options = StripOptions.model_validate(picture.panel.options)
    strips = [
        (field.name, list(_segments(picture, time, field, options))) for time, field in series_of(picture)
    ]
    if not strips:
        return no_value(picture)
    html = render(
        "strip.html.j2",
        picture,
        strips=strips,
        ticks=ticks(picture.span, picture.zone),
        meanings=_meanings(strips),
        row_height=options.row_height,
    )
    return Drawing(html)


def series_of(picture: Picture) -> Iterator[tuple[Column, ShownField]]:
    """Give each series with the moments of its values."""
    for frame in map(to_wide, picture.frames):
        if frame.time is not None:
            for field in shown_fields(frame, picture.panel.field_config):
                if field.column.kind != "time":
                    yield frame.time, field


def _segments(picture: Picture, time: Column, field: ShownField, options: StripOptions) -> Iterator[Segment]:
    """Give what is to be seen; a value lasts until the next one, the last to the end of the panel's time."""
    begin, end = _ms(picture.span.start), _ms(picture.span.end)
    for start, until, value in runs(time.values, field.column.values, end, merge=options.merge_values):
        if value is not None and until > begin and start < end:
            left, right = (100 * (min(max(at, begin), end) - begin) / (end - begin) for at in (start, until))
            shown = display(value, field, picture.zone)
            written = fits(options.show_value, right - left, str(shown.text))
            yield Segment(round(left, 3), round(right - left, 3), shown, ink_on(shown.color), written)


def fits(show: str, width: float, word: str) -> bool:
    """Tell whether a word is to be written on what is so wide, in percent of the strip."""
    return show == "always" or (show == "auto" and width >= _LETTER * len(word))


def runs(
    times: Sequence[Value], values: Sequence[Value], end: int, *, merge: bool
) -> Iterator[tuple[int, int, Value]]:
    """Give (start, end, value) of each run of equal values, or of each value."""
    moments = [int(moment) for moment in times if isinstance(moment, int | float)]
    starts = list(zip(moments, values, strict=True))
    groups = groupby(enumerate(starts), key=lambda one: one[1][1] if merge else one[0])
    firsts = [next(group)[1] for _, group in groups]
    ends = [start for start, _ in firsts[1:]] + [end]
    return ((start, until, value) for (start, value), until in zip(firsts, ends, strict=True))


def _meanings(strips: Sequence[tuple[str, list[Segment]]]) -> dict[str, str]:
    """Give the colour of each word that is to be seen, for the legend."""
    shown = (segment.shown for _, segments in strips for segment in segments)
    return {str(one.text): one.color for one in shown}


def _ms(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)
