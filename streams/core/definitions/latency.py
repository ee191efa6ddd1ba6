"""Definitions: how long vehicles take, and how many still wait."""

from typing import Final

from streams.core.definitions.model import Definition, in_views

_VIEWS: Final = ("latency_by_minute", "latency_by_day", "latency_rolling")
_SHIFT: Final = "latency_by_shift"
_PERCENTILES: Final = tuple(
    column
    for name in ("p50_ms", "p90_ms", "p95_ms", "p99_ms")
    for column in in_views(name, *_VIEWS, "latency_summary", _SHIFT)
)
_GRAIN: Final = (
    "minute, shift, local day, rolling span of the interval's end; gate, direction, lane or channel"
)
_SKETCH: Final = "Percentiles come from summed DDSketches: within 1 % of the exact value of the sample."
_FINISHED: Final = "Only finished intervals: read them beside the vehicles that wait, or a jam looks fast."
_WAITING: Final = "arrived, neither crossed nor turned back"
_CLEARING: Final = "contracts, clearance.stage.v1; domain report, 0.4 and 0.6"
_NOW: Final = "now; gate, direction"

LATENCY: Final = (
    Definition(
        name="booth_service",
        title_vi="Thời gian phục vụ tại bàn",
        title_en="Booth service time",
        unit="ms",
        formula="booth_end - booth_start, earliest start to latest end of a visit; rows `booth_service`",
        grain=_GRAIN,
        columns=_PERCENTILES,
        caveats=(
            "The goal of under two minutes is for this interval alone, never for dwell or clearance.",
            _FINISHED,
            _SKETCH,
        ),
        source="003_592cdda6380f25ac.txt (4-6 minutes to under 2); domain report, 0.4 and conflict C9",
    ),
    Definition(
        name="gate_dwell",
        title_vi="Thời gian trong khu cửa khẩu",
        title_en="Gate dwell time",
        unit="ms",
        formula="crossed - arrived of a visit, the earliest of each; rows `gate_dwell`",
        grain=_GRAIN,
        columns=_PERCENTILES,
        caveats=(
            "Wall-clock time: closed hours are in it; latency_summary has the open hours beside it.",
            _FINISHED,
            _SKETCH,
        ),
        source=_CLEARING,
    ),
    Definition(
        name="clearance",
        title_vi="Thời gian thông quan",
        title_en="Clearance time",
        unit="ms",
        formula="released - lodged of a visit's papers, earliest to latest; rows `clearance`",
        grain=_GRAIN,
        columns=_PERCENTILES,
        caveats=(
            "By the latest known channel; a channel that arrives late moves the interval.",
            _FINISHED,
            _SKETCH,
        ),
        source=_CLEARING,
    ),
    Definition(
        name="latency_sample",
        title_vi="Số xe đã đo",
        title_en="Sample size of a latency",
        unit="vehicles",
        formula="count of finished intervals",
        grain=_GRAIN,
        columns=in_views("vehicles", *_VIEWS, "latency_summary", _SHIFT),
        caveats=("An interval that ends before it starts is a finding and counts nowhere.",),
        source=_CLEARING,
    ),
    Definition(
        name="within_goal",
        title_vi="Số xe đạt mục tiêu 2 phút",
        title_en="Vehicles served within the goal",
        unit="vehicles",
        formula="count of booth services of at most 120,000 ms; its share is within_goal / vehicles",
        grain=_GRAIN,
        columns=in_views("within_goal", *_VIEWS, _SHIFT),
        caveats=("Only booth service has a goal; it is 0 in the other intervals.",),
        source="003_592cdda6380f25ac.txt; domain report, 2, row 5",
    ),
    Definition(
        name="latency_total",
        title_vi="Tổng thời gian",
        title_en="Sum of a latency",
        unit="ms",
        formula="sum of the finished intervals; the mean is total_ms / vehicles",
        grain=_GRAIN,
        columns=in_views("total_ms", *_VIEWS, _SHIFT),
        source=_CLEARING,
    ),
    Definition(
        name="latency_sketch",
        title_vi="Phân bố thời gian",
        title_en="Distribution of a latency",
        unit="bucket counts",
        formula="DDSketch of 1 % accuracy: bucket i counts the values in (g^(i-1), g^i], g = 1.01 / 0.99",
        grain=_GRAIN,
        columns=in_views("sketch", *_VIEWS, _SHIFT),
        caveats=("Sketches add with sumMap; kpi_quantile(sketch, q) reads a percentile of the sum.",),
        source="Masson, Rim, Lee: DDSketch, VLDB 2019; design, Percentiles",
    ),
    Definition(
        name="waiting_vehicles",
        title_vi="Xe đang chờ",
        title_en="Vehicles waiting",
        unit="vehicles",
        formula=f"count of visits that {_WAITING}, within the last 72 hours",
        grain=_NOW,
        columns=in_views("vehicles", "waiting_now", "clearing_now"),
        caveats=("A vehicle whose crossing was never reported waits until it is stale.",),
        source="domain report, 0.6 and 2, row 7",
    ),
    Definition(
        name="waiting_oldest",
        title_vi="Xe chờ lâu nhất",
        title_en="Age of the oldest waiting vehicle",
        unit="s",
        formula=f"now - arrived, the longest of the visits that {_WAITING}, within the last 72 hours",
        grain=_NOW,
        columns=in_views("oldest_seconds", "waiting_now", "clearing_now"),
        source="domain report, 0.6 and 2, row 7",
    ),
    Definition(
        name="waiting_over_2h",
        title_vi="Xe chờ trên 2 giờ",
        title_en="Vehicles waiting over two hours",
        unit="vehicles",
        formula=f"count of visits that {_WAITING} for 2 to 72 hours",
        grain=_NOW,
        columns=in_views("over_2h", "waiting_now", "clearing_now"),
        source="domain report, 0.6",
    ),
    Definition(
        name="waiting_stale",
        title_vi="Xe chờ quá 72 giờ",
        title_en="Stale arrivals",
        unit="vehicles",
        formula=f"count of visits that {_WAITING} for more than 72 hours; shown apart, in no other figure",
        grain=_NOW,
        columns=in_views("stale", "waiting_now", "clearing_now"),
        source="interface, Meanings",
    ),
)
