"""Bar gauge: a bar for each value, all on one scale."""

from typing import Literal

from streams.wall.panels.drawing import Drawing, Picture, direction, no_value, render, values_of
from streams.wall.values import ValueOptions, share, sizes, value_range


class BarGaugeOptions(ValueOptions):
    """Grafana's options of a bar gauge panel."""

    display_mode: Literal["gradient", "lcd", "basic"] = "gradient"
    value_mode: Literal["color", "text", "hidden"] = "color"
    name_placement: Literal["auto", "top", "left", "hidden"] = "auto"
    show_unfilled: bool = True


def draw(picture: Picture) -> Drawing:
    """Draw a bar gauge panel."""
    options = BarGaugeOptions.model_validate(picture.panel.options)
    values = values_of(picture, options)
    if not values:
        return no_value(picture)
    html = render(
        "bargauge.html.j2",
        picture,
        items=[
            {
                "shown": value.display,
                "share": round(share(value.display.number, *value_range(values, value)), 4),
            }
            for value in values
        ],
        direction=direction(picture, options.orientation),
        display_mode=f"{options.display_mode} value-{options.value_mode}",
        names="top" if options.name_placement == "auto" else options.name_placement,
        unfilled=options.show_unfilled,
        **sizes(options.text, value=26),
    )
    return Drawing(html)
