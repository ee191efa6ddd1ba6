"""How the figures of reports are written: in the units, decimals and words of the boards; pure."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from math import isfinite
from typing import Final

from streams.clock import HANOI
from streams.report.model import Value
from streams.wall.display import NO_VALUE
from streams.wall.units import format_number, vietnamese
from streams.wall.words import age_text


@dataclass(frozen=True)
class Unit:
    """A unit: its name in the catalogue, and how a value is written in it."""

    name: str
    write: Callable[[Value], str]
    #: Whether a change is told in points of the unit itself: percent of percent misleads.
    in_points: bool = False

    def text(self, value: Value) -> str:
        """Write a value; what is missing is a dash, never a silent zero."""
        return NO_VALUE if is_missing(value) else self.write(value)

    def change(self, value: Value, before: Value) -> str:
        """Write how a value differs from the one before; nothing where there is nothing to compare."""
        if not isinstance(value, int | float) or not isinstance(before, int | float):
            return ""
        if is_missing(value) or is_missing(before):
            return ""
        if self.in_points:
            return f"{_signed(value - before)} điểm"
        return f"{_signed((value / before - 1) * 100)} %" if before > 0 else ""


def is_missing(value: Value) -> bool:
    """Tell whether a view had no value to give."""
    return value is None or (isinstance(value, float) and not isfinite(value))


def _signed(number: float) -> str:
    text = vietnamese(number, 1)
    return text if text.startswith("\N{MINUS SIGN}") or text == "0,0" else f"+{text}"


def _number(unit: str, decimals: int, divisor: float = 1) -> Callable[[Value], str]:
    def write(value: Value) -> str:
        return str(format_number(_float(value) / divisor, unit, decimals))

    return write


def _float(value: Value) -> float:
    if isinstance(value, int | float):
        return float(value)
    raise TypeError(f"a number is written in this unit, not {value!r}")


def _age(value: Value) -> str:
    return age_text(_float(value))


def _moment(value: Value) -> str:
    if isinstance(value, datetime):
        return f"{value.astimezone(HANOI):%H:%M %d/%m}"
    return f"{value:%d/%m/%Y}" if isinstance(value, date) else str(value)


def words(meaning: Mapping[str, str]) -> Unit:
    """Give the unit of values that are words of ours: each is shown by its meaning."""
    return Unit("word", lambda value: meaning.get(str(value), clean(str(value))))


def clean(text: str) -> str:
    """Make one line of a text from outside, which cannot steer a terminal."""
    return "".join(char if char.isprintable() else " " for char in text).strip()


USD: Final = Unit("USD cents", _number("suffix:triệu USD", 2, 1e8))
USD_YEAR: Final = Unit("USD cents", _number("suffix:tỷ USD", 5, 1e11))
VND: Final = Unit("VND", _number("suffix:tỷ đồng", 1, 1e9))
VEHICLES: Final = Unit("vehicles", _number("suffix:xe", 0))
COUNT: Final = Unit("records", _number("locale", 0))
MINUTES: Final = Unit("ms", _number("suffix:phút", 2, 60_000))
PERCENT: Final = Unit("percent", _number("percent", 1), in_points=True)
SHARE_OF_YEAR: Final = Unit("percent", _number("percent", 2), in_points=True)
POINTS: Final = Unit("percentage points", _number("suffix:điểm", 4), in_points=True)
RATIO: Final = Unit("ratio", lambda value: _number("percent", 1)(_float(value) * 100))
AGE: Final = Unit("s", _age)
SPENT: Final = Unit("ms", lambda value: age_text(_float(value) / 1000))
TIME: Final = Unit("time", _moment)
DATE: Final = Unit("date", _moment)
TEXT: Final = words({})
