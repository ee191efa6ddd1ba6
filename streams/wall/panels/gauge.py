"""Gauge: a dial for each value, from the low to the high end of its scale."""

from math import cos, pi, sin
from typing import Final

from streams.wall.colors import css_color
from streams.wall.display import threshold_value
from streams.wall.panels.drawing import Drawing, Picture, direction, no_value, render, values_of, width_in_ems
from streams.wall.values import ShownValue, ValueOptions, share, sizes

# Degrees clockwise from nine o'clock where the dial begins, and how far it reaches.
_START: Final = -25
_SWEEP: Final = 230
_RADIUS: Final = 80
_BAND_RADIUS: Final = 95
_HEIGHT: Final = 150


class GaugeOptions(ValueOptions):
    """Grafana's options of a gauge panel."""

    show_threshold_markers: bool = True


def draw(picture: Picture) -> Drawing:
    """Draw a gauge panel."""
    options = GaugeOptions.model_validate(picture.panel.options)
    values = values_of(picture, options)
    if not values:
        return no_value(picture)
    html = render(
        "gauge.html.j2",
        picture,
        items=[_item(value, bands=options.show_threshold_markers) for value in values],
        direction=direction(picture, options.orientation),
        track=arc(0, 1, _RADIUS),
        height=_HEIGHT,
        **sizes(options.text),
    )
    return Drawing(html)


def arc(start: float, end: float, radius: float) -> str:
    """Give the SVG path of the part of the dial between two shares; nothing for no length."""
    if end <= start:
        return ""
    large = 1 if (end - start) * _SWEEP > 180 else 0  # noqa: PLR2004 - half a turn, as SVG counts
    return f"M{_point(start, radius)} A{radius} {radius} 0 {large} 1 {_point(end, radius)}"


def _point(part: float, radius: float) -> str:
    angle = (180 + _START + part * _SWEEP) * pi / 180
    return f"{100 + radius * cos(angle):.2f} {100 + radius * sin(angle):.2f}"


def _ends(value: ShownValue) -> tuple[float, float]:
    config = value.field.config
    return config.min or 0.0, 100.0 if config.max is None else config.max


def _item(value: ShownValue, *, bands: bool) -> dict[str, object]:
    low, high = _ends(value)
    return {
        "shown": value.display,
        "ems": width_in_ems(value.display.text),
        "arc": arc(0, share(value.display.number, low, high), _RADIUS),
        "bands": _bands(value, low, high) if bands else [],
    }


def _bands(value: ShownValue, low: float, high: float) -> list[dict[str, str]]:
    thresholds = value.field.config.thresholds
    limits = [threshold_value(thresholds, step.value, low, high) for step in thresholds.steps]
    shares = [0.0, *(share(limit, low, high) for limit in limits[1:]), 1.0]
    return [
        {"path": path, "color": css_color(step.color)}
        for step, start, end in zip(thresholds.steps, shares, shares[1:], strict=False)
        if (path := arc(start, end, _BAND_RADIUS))
    ]
