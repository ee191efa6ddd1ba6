"""Text: words in markdown, made safe."""

from typing import Final

import markdown2

from streams.wall.panels.drawing import Drawing, Picture, message, render
from streams.wall.values import Options

# A heading can be linked to, and a_b_c is a name, as in Grafana.
_EXTRAS: Final = ["header-ids", "code-friendly", "tables"]


class TextOptions(Options):
    """Grafana's options of a text panel."""

    mode: str = "markdown"
    content: str = ""


def draw(picture: Picture) -> Drawing:
    """Draw a text panel; HTML of its own stands there as it was written, and runs nothing."""
    options = TextOptions.model_validate(picture.panel.options)
    if options.mode != "markdown":
        return message(picture, options.content)
    words = markdown2.markdown(options.content, safe_mode="escape", extras=_EXTRAS)
    return Drawing(render("text.html.j2", picture, words=words))
