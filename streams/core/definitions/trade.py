"""Definitions: what passes the gates."""

from typing import Final

from streams.core.definitions.model import Definition, in_views

_TRADE: Final = (
    *("trade_by_minute", "trade_by_day", "trade_rolling"),
    *("gate_trade_by_day", "commodity_by_day"),
)
_SUMS: Final = (*_TRADE, "gate_traffic_by_day")
_TRADE_GRAIN: Final = (
    "minute, local day, rolling span; gate (pair), direction, regime, HS chapter, by day the declared HS code"
)
_CROSSINGS: Final = ("crossings_by_minute", "crossings_by_day")
_CROSSING: Final = "contracts, gate.crossing.v1"
_ONCE: Final = "A visit counts once: of several crossings that do not correct each other the earliest counts."

TRADE: Final = (
    Definition(
        name="trade_value",
        title_vi="Giá trị hàng hóa qua cửa khẩu",
        title_en="Trade value through the gates",
        unit="USD cents",
        formula="sum of value_usd_minor of the goods lines of loaded vehicles, at the moment of crossing",
        grain=_TRADE_GRAIN,
        columns=(
            *in_views("value_usd_minor", *_SUMS, "trade_by_regime"),
            "trade_by_regime.headline_usd_minor",
            "revenue_by_day.trade_usd_minor",
        ),
        caveats=(
            "Exports and imports do not add up to it: in published periods 25-45 % are other regimes.",
            _ONCE,
            "The source documents use three definitions of trade; this one counts every regime.",
        ),
        source=f"{_CROSSING}; domain report, 0.1, 0.7 and conflict C5",
    ),
    Definition(
        name="trade_mass",
        title_vi="Khối lượng hàng hóa (tịnh)",
        title_en="Net mass of goods",
        unit="kg",
        formula="sum of net_mass_kg of the goods lines, at the moment of crossing",
        grain=_TRADE_GRAIN,
        columns=in_views("net_mass_kg", *_SUMS),
        caveats=(_ONCE,),
        source=_CROSSING,
    ),
    Definition(
        name="trade_lines",
        title_vi="Số dòng hàng",
        title_en="Goods lines",
        unit="lines",
        formula="count of goods lines, at the moment of crossing",
        grain=_TRADE_GRAIN,
        columns=in_views("lines", *_TRADE),
        caveats=("Lines, not declarations: one declaration has several and may cover several vehicles.",),
        source=_CROSSING,
    ),
    Definition(
        name="crossings",
        title_vi="Lượt phương tiện qua cửa khẩu",
        title_en="Vehicles across the border",
        unit="vehicles",
        formula="count of visits by their standing `crossed`",
        grain="minute, local day; gate, direction, vehicle class, loaded or empty",
        columns=in_views("vehicles", *_CROSSINGS),
        caveats=(_ONCE, "A railway wagon is one vehicle."),
        source=_CROSSING,
    ),
    Definition(
        name="crossings_mass",
        title_vi="Tổng khối lượng phương tiện",
        title_en="Gross mass of vehicles",
        unit="kg",
        formula="sum of gross_mass_kg of the visits that crossed",
        grain="minute, local day; gate, direction, vehicle class, loaded or empty",
        columns=in_views("gross_mass_kg", *_CROSSINGS),
        caveats=("Vehicles that were not weighed count with 0.",),
        source=_CROSSING,
    ),
)
