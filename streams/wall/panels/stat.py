"""Stat: big values, with a sparkline where the data is a series."""

from collections.abc import Sequence
from typing import Literal

from streams.wall.frames import Value
from streams.wall.panels.drawing import Drawing, Picture, direction, no_value, render, values_of, width_in_ems
from streams.wall.values import ShownValue, ValueOptions, sizes

_HEIGHT, _MARGIN = 100, 6


class StatOptions(ValueOptions):
    """Grafana's options of a stat panel."""

    color_mode: Literal["value", "background", "background_solid", "none"] = "value"
    graph_mode: Literal["area", "line", "none"] = "area"
    text_mode: Literal["auto", "value", "value_and_name", "name", "none"] = "auto"


def draw(picture: Picture) -> Drawing:
    """Draw a stat panel."""
    options = StatOptions.model_validate(picture.panel.options)
    values = values_of(picture, options)
    if not values:
        return no_value(picture)
    named = options.text_mode in ("value_and_name", "name") or (
        options.text_mode == "auto" and len(values) > 1
    )
    html = render(
        "stat.html.j2",
        picture,
        items=[_item(value, options) for value in values],
        direction=direction(picture, options.orientation),
        mode=options.color_mode,
        show_name=named,
        show_value=options.text_mode not in ("name", "none"),
        **sizes(options.text),
    )
    return Drawing(html)


def _item(value: ShownValue, options: StatOptions) -> dict[str, object]:
    spark = "" if options.graph_mode == "none" else sparkline(value.series)
    return {"shown": value.display, "ems": width_in_ems(value.display.text), "spark": spark}


def sparkline(series: Sequence[Value]) -> str:
    """Give the SVG path of a series in a box of 100 by 100; nothing for fewer than two numbers."""
    points = [(at, cell) for at, cell in enumerate(series) if isinstance(cell, int | float)]
    if len(points) < 2:  # noqa: PLR2004 - a line has two ends
        return ""
    cells = [cell for _, cell in points]
    low, high = min(cells), max(cells)
    scale = (_HEIGHT - 2 * _MARGIN) / (high - low) if high > low else 0
    width = 100 / max(len(series) - 1, 1)
    return "M" + " L".join(
        f"{at * width:.1f} {_HEIGHT - _MARGIN - (cell - low) * scale:.1f}" for at, cell in points
    )
