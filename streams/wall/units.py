"""Numbers as Grafana's units write them, in Vietnamese: 51.100 and 3,21."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from math import floor, isfinite, log10
from typing import Final

# A norm above this needs one digit more, as in Grafana's own rule.
_DIGIT_MORE: Final = 2.25
_SCALES: Final[dict[str, tuple[tuple[float, str], ...]]] = {
    "short": ((1e12, "nghìn tỷ"), (1e9, "tỷ"), (1e6, "triệu"), (1e3, "nghìn")),
    "bytes": ((2**40, "TiB"), (2**30, "GiB"), (2**20, "MiB"), (2**10, "KiB"), (1, "B")),
    "decbytes": ((1e12, "TB"), (1e9, "GB"), (1e6, "MB"), (1e3, "kB"), (1, "B")),
}
_TIME_STEPS: Final = (
    (31_536_000, "năm"), (604_800, "tuần"), (86_400, "ngày"), (3600, "giờ"), (60, "phút"), (1, "giây"),
    (1e-3, "ms"), (1e-6, "µs"),
)  # fmt: skip
_TIME_UNITS: Final = {"ns": 1e-9, "µs": 1e-6, "ms": 1e-3, "s": 1, "m": 60, "h": 3600, "d": 86_400}
_CURRENCIES: Final = {
    "currencyUSD": ("$", ""),
    "currencyVND": ("", "đ"),
    "currencyEUR": ("€", ""),
    "currencyCNY": ("¥", ""),
}
_STRFTIME: Final = (
    ("YYYY", "%Y"), ("YY", "%y"), ("MM", "%m"), ("DD", "%d"), ("HH", "%H"), ("mm", "%M"), ("ss", "%S"),
)  # fmt: skip


@dataclass(frozen=True)
class Text:
    """A formatted value: its number apart from what stands before and after it."""

    number: str
    prefix: str = ""
    suffix: str = ""

    def __str__(self) -> str:
        """Join the three."""
        return f"{self.prefix}{self.number}{self.suffix}"


_Writer = Callable[[float, int | None], Text]


def vietnamese(value: float, decimals: int) -> str:
    """Write a number with Vietnamese grouping: 38.456,7."""
    text = f"{value:,.{decimals}f}"
    if float(text.replace(",", "")) == 0:
        text = text.lstrip("-")
    return text.translate(str.maketrans(",.", ".,")).replace("-", "\N{MINUS SIGN}")


def natural_decimals(value: float) -> int:
    """Give the decimals that Grafana chooses where none are set."""
    if value == 0 or value % 1 == 0:
        return 0
    magnitude = floor(log10(abs(value)))
    decimals = 1 - magnitude
    return max(0, decimals + 1 if abs(value) / 10.0**-decimals > _DIGIT_MORE else decimals)


def format_number(value: float, unit: str, decimals: int | None, zone: tzinfo = UTC) -> Text:
    """Write a number in a unit; an unknown unit is the text behind the number, as in Grafana."""
    if not isfinite(value):
        return Text("∞" if value > 0 else "\N{MINUS SIGN}∞")
    if (special := _SPECIAL.get(unit)) is not None:
        return special(value, decimals)
    kind, _, rest = unit.partition(":")
    if kind in ("time", "dateTimeAsIso", "dateTimeAsLocal"):
        return Text(_moment(value, rest or "YYYY-MM-DD HH:mm:ss", zone))
    if rest and (by_kind := _BY_KIND.get(kind)) is not None:
        return by_kind(value, decimals, rest)
    return _plain(value, decimals, f" {unit}")


def _plain(value: float, decimals: int | None, suffix: str = "", prefix: str = "") -> Text:
    digits = natural_decimals(value) if decimals is None else decimals
    return Text(vietnamese(value, digits), prefix, suffix)


def _ungrouped(value: float, decimals: int | None) -> Text:
    """Write a number that nobody gave a unit: a year or a code is not parted by points."""
    return Text(_plain(value, decimals).number.replace(".", ""))


def _scaled(value: float, steps: tuple[tuple[float, str], ...], decimals: int | None) -> Text:
    for size, name in steps:
        if abs(value) >= size:
            return _plain(value / size, decimals, f" {name}")
    return _plain(value, decimals)


def _duration(seconds: float, decimals: int | None) -> Text:
    for size, name in _TIME_STEPS:
        if abs(seconds) >= size:
            return _plain(seconds / size, decimals, f" {name}")
    return _plain(seconds, decimals, " giây")


def _clock(seconds: float, _: int | None) -> Text:
    whole = abs(int(seconds))
    days, rest = divmod(whole, 86_400)
    clock = f"{rest // 3600:02}:{rest % 3600 // 60:02}:{rest % 60:02}"
    return Text(f"{days} ngày {clock}" if days else clock, "\N{MINUS SIGN}" if seconds < 0 else "")


def _moment(milliseconds: float, layout: str, zone: tzinfo) -> str:
    for word, code in _STRFTIME:
        layout = layout.replace(word, code)
    return datetime.fromtimestamp(milliseconds / 1000, zone).strftime(layout)


def _currency(value: float, decimals: int | None, rest: str) -> Text:
    """Write `currency:financial:<symbol>[:suffix]` in full, and `currency:<symbol>` scaled."""
    if not rest.startswith("financial:"):
        scaled = _scaled(value, _SCALES["short"], decimals)
        return Text(scaled.number, rest, scaled.suffix)
    symbol, _, place = rest.removeprefix("financial:").partition(":")
    behind = place == "suffix"
    return Text(vietnamese(value, decimals or 0), "" if behind else symbol, symbol if behind else "")


def _count(value: float, decimals: int | None, rest: str) -> Text:
    scaled = _scaled(value, _SCALES["short"], decimals)
    return Text(scaled.number, "", f"{scaled.suffix} {rest}")


def _scale(unit: str) -> _Writer:
    return lambda value, decimals: _scaled(value, _SCALES[unit], decimals)


def _time(seconds: float) -> _Writer:
    return lambda value, decimals: _duration(value * seconds, decimals)


def _money(before: str, after: str) -> _Writer:
    def write(value: float, decimals: int | None) -> Text:
        scaled = _scaled(value, _SCALES["short"], decimals)
        return Text(scaled.number, before, scaled.suffix + after)

    return write


_SPECIAL: Final[dict[str, _Writer]] = {
    "": _ungrouped,
    "none": _ungrouped,
    "locale": _plain,
    "percent": lambda value, decimals: _plain(value, decimals, " %"),
    "percentunit": lambda value, decimals: _plain(value * 100, decimals, " %"),
    "dthms": _clock,
    "dtdhms": _clock,
    **{unit: _scale(unit) for unit in _SCALES},
    **{unit: _time(seconds) for unit, seconds in _TIME_UNITS.items()},
    **{unit: _money(*signs) for unit, signs in _CURRENCIES.items()},
}
_BY_KIND: Final[dict[str, Callable[[float, int | None, str], Text]]] = {
    "suffix": lambda value, decimals, rest: _plain(value, decimals, f" {rest}"),
    "prefix": lambda value, decimals, rest: _plain(value, decimals, "", rest),
    "count": _count,
    "currency": _currency,
}
