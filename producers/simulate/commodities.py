"""What crosses the border: commodity classes with their trucks, value, weight and season.

Figures of 2023 from domain.md 4.1; those without a public source are our assumption, and so are all HS codes,
currencies and the split of transit and rail. Rail is split such that exports, imports and the other regimes
have the shares that nine months of 2022 had (41.6, 27.1 and 31.3 %), near which all published periods lie.
"""

from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Final, Literal

from producers.simulate.calendar import share_of_month

Season = tuple[float, ...]
# Value in USD and tonnes of one vehicle, and vehicles in the base year.
_Figures = tuple[float, float, int]
Direction = Literal["outbound", "inbound"]
Kind = Literal["road", "rail", "resident", "grid"]

YEAR_VALUE_MUSD: Final = 2150.0
MONTH_VALUE_MUSD: Final[Season] = (131, 140, 176, 143, 176, 190, 185, 210, 225, 215, 180, 179)
_FITTING_ROUNDS: Final = 30

_FLAT: Final[Season] = (1,) * 12
_DURIAN: Final[Season] = (0.05, 0.05, 0.1, 0.3, 1, 1.2, 1.5, 2.4, 2.4, 1.2, 0.4, 0.2)
_DRAGON_FRUIT: Final[Season] = (1.5, 1.4, 1.3, 0.9, 0.7, 0.6, 0.6, 0.6, 0.7, 0.9, 1.4, 1.5)
_BANANA: Final[Season] = (1.5, 1.5, 1.5, 1.4, 0.8, 0.6, 0.5, 0.5, 0.6, 0.8, 1, 1.4)
_WATERMELON: Final[Season] = (1.5, 2, 2.4, 2.2, 1.6, 0.4, 0.2, 0.2, 0.2, 0.3, 0.4, 0.6)
_LYCHEE: Final[Season] = (0, 0, 0, 0, 0.6, 1.4, 0, 0, 0, 0, 0, 0)
_CASSAVA: Final[Season] = (1.6, 1.5, 1.5, 1.3, 0.7, 0.5, 0.4, 0.4, 0.5, 0.8, 1.3, 1.5)
_VEGETABLES: Final[Season] = (1.5, 1.4, 1.1, 0.9, 0.8, 0.8, 0.8, 0.8, 0.8, 0.9, 1, 1.4)
_FLOWERS: Final[Season] = (3, 1.4, 0.8, 0.7, 0.7, 0.6, 0.6, 0.6, 0.7, 0.8, 0.9, 1.2)
_FERTILISER: Final[Season] = (0.7, 1.3, 1.4, 1.4, 1.3, 1.2, 1.1, 0.8, 0.7, 0.7, 0.7, 0.7)
_DRY_MONTHS: Final[Season] = (0.6, 0.6, 0.8, 1.6, 1.9, 1.9, 1.5, 0.8, 0.6, 0.5, 0.6, 0.6)
_BEFORE_TET: Final[Season] = (1.8, 1, 0.8, 0.8, 0.8, 0.8, 0.8, 0.9, 1, 1, 1.1, 1.5)

CNY: Final = ("CNY",)
USD: Final = ("USD",)
MIXED: Final = ("USD", "CNY", "CNY", "VND")
LOCAL: Final = ("VND", "CNY")


@dataclass(frozen=True)
class Commodity:
    """One class of goods in one direction: figures of the base year, per truck or wagon."""

    name: str
    direction: Direction
    regime: str
    hs_codes: tuple[str, ...]
    usd: float
    tonnes: float
    vehicles: int
    season: Season = _FLAT
    kind: Kind = "road"
    currencies: tuple[str, ...] = MIXED

    @property
    def value_musd(self) -> float:
        """Give the value of the base year before fitting."""
        return self.usd * self.vehicles / 1e6


def _out(name: str, hs: str, figures: _Figures, season: Season = _FLAT) -> Commodity:
    return Commodity(name, "outbound", "export", tuple(hs.split()), *figures, season)


def _in(name: str, hs: str, figures: _Figures, season: Season = _FLAT) -> Commodity:
    return Commodity(name, "inbound", "import", tuple(hs.split()), *figures, season)


def _transit(direction: Direction, regime: str, hs: str, vehicles: int) -> Commodity:
    return Commodity(regime, direction, regime, tuple(hs.split()), 60_000, 20, vehicles, currencies=USD)


def _rail(direction: Direction, name: str, regime: str, hs: str, wagons: int) -> Commodity:
    codes = tuple(hs.split())
    return Commodity(name, direction, regime, codes, 13_500, 45, wagons, kind="rail", currencies=CNY)


