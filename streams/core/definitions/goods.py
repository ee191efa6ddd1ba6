"""Definitions: what trade is made of - vehicles, regimes, commodities."""

from typing import Final

from streams.core.definitions.model import Definition

_VEHICLES: Final = "local day; gate pair and its kind, direction"
_CROSSING: Final = "contracts, gate.crossing.v1"
_NO_TRUCK: Final = (
    "A railway wagon is one vehicle; a simulated day of grid electricity is one of class `other`."
)

GOODS: Final = (
    Definition(
        name="loaded_and_empty",
        title_vi="Xe có hàng, xe không",
        title_en="Loaded and empty vehicles",
        unit="vehicles",
        formula="crossings with `loaded` true, and those without",
        grain=_VEHICLES,
        columns=("gate_traffic_by_day.loaded_vehicles", "gate_traffic_by_day.empty_vehicles"),
        caveats=(_NO_TRUCK,),
        source=f"{_CROSSING}; domain report, 2, row 14",
    ),
    Definition(
        name="loaded_percent",
        title_vi="Tỷ lệ xe có hàng",
        title_en="Share of loaded vehicles",
        unit="percent",
        formula="loaded vehicles / all vehicles x 100",
        grain=_VEHICLES,
        columns=("gate_traffic_by_day.loaded_percent",),
        source="domain report, 4.1",
    ),
    Definition(
        name="value_per_loaded",
        title_vi="Giá trị mỗi xe có hàng",
        title_en="Value per loaded vehicle",
        unit="USD cents a vehicle",
        formula="trade_value / loaded vehicles",
        grain=_VEHICLES,
        columns=("gate_traffic_by_day.value_per_loaded",),
        caveats=(_NO_TRUCK, "Over several days divide the sums, do not average the days."),
        source="domain report, 4.1 (February 2020: 11.0 kUSD a truck)",
    ),
    Definition(
        name="value_per_tonne",
        title_vi="Giá trị mỗi tấn",
        title_en="Value per tonne",
        unit="USD cents a tonne",
        formula="trade_value / trade_mass in kg x 1000",
        grain="local day; gate pair and direction, or gate, direction, regime and declared HS code",
        columns=("gate_traffic_by_day.value_per_tonne", "commodity_by_day.value_per_tonne"),
        caveats=("Net mass; goods without mass, such as electricity, have no value here.",),
        source="domain report, 4.1",
    ),
    Definition(
        name="regime_share",
        title_vi="Tỷ trọng theo loại hình",
        title_en="Share of a regime in the day's trade",
        unit="percent",
        formula="trade_value of the regime / trade_value of all regimes x 100; they add up to 100",
        grain="local day; regime, in the classes export, import, other",
        columns=("trade_by_regime.percent",),
        caveats=("`other`: temporary import, re-export, transit, bonded, border residents.",),
        source="domain report, 0.1 and 4.1 (25-45 % are neither export nor import)",
    ),
)
