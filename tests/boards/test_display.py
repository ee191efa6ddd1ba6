"""How values are shown: overrides, mappings, thresholds, colours."""

from typing import Any

import pytest

from streams.wall.board import FieldConfigSource, Thresholds
from streams.wall.colors import css_color
from streams.wall.display import ShownField, display, shown_fields, threshold_color
from streams.wall.frames import Column, Frame, Kind, Value

RED, ORANGE, GREEN = css_color("red"), css_color("orange"), css_color("green")
PACE = {
    "mode": "absolute",
    "steps": [
        {"color": "red", "value": None},
        {"color": "orange", "value": 0.95},
        {"color": "green", "value": 1},
    ],
}


def field_of(
    value: Value, defaults: dict[str, Any], overrides: list[dict[str, Any]] | None = None
) -> ShownField:
    """Give the field of one value under a configuration."""
    kind: Kind = "string" if isinstance(value, str) else "boolean" if isinstance(value, bool) else "number"
    source = FieldConfigSource.model_validate({"defaults": defaults, "overrides": overrides or []})
    return shown_fields(Frame((Column("Trễ", kind, (value,)),)), source)[0]


@pytest.mark.parametrize(
    ("number", "colour"),
    [(None, RED), (0.5, RED), (0.949, RED), (0.95, ORANGE), (0.999, ORANGE), (1, GREEN), (7, GREEN)],
)
def test_thresholds_are_reached_from_their_value_on(number: float | None, colour: str) -> None:
    """A number has the colour of the last step that it reaches."""
    assert colour == threshold_color(Thresholds.model_validate(PACE), number)


def test_percentage_thresholds_are_of_the_scale() -> None:
    """A step in percent lies at that part of the field's own scale."""
    steps = {
        "mode": "percentage",
        "steps": [{"color": "green", "value": None}, {"color": "red", "value": 80}],
    }
    thresholds = Thresholds.model_validate(steps)

    assert [GREEN, RED] == [threshold_color(thresholds, number, 0, 10) for number in (7.9, 8)]


@pytest.mark.parametrize(
    ("mapping", "value", "text", "colour"),
    [
        ({"type": "value", "options": {"open": {"text": "Mở", "color": "green"}}}, "open", "Mở", GREEN),
        ({"type": "value", "options": {"1": {"text": "Một"}}}, 1, "Một", css_color("text")),
        ({"type": "value", "options": {"true": {"text": "Đúng"}}}, True, "Đúng", css_color("text")),
        (
            {"type": "range", "options": {"from": 0, "to": 5, "result": {"text": "Ít", "color": "red"}}},
            5,
            "Ít",
            RED,
        ),
        (
            {"type": "range", "options": {"from": None, "to": 0, "result": {"color": "red"}}},
            -2,
            "\N{MINUS SIGN}2",
            RED,
        ),
        (
            {"type": "regex", "options": {"pattern": "^▼ .*", "result": {"color": "red"}}},
            "▼ Chậm 3 %",
            "▼ Chậm 3 %",
            RED,
        ),
        (
            {"type": "regex", "options": {"pattern": "/kcn-(.*)/i", "result": {"text": "KCN $1"}}},
            "KCN-a",
            "KCN a",
            css_color("text"),
        ),
        (
            {"type": "special", "options": {"match": "null", "result": {"text": "?", "color": "red"}}},
            None,
            "?",
            RED,
        ),
    ],
)
def test_mappings(mapping: dict[str, Any], value: Value, text: str, colour: str) -> None:
    """What a mapping matches is shown by its text and colour; a mapping without a text only colours."""
    shown = display(value, field_of(value, {"mappings": [mapping], "color": {"mode": "fixed"}}))

    assert (text, colour) == (str(shown.text), shown.color)


def test_nothing_is_a_dash_or_what_the_board_says() -> None:
    """A missing number never shows as zero."""
    shown = [str(display(None, field_of(None, config)).text) for config in ({}, {"noValue": "Chưa có"})]

    assert ["—", "Chưa có"] == shown


@pytest.mark.parametrize(
    "matcher",
    [
        {"id": "byName", "options": "Trễ"},
        {"id": "byNames", "options": {"names": ["Trễ"]}},
        {"id": "byRegexp", "options": "/^tr/i"},
        {"id": "byType", "options": "number"},
        {"id": "byFrameRefID", "options": "A"},
    ],
)
def test_overrides_win_over_defaults(matcher: dict[str, Any]) -> None:
    """An override that matches a field replaces what the defaults say, deep paths too."""
    properties = [{"id": "unit", "value": "s"}, {"id": "custom.lineWidth", "value": 4}]
    field = field_of(
        5, {"unit": "m", "custom": {"lineWidth": 1}}, [{"matcher": matcher, "properties": properties}]
    )

    assert ("s", 4) == (field.config.unit, field.config.custom["lineWidth"])


def test_an_override_for_another_field_changes_nothing() -> None:
    """A field that no override names keeps the defaults."""
    other = {"matcher": {"id": "byName", "options": "Sớm"}, "properties": [{"id": "unit", "value": "s"}]}

    assert "m" == field_of(5, {"unit": "m"}, [other]).config.unit


@pytest.mark.parametrize("name", ["red; background: url(//x)", "url(x)", "expression(1)"])
def test_what_is_no_colour_is_the_colour_of_text(name: str) -> None:
    """A board cannot write anything but a colour into the page's style."""
    assert css_color("text") == css_color(name)