def _resident(direction: Direction, hs: str) -> Commodity:
    codes = tuple(hs.split())
    return Commodity(
        "residents", direction, "border_resident", codes, 2_000, 5, 7_500, kind="resident", currencies=LOCAL
    )


COMMODITIES: Final = (
    _out("durian", "081060", (80_000, 17.5, 2_890), _DURIAN),
    _out("dragon-fruit", "08109092", (18_000, 20, 5_280), _DRAGON_FRUIT),
    _out("banana", "080390", (8_500, 18, 5_290), _BANANA),
    _out("watermelon", "080711", (7_000, 25, 4_000), _WATERMELON),
    _out("lychee", "08109010", (10_500, 18, 1_620), _LYCHEE),
    _out("other-fruit", "08109040 080450 08109030", (11_000, 18, 4_550)),
    _out("cassava", "071410 110814", (7_500, 30, 5_330), _CASSAVA),
    _out("veneer", "440839 440890", (7_000, 25, 5_000)),
    _out("other-out", "030617 640399 620342", (10_000, 18, 800)),
    _out("phosphorus-minerals", "280470 260111", (45_000, 25, 4_470)),
    _in("vegetables-fruit", "070310 070490 080810 080610", (5_000, 11, 24_000), _VEGETABLES),
    _in("flowers", "060311 060290", (6_000, 10, 2_500), _FLOWERS),
    _in("fertiliser", "310221 310530", (9_000, 30, 7_780), _FERTILISER),
    _in("chemicals", "281511 290511", (14_000, 25, 5_710)),
    _in("machinery", "842951 850440 847989", (30_000, 15, 3_670)),
    _in("plastics", "390120 392690", (12_000, 20, 2_920)),
    _in("food", "170490 190531 210690", (9_000, 18, 3_330), _BEFORE_TET),
    _in("coke-road", "270400", (9_000, 30, 1_780)),
    _in("consumer-goods", "940360 950300 732393", (8_000, 12, 3_750)),
    _transit("inbound", "temporary_import", "020714 080610 870421", 3_500),
    _transit("outbound", "re_export", "020714 080610 870421", 3_500),
    _transit("inbound", "transit", "854231 847130", 1_200),
    _transit("outbound", "transit", "020714 150790", 1_200),
    _transit("outbound", "bonded", "854231 240220", 600),
    _rail("outbound", "ores", "export", "260111 260300", 6_500),
    _rail("outbound", "fertiliser-rail", "export", "310530 310310", 3_100),
    _rail("outbound", "sulphur", "transit", "250300", 1_000),
    _rail("inbound", "fertiliser-rail", "transit", "310210 310420", 3_450),
    _rail("inbound", "coke-rail", "import", "270400", 1_050),
    _resident("outbound", "070999 100630 030342"),
    _resident("inbound", "611020 732393 070320"),
    # One declaration a day for what came over the line: 60 M USD at 65 USD a MWh.
    Commodity("electricity", "inbound", "import", ("271600",), 60e6 / 365, 0, 365, _DRY_MONTHS, "grid", CNY),
)


@cache
def _fitted() -> tuple[tuple[float, ...], ...]:
    """Fit the vehicles of each class and month to the months' published values and the class's own year."""
    rows = [[c.value_musd * weight / sum(c.season) for weight in c.season] for c in COMMODITIES]
    scale = YEAR_VALUE_MUSD / sum(c.value_musd for c in COMMODITIES)
    for _ in range(_FITTING_ROUNDS):
        for row, commodity in zip(rows, COMMODITIES, strict=True):
            row[:] = [value * commodity.value_musd * scale / sum(row) for value in row]
        totals = [sum(month) for month in zip(*rows, strict=True)]
        for row in rows:
            row[:] = [v * t / total for v, t, total in zip(row, MONTH_VALUE_MUSD, totals, strict=True)]
    return tuple(
        tuple(value * c.vehicles / (c.value_musd * scale) for value in row)
        for row, c in zip(rows, COMMODITIES, strict=True)
    )


@cache
def value_scale() -> float:
    """Give the factor on each vehicle's value that makes the base year sum to the published total."""
    return YEAR_VALUE_MUSD / sum(c.value_musd for c in COMMODITIES)


def vehicles_on(commodity: int, day: date) -> float:
    """Give how many vehicles of a class (an index into `COMMODITIES`) a day has at the base year's level."""
    return float(_fitted()[commodity][day.month - 1] * share_of_month(day))
