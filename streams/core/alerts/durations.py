"""Durations as operators write them: `90s`, `15m`, `6h`, `2d`."""

import re
from typing import Annotated, Final

from pydantic import BeforeValidator

_FORM: Final = re.compile(r"(\d{1,4})([smhd])")
_UNITS: Final = {"s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}


def duration_ms(text: object) -> int:
    """Read a duration as milliseconds.

    Raises:
        ValueError: it is none; the text says how one looks.
    """
    match = _FORM.fullmatch(text) if isinstance(text, str) else None
    if match is None:
        raise ValueError(f"{text!r} is no duration; write 90s, 15m, 6h or 2d, and 0s for at once")
    return int(match[1]) * _UNITS[match[2]]


#: A field that is written as a duration and read as milliseconds.
Duration = Annotated[int, BeforeValidator(duration_ms)]
