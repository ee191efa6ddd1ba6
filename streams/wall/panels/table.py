"""Table: the rows as they came, with coloured cells where the board asks."""

from typing import Literal
from urllib.parse import quote

from streams.wall.colors import ink_on
from streams.wall.display import ShownField, display, shown_fields
from streams.wall.frames import Value
from streams.wall.panels.drawing import Drawing, Picture, no_value, render
from streams.wall.values import Options

_MOST_ROWS = 200
_LOOKS = {"color-background": "filled", "color-text": "coloured"}


class TableOptions(Options):
    """Grafana's options of a table panel."""

    show_header: bool = True
    cell_height: Literal["sm", "md", "lg", "auto"] = "sm"


def draw(picture: Picture) -> Drawing:
    """Draw a table panel of the first result that has fields."""
    options = TableOptions.model_validate(picture.panel.options)
    frame = next((frame for frame in picture.frames if frame.columns), None)
    if frame is None:
        return no_value(picture)
    fields = [field for field in shown_fields(frame, picture.panel.field_config) if not _hidden(field)]
    rows = [
        [_cell(field, field.column.values[row], picture) for field in fields]
        for row in range(min(frame.length, _MOST_ROWS))
    ]
    heads = [{"name": field.name, "width": _width(field), **_looks(field)} for field in fields]
    html = render(
        "table.html.j2",
        picture,
        heads=heads,
        rows=rows,
        show_header=options.show_header,
        cell_height=options.cell_height,
    )
    return Drawing(html)


def _cell(field: ShownField, value: Value, picture: Picture) -> dict[str, object]:
    shown = display(value, field, picture.zone)
    link = field.config.links[0].url if field.config.links and value is not None else ""
    href = picture.choice.kept(link).replace("${__value.raw}", quote(str(value), safe=""))
    return {"shown": shown, "href": href, "ink": ink_on(shown.color), **_looks(field)}


def _hidden(field: ShownField) -> bool:
    hide_from = field.config.custom.get("hideFrom", {})
    return bool(field.config.custom.get("hidden") or hide_from.get("viz"))


def _width(field: ShownField) -> int | None:
    width = field.config.custom.get("width")
    return int(width) if isinstance(width, int | float) else None


def _looks(field: ShownField) -> dict[str, str]:
    cell = field.config.custom.get("cellOptions", {})
    align = field.config.custom.get("align", "auto")
    right = align == "right" or (align == "auto" and field.column.kind == "number")
    return {"kind": "right" if right else "left", "look": _LOOKS.get(cell.get("type", ""), "")}
