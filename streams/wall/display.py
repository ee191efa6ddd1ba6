"""How a value is shown: overrides, mappings, thresholds, units; pure, as Grafana does it."""

import re
from dataclasses import dataclass
from datetime import UTC, tzinfo
from typing import Any, Final

from streams.wall.board import FieldConfig, FieldConfigSource, Mapping, Matcher, Thresholds
from streams.wall.colors import PALETTE, css_color
from streams.wall.frames import Column, Frame, Value
from streams.wall.units import Text, format_number

NO_VALUE: Final = "—"


@dataclass(frozen=True)
class Display:
    """A value ready to draw; `number` is None for words and for nothing."""

    text: Text
    color: str
    number: float | None = None
    name: str = ""


@dataclass(frozen=True)
class ShownField:
    """A field with the configuration that holds for it, its shown name and its colour in a palette."""

    column: Column
    config: FieldConfig
    name: str
    palette: str


def shown_fields(frame: Frame, source: FieldConfigSource) -> list[ShownField]:
    """Give each field its configuration: the defaults with every matching override merged in."""
    numbers = [column for column in frame.columns if column.kind == "number"]
    found = []
    for column in frame.columns:
        name = _series_name(column, single=len({number.name for number in numbers}) == 1)
        config = _merged(source, column, name, frame.ref_id)
        shade = PALETTE[numbers.index(column) % len(PALETTE)] if column in numbers else PALETTE[0]
        found.append(ShownField(column, config, config.display_name or name, shade))
    return found


def display(value: Value, field: ShownField, zone: tzinfo = UTC) -> Display:
    """Show a value of a field."""
    config = field.config
    number = float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
    mapped = _mapped(value, config.mappings)
    color = css_color(mapped["color"]) if mapped.get("color") else field_color(field, number)
    if mapped.get("text") is not None:
        text = Text(str(mapped["text"]))
    elif value is None:
        text = Text(NO_VALUE if config.no_value is None else config.no_value)
    else:
        text = _written(value, field, zone)
    return Display(text, color, number, field.name)


def field_color(field: ShownField, number: float | None) -> str:
    """Give the colour of a field at a value, by its colour mode."""
    mode = field.config.color.mode
    if mode == "fixed":
        return css_color(field.config.color.fixed_color)
    if mode == "thresholds":
        low, high = field.config.min or 0.0, 100.0 if field.config.max is None else field.config.max
        return threshold_color(field.config.thresholds, number, low, high)
    return field.palette


def threshold_color(thresholds: Thresholds, number: float | None, low: float = 0, high: float = 100) -> str:
    """Give the colour of the last step that a number reaches; nothing stands in the first."""
    reached = thresholds.steps[0].color if thresholds.steps else "text"
    for step in thresholds.steps[1:]:
        limit = threshold_value(thresholds, step.value, low, high)
        if number is not None and limit is not None and number >= limit:
            reached = step.color
    return css_color(reached)


def threshold_value(thresholds: Thresholds, value: float | None, low: float, high: float) -> float | None:
    """Give a step's limit in the field's own scale."""
    if value is None or thresholds.mode == "absolute":
        return value
    return low + (high - low) * value / 100


def _written(value: Value, field: ShownField, zone: tzinfo) -> Text:
    if isinstance(value, bool):
        return Text("Có" if value else "Không")
    if isinstance(value, str):
        return Text(value)
    unit = field.config.unit
    if field.column.kind == "time" and not unit:
        unit = "time:DD/MM/YYYY HH:mm:ss"
    return format_number(value or 0, unit, field.config.decimals, zone)


def _series_name(column: Column, *, single: bool) -> str:
    words = " ".join(column.labels.values())
    if not words:
        return column.name
    return words if single else f"{column.name} {words}"


def _merged(source: FieldConfigSource, column: Column, name: str, ref_id: str) -> FieldConfig:
    merged: dict[str, Any] = {**source.defaults, "custom": dict(source.defaults.get("custom", {}))}
    for override in source.overrides:
        if _matches(override.matcher, column, name, ref_id):
            for item in override.properties:
                place, _, key = item.id.rpartition(".")
                (merged["custom"] if place == "custom" else merged)[key] = item.value
    return FieldConfig.model_validate(merged)


def _matches(matcher: Matcher, column: Column, name: str, ref_id: str) -> bool:
    match matcher.id:
        case "byName":
            return matcher.options in (name, column.name)
        case "byNames":
            return name in dict(matcher.options or {}).get("names", ())
        case "byRegexp":
            return re.search(_pattern(str(matcher.options)), name) is not None
        case "byType":
            return bool(matcher.options == column.kind)
        case "byFrameRefID":
            return bool(matcher.options == ref_id)
        case _:
            return False


def _pattern(text: str) -> str:
    """Give the expression of `/pattern/flags`, or of a bare pattern."""
    match = re.fullmatch(r"/(.*)/([a-z]*)", text, re.DOTALL)
    if not match:
        return text
    return f"(?i){match[1]}" if "i" in match[2] else match[1]


def name_matches(pattern: str, name: str) -> bool:
    """Tell whether a panel's `fields` option (a name or `/pattern/`) takes a field."""
    if pattern.startswith("/"):
        return re.search(_pattern(pattern), name) is not None
    return pattern == name


def _mapped(value: Value, mappings: list[Mapping]) -> dict[str, Any]:
    for mapping in mappings:
        if (result := _MATCHERS[mapping.type](value, mapping.options)) is not None:
            return result
    return {}


def _by_value(value: Value, options: dict[str, Any]) -> dict[str, Any] | None:
    key = ("true" if value else "false") if isinstance(value, bool) else None if value is None else f"{value}"
    if isinstance(value, float) and value.is_integer():
        key = str(int(value))
    return options.get(key) if key is not None else None


def _by_range(value: Value, options: dict[str, Any]) -> dict[str, Any] | None:
    if isinstance(value, str) or value is None:
        return None
    low, high = options.get("from"), options.get("to")
    inside = (low is None or value >= low) and (high is None or value <= high)
    return dict(options.get("result", {})) if inside else None


def _by_regex(value: Value, options: dict[str, Any]) -> dict[str, Any] | None:
    if not isinstance(value, str):
        return None
    pattern = _pattern(str(options.get("pattern", "")))
    if (match := re.search(pattern, value)) is None:
        return None
    result = dict(options.get("result", {}))
    if result.get("text") is not None:
        # Grafana writes groups as $1, Python as \1.
        result["text"] = value.replace(match[0], match.expand(re.sub(r"\$(\d)", r"\\\1", result["text"])), 1)
    return result


def _by_special(value: Value, options: dict[str, Any]) -> dict[str, Any] | None:
    nothing = value is None
    hit = {
        "null": nothing,
        "nan": nothing,
        "null+nan": nothing,
        "true": value is True,
        "false": value is False,
        "empty": value == "",
    }.get(str(options.get("match")), False)
    return dict(options.get("result", {})) if hit else None


_MATCHERS: Final = {"value": _by_value, "range": _by_range, "regex": _by_regex, "special": _by_special}
