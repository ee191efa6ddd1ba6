"""Definitions: lanes, how busy they are and what they can pass."""

from typing import Final

from streams.core.definitions.model import Definition

_LANES: Final = "domain report, 0.5 and 2, row 16"
_USE: Final = "last hour, and today since local midnight; lane, and gate"
_CAPACITY: Final = "today, else the last seven days; gate, direction"
_ENDED: Final = "A service counts whole where it ends: just after an opening the share may exceed 100."
_REGISTRY_LANES: Final = (
    "A lane's direction is the one in its name; only Kim Thành's number of lanes is public."
)

LANES: Final = (
    Definition(
        name="lane_services",
        title_vi="Số xe làn đã phục vụ",
        title_en="Vehicles served by a lane",
        unit="vehicles",
        formula="count of booth services that ended in the span",
        grain=_USE,
        columns=("lane_use.vehicles",),
        source=_LANES,
    ),
    Definition(
        name="lane_busy",
        title_vi="Thời gian làn bận và mở",
        title_en="Time for which lanes were busy, and open",
        unit="s",
        formula="sum of the booth services that ended in the span; beside it the time: of a lane the"
        " span's part of its hours, of a gate the sum of lanes_open over time, as gate.state says",
        grain=_USE,
        columns=(
            "lane_use.busy_seconds",
            "lane_use.seconds",
            "lanes_now.busy_seconds_1h",
            "lanes_now.lane_seconds_1h",
            "lanes_now.busy_seconds_today",
            "lanes_now.lane_seconds_today",
        ),
        caveats=(_ENDED,),
        source=_LANES,
    ),
    Definition(
        name="lane_use",
        title_vi="Mức sử dụng làn",
        title_en="Use of lanes",
        unit="percent",
        formula="busy seconds / seconds open * 100",
        grain=_USE,
        columns=("lane_use.percent", "lanes_now.use_percent_1h", "lanes_now.use_percent_today"),
        caveats=(_ENDED, "Of a lane the last hour is the whole hour, open or not."),
        source=_LANES,
    ),
    Definition(
        name="gate_capacity",
        title_vi="Năng lực thông qua",
        title_en="Capacity at the service time of today",
        unit="vehicles",
        formula="60 * hours * lanes / minutes of booth service, mean and median; an hour and a day",
        grain=_CAPACITY,
        columns=tuple(
            f"gate_capacity.{name}" for name in ("per_hour", "per_day", "per_hour_median", "per_day_median")
        ),
        caveats=("What booths pass if vehicles never lack; papers and the other side may pass fewer.",),
        source="domain report, 0.5 and 4.2 (60 x 12 x lanes / service)",
        assumption=_REGISTRY_LANES,
    ),
    Definition(
        name="gate_capacity_one_more",
        title_vi="Năng lực khi thêm một làn",
        title_en="Capacity with one lane more",
        unit="vehicles",
        formula="60 * hours * (lanes + 1) / minutes of mean booth service",
        grain=_CAPACITY,
        columns=("gate_capacity.per_hour_one_more", "gate_capacity.per_day_one_more"),
        source="domain report, 0.5 and 2, row 16",
        assumption=_REGISTRY_LANES,
    ),
    Definition(
        name="capacity_lanes",
        title_vi="Số làn của chiều",
        title_en="Lanes of a direction",
        unit="lanes",
        formula="lanes of the registry whose name has the direction",
        grain=_CAPACITY,
        columns=("gate_capacity.lanes",),
        source="registry, lanes",
        assumption=_REGISTRY_LANES,
    ),
    Definition(
        name="capacity_hours",
        title_vi="Số giờ mở cửa tính năng lực",
        title_en="Hours a day of a capacity",
        unit="hours",
        formula="length of the gate's hours",
        grain=_CAPACITY,
        columns=("gate_capacity.hours",),
        source=_LANES,
    ),
    Definition(
        name="capacity_service",
        title_vi="Thời gian phục vụ tính năng lực",
        title_en="Booth service time of a capacity",
        unit="ms",
        formula="mean and median of booth service of the span",
        grain=_CAPACITY,
        columns=("gate_capacity.mean_ms", "gate_capacity.median_ms"),
        caveats=("The median is within 1 %: it comes from a DDSketch.",),
        source=_LANES,
    ),
    Definition(
        name="capacity_sample",
        title_vi="Số xe tính năng lực",
        title_en="Sample of a capacity",
        unit="vehicles",
        formula="booth services of today; of the last seven days where today has fewer than 20",
        grain=_CAPACITY,
        columns=("gate_capacity.sample",),
        source=_LANES,
    ),
    Definition(
        name="value_per_vehicle",
        title_vi="Giá trị mỗi xe",
        title_en="Value per vehicle",
        unit="USD cents",
        formula="trade value / crossings of the last 28 complete local days; empty vehicles count",
        grain="28 days; gate, direction",
        columns=("gate_capacity.value_per_vehicle",),
        source="domain report, 3, what we can add, 7",
    ),
    Definition(
        name="capacity_of_plan",
        title_vi="Năng lực so với kế hoạch năm",
        title_en="Capacity in percent of the yearly target",
        unit="percent",
        formula="capacity a day * value per vehicle * open days of the year / trade target in force * 100",
        grain="this year; gate, direction",
        columns=("gate_capacity.plan_percent", "gate_capacity.plan_percent_one_more"),
        caveats=("A ceiling, not a forecast: so many vehicles may not come.",),
        source="domain report, 3, what we can add, 7",
        assumption="Gates are closed on the five days of Tết; " + _REGISTRY_LANES,
    ),
)
