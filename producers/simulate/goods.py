"""What a vehicle carries: declaration lines with mass and value, as JSON text."""

from datetime import date
from random import Random
from typing import Final, NamedTuple

from producers.simulate.chance import unit_lognormal
from producers.simulate.commodities import Commodity, value_scale
from producers.simulate.money import Money, priced

_VALUE_SIGMA: Final = 0.25
_MASS_SIGMA: Final = 0.08
_TWO_LINES_SHARE: Final = 0.2
_FULLEST: Final = 1.3


class Load(NamedTuple):
    """The goods of one vehicle; `lines` are JSON objects without value fields, each with its money."""

    declaration_no: str
    regime: str
    hs_chapter: str
    lines: tuple[tuple[str, Money], ...]
    net_mass_kg: int
    usd_minor: int
    fx_date: date


def draw_load(rng: Random, commodity: Commodity, declaration: tuple[str, int], day: date) -> Load:
    """Draw the goods of a vehicle; `declaration` is its number and the first free line of it."""
    cents = commodity.usd * 100 * value_scale() * unit_lognormal(rng, _VALUE_SIGMA)
    mass = commodity.tonnes * 1000 * min(_FULLEST, unit_lognormal(rng, _MASS_SIGMA))
    currency = commodity.currencies[int(rng.random() * len(commodity.currencies))]
    parts = (0.6, 0.4) if rng.random() < _TWO_LINES_SHARE else (1.0,)
    number, first_line = declaration
    hs_code = ""
    lines = []
    for line_no, part in enumerate(parts, first_line):
        hs_code = commodity.hs_codes[int(rng.random() * len(commodity.hs_codes))]
        text = (
            f'"declaration_no":"{number}","line_no":{line_no},"hs_code":"{hs_code}",'
            f'"regime":"{commodity.regime}","net_mass_kg":{int(mass * part)}'
        )
        lines.append((text, priced(int(cents * part), currency, day)))
    usd_minor = sum(money.usd_minor for _, money in lines)
    return Load(number, commodity.regime, hs_code[:2], tuple(lines), int(mass), usd_minor, day)


def load_text(load: Load, revision: float = 1.0) -> str:
    """Write the `goods` of a crossing; a revision scales each value, as an amended declaration does."""
    day = load.fx_date
    return ",".join(_line_text(text, _revised(money, revision, day), day) for text, money in load.lines)


def _revised(money: Money, revision: float, day: date) -> Money:
    if revision == 1.0:
        return money
    return priced(max(1, int(money.usd_minor * revision)), money.currency, day)


def _line_text(text: str, money: Money, day: date) -> str:
    return (
        f'{{{text},"value_minor":{money.value_minor},"currency":"{money.currency}",'
        f'"value_usd_minor":{money.usd_minor},"fx_rate":"{money.rate}","fx_date":"{day}"}}'
    )
