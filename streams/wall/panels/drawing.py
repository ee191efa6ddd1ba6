"""What every panel type gives and takes."""

from dataclasses import dataclass
from datetime import tzinfo
from typing import Any, Final

from streams.annotations import Mark
from streams.wall.board import Panel
from streams.wall.choice import NOTHING, Choice
from streams.wall.frames import Frame
from streams.wall.markup import template
from streams.wall.timerange import TimeRange
from streams.wall.units import Text
from streams.wall.values import ShownValue, ValueOptions, shown_values

# Grafana's grid: 80 pixels a column on a 1920 screen, 38 a row.
_COLUMN_PX, _ROW_PX = 80, 38
# Widths in Roboto's bold: points, blanks and thin letters; capitals; signs; and all others.
_NARROW: Final = frozenset(" .,:;·|iltfI'")
_SIGNS: Final = frozenset("●◆■○▲▼")
_NARROW_EM, _WIDE_EM, _CAPITAL_EM, _SIGN_EM = 0.3, 0.6, 0.7, 1.0


@dataclass(frozen=True)
class Marks:
    """What happened of one kind, its name on the board, and its colour there as Grafana names it."""

    name: str
    color: str
    all: tuple[Mark, ...]


@dataclass(frozen=True)
class Picture:
    """What a panel draws from: its model, its data, its time, what happened then, and what is chosen."""

    panel: Panel
    frames: tuple[Frame, ...]
    span: TimeRange
    zone: tzinfo
    marks: tuple[Marks, ...] = ()
    choice: Choice = NOTHING


@dataclass(frozen=True)
class Drawing:
    """A drawn panel: safe HTML, and the options of a chart below it where the type has one."""

    html: str
    chart: dict[str, Any] | None = None


def render(name: str, picture: Picture, **values: Any) -> str:  # noqa: ANN401 - whatever the template takes
    """Fill a template; every value is escaped."""
    return template(name).render(panel=picture.panel.id, **values)


def message(picture: Picture, text: str) -> Drawing:
    """Draw a panel that has only words to say."""
    return Drawing(render("message.html.j2", picture, text=text))


def no_value(picture: Picture) -> Drawing:
    """Draw a panel that has nothing to show, in the board's words."""
    return message(picture, picture.panel.field_config.defaults.get("noValue", "—"))


def values_of(picture: Picture, options: ValueOptions) -> list[ShownValue]:
    """Give the values that a stat, gauge or bar gauge shows, in order."""
    return shown_values(picture.frames, picture.panel.field_config, options.reduce_options, picture.zone)


def width_in_ems(text: Text) -> float:
    """Give about how wide a value is at font size 1; its unit is written at half the size of its number."""
    return max(_ems(text.number) + (_ems(text.prefix) + _ems(text.suffix)) / 2, 0.6)


def _ems(words: str) -> float:
    return sum(map(_em, words))


def _em(letter: str) -> float:
    if letter in _NARROW:
        return _NARROW_EM
    if letter in _SIGNS:
        return _SIGN_EM
    return _CAPITAL_EM if letter.isupper() else _WIDE_EM


def direction(picture: Picture, orientation: str) -> str:
    """Give how values lie beside each other: Grafana's horizontal means stacked rows."""
    place = picture.panel.grid_pos
    wide = place.w * _COLUMN_PX > place.h * _ROW_PX
    stacked = orientation == "horizontal" or (orientation == "auto" and not wide)
    return "stacked" if stacked else "beside"
