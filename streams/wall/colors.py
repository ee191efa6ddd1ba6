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
# Where black and white have the same contrast to a colour, by WCAG 2.
_TURNS_AT: Final = 0.179
_LINEAR_UP_TO: Final = 0.04045
_DARK_INK: Final = "#10131A"
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


def ink_on(code: str) -> str:
    """Give black or white, whichever reads better on a colour that is written `#rrggbb`; else white."""
    if not re.fullmatch(r"#[0-9A-Fa-f]{6}", code):
        return _NAMED["white"]
    red, green, blue = (_linear(int(code[at : at + 2], 16) / 255) for at in (1, 3, 5))
    light = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    return _DARK_INK if light > _TURNS_AT else _NAMED["white"]


def _linear(part: float) -> float:
    """Give the light of a part of sRGB, as WCAG 2 counts it."""
    return part / 12.92 if part <= _LINEAR_UP_TO else ((part + 0.055) / 1.055) ** 2.4
