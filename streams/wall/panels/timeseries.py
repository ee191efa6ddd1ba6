"""Time series: lines, bars or points over the panel's time range, by ECharts, with what happened then."""

import json
from collections.abc import Sequence
from itertools import zip_longest
from typing import Any, Final

from streams.wall.board import FieldConfigSource
from streams.wall.colors import css_color
from streams.wall.display import ShownField, display, field_color, shown_fields, threshold_value
from streams.wall.frames import Column, to_wide
from streams.wall.panels.axis import Axis, nice_axis
from streams.wall.panels.drawing import Drawing, Picture, no_value, render
from streams.wall.panels.happened import areas, chart_ms, edges, happened
from streams.wall.reduce import reduce
from streams.wall.units import format_number
from streams.wall.values import Options

_INK: Final = "#A9B1C0"
_GRID_LINE: Final = "rgba(255, 255, 255, 0.07)"
_FONT_PX: Final = 15
_YEAR_S: Final = 200 * 86_400
_STROKES: Final = {"dash": "dashed", "dot": "dotted"}
_STEPS: Final = {"stepBefore": "end", "stepAfter": "start"}

_Series = tuple[Column, ShownField]


class LegendOptions(Options):
    """Grafana's legend; its calcs are written beside the names."""

    display_mode: str = "list"
    show_legend: bool = True
    calcs: tuple[str, ...] = ()


class TimeSeriesOptions(Options):
    """Grafana's options of a time series panel."""

    legend: LegendOptions = LegendOptions()


def draw(picture: Picture) -> Drawing:
    """Draw a time series panel: a legend with the last values as text, and the chart."""
    options = TimeSeriesOptions.model_validate(picture.panel.options)
    series = _series(picture)
    if not series:
        return no_value(picture)
    return Drawing(_legend(picture, series, options.legend), _chart(picture, series))


def _series(picture: Picture) -> list[_Series]:
    found = []
    for frame in map(to_wide, picture.frames):
        if frame.time is not None:
            fields = shown_fields(frame, _with_palette(picture.panel.field_config))
            found += [(frame.time, field) for field in fields if field.column.kind in ("number", "boolean")]
    return found


def _with_palette(source: FieldConfigSource) -> FieldConfigSource:
    """Colour series by their order where the board does not say how, as Grafana does for this type alone."""
    return source.model_copy(update={"defaults": {"color": {"mode": "palette-classic"}, **source.defaults}})


def _legend(picture: Picture, series: Sequence[_Series], options: LegendOptions) -> str:
    calc = options.calcs[0] if options.calcs else "lastNotNull"
    items = [
        {
            "name": field.name,
            "color": _colour(field),
            "stroke": _STROKES.get(_fill(field), ""),
            "value": str(display(reduce(field.column.values, calc), field, picture.zone).text),
            "shown_value": bool(options.calcs),
        }
        for _, field in series
    ]
    hidden = options.display_mode == "hidden" or not options.show_legend
    return render("legend.html.j2", picture, items=items, hidden=hidden, marks=happened(picture))


def _chart(picture: Picture, series: Sequence[_Series]) -> dict[str, Any]:
    first = series[0][1]
    axis = _value_axis([field for _, field in series])
    labels = [str(format_number(tick, first.config.unit, _tick_decimals(axis))) for tick in axis.ticks]
    return {
        "animation": False,
        "useUTC": True,
        "textStyle": {"fontFamily": "inherit", "fontSize": _FONT_PX, "color": _INK},
        "grid": {"left": 8, "right": 20, "top": 12, "bottom": 4, "containLabel": True},
        "tooltip": {"trigger": "axis", "axisPointer": {"animation": False}, "transitionDuration": 0},
        "xAxis": _time_axis(picture),
        "yAxis": {
            "type": "value",
            "min": axis.low,
            "max": axis.high,
            "interval": axis.step,
            "axisLabel": {"color": _INK, "fontSize": _FONT_PX, ":formatter": _lookup(axis, labels)},
            "splitLine": {"lineStyle": {"color": _GRID_LINE}},
        },
        "series": [_one(picture, time, field, number) for number, (time, field) in enumerate(series)],
    }


def _lookup(axis: Axis, labels: list[str]) -> str:
    """Give the function that finds a tick's label: units are written in one place, here in Python."""
    return f"(value) => {json.dumps(labels)}[Math.round((value - {axis.low!r}) / {axis.step!r})] ?? ''"


def _tick_decimals(axis: Axis) -> int:
    return next(
        (digits for digits in range(6) if abs(round(axis.step, digits) - axis.step) < axis.step * 1e-6), 6
    )


def _value_axis(fields: Sequence[ShownField]) -> Axis:
    config = fields[0].config
    numbers = [
        float(cell) for field in fields for cell in field.column.values if isinstance(cell, int | float)
    ]
    if _stack(config.custom):
        numbers += _sums(fields)
    # Bars and stacks begin at zero: their length is what is read.
    if _stack(config.custom) or config.custom.get("drawStyle") == "bars":
        numbers.append(0.0)
    soft = (config.custom.get("axisSoftMin"), config.custom.get("axisSoftMax"))
    numbers += [float(end) for end in soft if isinstance(end, int | float)]
    low = min(numbers, default=0.0) if config.min is None else config.min
    high = max(numbers, default=1.0) if config.max is None else config.max
    return nice_axis(low, high)


def _sums(fields: Sequence[ShownField]) -> list[float]:
    rows = zip_longest(*(field.column.values for field in fields))
    return [float(sum(cell for cell in row if isinstance(cell, int | float))) for row in rows]


