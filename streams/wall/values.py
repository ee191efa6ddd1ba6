"""The values of a stat, gauge or bar gauge: fields reduced, or one a row, as `reduceOptions` says."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import tzinfo
from typing import Final

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from streams.wall.board import FieldConfigSource
from streams.wall.display import Display, ShownField, display, name_matches, shown_fields
from streams.wall.frames import Frame, Value
from streams.wall.reduce import reduce

_MOST_VALUES: Final = 25
_TITLE_PX: Final = 20
# Larger than any panel, so that the panel's own size decides.
_FITS: Final = 999


class Options(BaseModel):
    """Base of the options of a panel type; what the wall has no use for is left out."""

    model_config = ConfigDict(extra="ignore", frozen=True, alias_generator=to_camel, populate_by_name=True)


class ReduceOptions(Options):
    """Which values a panel shows."""

    calcs: tuple[str, ...] = ("lastNotNull",)
    fields: str = ""
    values: bool = False
    limit: int = Field(_MOST_VALUES, ge=1)


class TextOptions(Options):
    """Font sizes in pixels; None fits the panel."""

    title_size: float | None = None
    value_size: float | None = None


class ValueOptions(Options):
    """What stat, gauge and bar gauge have in common."""

    reduce_options: ReduceOptions = ReduceOptions()
    orientation: str = "auto"
    text: TextOptions = TextOptions()


@dataclass(frozen=True)
class ShownValue:
    """One value to draw, with its field and the series behind it (for a sparkline and the range)."""

    display: Display
    field: ShownField
    series: tuple[Value, ...] = ()


def sizes(text: TextOptions, *, value: float = _FITS, title: float = _TITLE_PX) -> dict[str, float]:
    """Give the font sizes of a panel: the board's, else these; a value too big is made to fit."""
    return {"value_size": text.value_size or value, "title_size": text.title_size or title}


def shown_values(
    frames: Iterable[Frame], source: FieldConfigSource, options: ReduceOptions, zone: tzinfo
) -> list[ShownValue]:
    """Give the values of a panel in order; none where no frame has a field to show."""
    found: list[ShownValue] = []
    for frame in frames:
        fields = shown_fields(frame, source)
        for field in _chosen(fields, options.fields):
            if options.values:
                found += _by_row(field, fields, zone)
            else:
                found += _reduced(field, options.calcs, zone, timed=frame.time is not None)
    return found[: options.limit]


def value_range(values: Sequence[ShownValue], value: ShownValue) -> tuple[float, float]:
    """Give the low and high end of a value's scale: its own, else those of all numbers of the panel."""
    numbers = [cell for one in values for cell in one.field.column.values if isinstance(cell, int | float)]
    config = value.field.config
    low = min(numbers, default=0.0) if config.min is None else config.min
    high = max(numbers, default=100.0) if config.max is None else config.max
    return low, high


def share(number: float | None, low: float, high: float) -> float:
    """Give where a number lies between two ends, from 0 to 1."""
    if number is None or high <= low:
        return 0.0
    return min(max((number - low) / (high - low), 0.0), 1.0)


def _chosen(fields: Sequence[ShownField], pattern: str) -> list[ShownField]:
    if pattern:
        return [field for field in fields if name_matches(pattern, field.name)]
    return [field for field in fields if field.column.kind in ("number", "boolean")]


def _reduced(field: ShownField, calcs: Sequence[str], zone: tzinfo, *, timed: bool) -> list[ShownValue]:
    series = field.column.values if timed else ()
    return [
        ShownValue(display(reduce(field.column.values, calc), field, zone), field, series) for calc in calcs
    ]


def _by_row(field: ShownField, fields: Sequence[ShownField], zone: tzinfo) -> list[ShownValue]:
    found = []
    for row, cell in enumerate(field.column.values):
        shown = display(cell, field, zone)
        found.append(ShownValue(replace(shown, name=_row_name(field, fields, row, zone)), field))
    return found


def _row_name(field: ShownField, fields: Sequence[ShownField], row: int, zone: tzinfo) -> str:
    """Join the words of a row; the field's own name too where the row has several numbers."""
    if field.config.display_name:
        return field.config.display_name
    others = [other for other in fields if other is not field]
    words = [
        str(display(other.column.values[row], other, zone).text)
        for other in others
        if other.column.kind == "string" and other.column.values[row]
    ]
    if not words or any(other.column.kind == "number" for other in others):
        words.append(field.name)
    return " ".join(words)
