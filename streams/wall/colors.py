"""Grafana's named colours, and the safe use of any other that a board writes."""

import re
from typing import Final

# Per hue: super-light, light, plain, semi-dark, dark; the values of Grafana's dark theme.
_HUES: Final = {
    "red": ("#FFA6B0", "#FF7383", "#F2495C", "#E02F44", "#C4162A"),
    "orange": ("#FFCB7D", "#FFB357", "#FF9830", "#FF780A", "#FA6400"),
    "yellow": ("#FFF899", "#FFEE52", "#FADE2A", "#F2CC0C", "#E0B400"),
    "green": ("#C8F2C2", "#96D98D", "#73BF69", "#56A64B", "#37872D"),
    "blue": ("#C0D8FF", "#8AB8FF", "#5794F2", "#3274D9", "#1F60C4"),
    "purple": ("#DEB6F2", "#CA95E5", "#B877D9", "#A352CC", "#8F3BB8"),
}
_SHADES: Final = ("super-light-", "light-", "", "semi-dark-", "dark-")
_OTHERS: Final = {
    "text": "#E6E8EE",
    "transparent": "transparent",
    "white": "#FFFFFF",
    "black": "#000000",
    "gray": "#8E95A3",
    "grey": "#8E95A3",
}
_NAMED: Final = _OTHERS | {
    f"{shade}{hue}": code for hue, codes in _HUES.items() for shade, code in zip(_SHADES, codes, strict=True)
}
_WRITTEN: Final = re.compile(r"#[0-9A-Fa-f]{3,8}|rgba?\([0-9., %]+\)|hsla?\([0-9., %a-z]+\)")

#: The order in which series without a colour of their own take one.
PALETTE: Final = tuple(
    _NAMED[name] for name in ("blue", "orange", "purple", "green", "yellow", "light-red", "light-blue")
)


def css_color(name: str) -> str:
    """Give the CSS of a colour; what is no colour becomes the colour of text."""
    if name in _NAMED:
        return _NAMED[name]
    return name if _WRITTEN.fullmatch(name) else _NAMED["text"]