def _time_axis(picture: Picture) -> dict[str, Any]:
    span = picture.span
    return {
        "type": "time",
        "min": chart_ms(picture, int(span.start.timestamp() * 1000)),
        "max": chart_ms(picture, int(span.end.timestamp() * 1000)),
        "splitNumber": 12 if span.seconds > _YEAR_S else 6,
        "axisLabel": {
            "color": _INK,
            "fontSize": _FONT_PX,
            "hideOverlap": True,
            "margin": 12,
            "formatter": {
                "year": "{yyyy}",
                "month": "T{M}",
                "day": "{dd}/{MM}",
                "hour": "{HH}:{mm}",
                "minute": "{HH}:{mm}",
            },
        },
        "axisLine": {"lineStyle": {"color": _GRID_LINE}},
        "axisTick": {"show": False},
        "splitLine": {"show": True, "lineStyle": {"color": _GRID_LINE}},
    }


def _one(picture: Picture, time: Column, field: ShownField, number: int) -> dict[str, Any]:
    custom, colour = field.config.custom, _colour(field)
    style = custom.get("drawStyle", "line")
    opacity = custom.get("fillOpacity", 0) / 100
    smooth = custom.get("lineInterpolation") == "smooth"
    return {
        "id": f"{number}",
        "name": field.name,
        "type": {"bars": "bar", "points": "scatter"}.get(style, "line"),
        "data": _points(picture, time, field),
        "color": colour,
        "showSymbol": custom.get("showPoints") == "always",
        "symbolSize": custom.get("pointSize", 5),
        "smooth": smooth,
        "step": _STEPS.get(custom.get("lineInterpolation", ""), False),
        "connectNulls": bool(custom.get("spanNulls", False)),
        "stack": _stack(custom),
        "lineStyle": {"width": custom.get("lineWidth", 1), "type": _dash(field), "color": colour},
        "areaStyle": {"opacity": opacity} if opacity else None,
        "emphasis": {"disabled": True},
        "endLabel": _end_label(picture, time, field),
        "labelLayout": {"moveOverlap": "shiftY"},
        "markLine": _lines_across(picture, field) if number == 0 else None,
        "markArea": areas(picture) if number == 0 else None,
        "silent": True,
        "tooltip": {":valueFormatter": _written(picture, field)},
    }


def _written(picture: Picture, field: ShownField) -> str:
    """Give the function that finds a point's words, written as all others are."""
    words = [str(display(cell, field, picture.zone).text) for cell in field.column.values]
    return f"(value, index) => {json.dumps(words)}[index] ?? ''"


def _points(picture: Picture, time: Column, field: ShownField) -> list[list[Any]]:
    return [
        [chart_ms(picture, int(moment)), cell]
        for moment, cell in zip(time.values, field.column.values, strict=True)
        if isinstance(moment, int | float)
    ]


def _colour(field: ShownField) -> str:
    last = reduce(field.column.values, "lastNotNull")
    number = float(last) if isinstance(last, int | float) else None
    if field.config.color.mode == "thresholds":
        return field_color(field, number)
    return field_color(field, None)


def _end_label(picture: Picture, time: Column, field: ShownField) -> dict[str, Any]:
    """Write the last value above the end of a line that stops inside the chart, or is dotted to its end."""
    last, is_expected = reduce(field.column.values, "last"), _fill(field) == "dot"
    text = display(reduce(field.column.values, "lastNotNull"), field, picture.zone).text
    style = {"color": _colour(field), "fontSize": _FONT_PX, "fontWeight": "bold"}
    place = (
        {"align": "right", "offset": [-6, -14]} if _ends_late(picture, time, field) else {"offset": [0, -14]}
    )
    return {"show": last is None or is_expected, "formatter": str(text), "distance": 6, **place, **style}


def _ends_late(picture: Picture, time: Column, field: ShownField) -> bool:
    """Tell whether the last value lies in the right half of the chart: there is room for words before it."""
    known = [at for at, cell in zip(time.values, field.column.values, strict=True) if cell is not None]
    middle = picture.span.start + (picture.span.end - picture.span.start) / 2
    return bool(known) and isinstance(known[-1], int | float) and known[-1] > middle.timestamp() * 1000


def _stack(custom: dict[str, Any]) -> str | None:
    stacking = custom.get("stacking") or {}
    return str(stacking.get("group", "A")) if stacking.get("mode", "none") != "none" else None


def _fill(field: ShownField) -> str:
    return str((field.config.custom.get("lineStyle") or {}).get("fill", ""))


def _dash(field: ShownField) -> str | list[float]:
    style = field.config.custom.get("lineStyle") or {}
    if _fill(field) == "dot":
        return "dotted"
    return list(style.get("dash") or [10, 10]) if _fill(field) == "dash" else "solid"


def _lines_across(picture: Picture, field: ShownField) -> dict[str, Any] | None:
    lines = [*_threshold_lines(field), *edges(picture)]
    if not lines:
        return None
    return {"symbol": "none", "silent": True, "animation": False, "label": {"show": False}, "data": lines}


def _threshold_lines(field: ShownField) -> list[dict[str, Any]]:
    mode = (field.config.custom.get("thresholdsStyle") or {}).get("mode", "off")
    if "line" not in mode and "dashed" not in mode:
        return []
    thresholds = field.config.thresholds
    low, high = field.config.min or 0.0, 100.0 if field.config.max is None else field.config.max
    return [
        {
            "yAxis": threshold_value(thresholds, step.value, low, high),
            "lineStyle": {
                "color": css_color(step.color),
                "width": 2,
                "type": "dashed" if "dashed" in mode else "solid",
            },
        }
        for step in thresholds.steps[1:]
    ]
