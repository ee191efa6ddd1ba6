"""Definitions: yards, and what the other side accepts."""

from typing import Final

from streams.core.definitions.model import Definition

_YARD: Final = "domain report, 2, row 17"
_NOW: Final = "now; gate"
_REGISTRY_YARD: Final = "Where no gate.state says the capacity it is the registry's, which is assumed."

YARDS: Final = (
    Definition(
        name="yard_present",
        title_vi="Xe trong bãi",
        title_en="Vehicles in the yard",
        unit="vehicles",
        formula="yard_present if the gate said it within the last hour (basis `said`), else the vehicles that"
        " wait at the gate (`counted`), which stand beside it in any case",
        grain=_NOW,
        columns=("yards_now.present", "yards_now.waiting"),
        source=_YARD,
    ),
    Definition(
        name="yard_capacity",
        title_vi="Sức chứa của bãi",
        title_en="Capacity of the yard",
        unit="places",
        formula="yard_capacity of the latest gate.state, else the registry's",
        grain=_NOW,
        columns=("yards_now.capacity",),
        source=_YARD,
        assumption=_REGISTRY_YARD,
    ),
    Definition(
        name="yard_occupancy",
        title_vi="Tỷ lệ lấp đầy bãi",
        title_en="Occupancy of the yard",
        unit="percent",
        formula="present / capacity * 100",
        grain=_NOW,
        columns=("yards_now.occupancy_percent",),
        source=_YARD,
        assumption=_REGISTRY_YARD,
    ),
    Definition(
        name="yard_flow",
        title_vi="Xe vào, ra và chênh lệch mỗi giờ",
        title_en="Inflow, outflow and their difference an hour",
        unit="vehicles",
        formula="arrivals; crossings and turns back; arrivals less those",
        grain="last hour; gate",
        columns=("yards_now.inflow_1h", "yards_now.outflow_1h", "yards_now.net_1h"),
        source=_YARD,
    ),
    Definition(
        name="yard_time_to_full",
        title_vi="Số phút đến khi đầy bãi",
        title_en="Time until the yard is full",
        unit="minutes",
        formula="(capacity - present) / net_1h * 60, rounded down; 0 when full, none while it does not fill",
        grain=_NOW,
        columns=("yards_now.minutes_to_full",),
        caveats=("If the next hours go as the last one.",),
        source=_YARD,
        assumption=_REGISTRY_YARD,
    ),
    Definition(
        name="national_level",
        title_vi="Mức ùn tắc theo thang quốc gia",
        title_en="Level on the national scale",
        unit="level",
        formula="1 under 500 vehicles present, 2 from 500, 3 from 1,000, 4 over 5,000",
        grain=_NOW,
        columns=("yards_now.national_level",),
        caveats=("The levels of the single window's map; the colours are not stated in our sources.",),
        source="domain report, 2, row 31, and 3 (vnsw.gov.vn)",
    ),
    Definition(
        name="counterpart_acceptance",
        title_vi="Số xe phía bạn tiếp nhận",
        title_en="Vehicles that the other side accepted",
        unit="vehicles",
        formula="outbound crossings of the day; left_over = arrived - accepted - turned back",
        grain="local day; gate",
        columns=("acceptance_by_day.accepted", "acceptance_by_day.left_over"),
        caveats=(
            "Inferred from our own exits: only where vehicles are left over is it what the other side takes.",
            "Vehicles of the day before cross too, so left_over may be negative.",
        ),
        source="domain report, 2, row 32, and 3, what we can add, 8",
    ),
    Definition(
        name="acceptance_of_usual",
        title_vi="Tiếp nhận so với thường lệ",
        title_en="Acceptance in percent of the usual",
        unit="percent",
        formula="accepted / median of the 28 days before * 100",
        grain="local day; gate",
        columns=("acceptance_by_day.percent_of_usual",),
        caveats=("Today is not over.",),
        source="domain report, 2, row 32",
    ),
)
