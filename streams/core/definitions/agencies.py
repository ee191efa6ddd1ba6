"""Definitions: how long each agency's steps take, and which agency holds a vehicle now."""

from typing import Final

from streams.core.definitions.model import Definition, in_views

_GRAIN: Final = "local day of the step's end; agency, step, gate, direction, channel"
_SOURCE: Final = "contracts, clearance.stage.v1; domain report, 2, row 24"
_STEP: Final = "docs_start to docs_end, inspection_start to inspection_end of one agency"
_NOW: Final = "now; gate, direction, agency, step"
_HOLDS: Final = (
    "an agency holds a vehicle while a step of its own has begun and not ended; where none has, lodged papers"
    " are with the agency that acted last (step `waiting`, since it took over); release, refusal or"
    " cancellation end it"
)

AGENCIES: Final = (
    Definition(
        name="step_time",
        title_vi="Thời gian từng khâu của từng cơ quan",
        title_en="Time of an agency's step",
        unit="ms",
        formula=f"{_STEP}, earliest start to latest end of a visit; mean and percentiles",
        grain=_GRAIN,
        columns=tuple(
            column
            for name in ("mean_ms", "p50_ms", "p90_ms", "p95_ms", "p99_ms")
            for column in in_views(name, "steps_by_day")
        ),
        caveats=(
            "Percentiles come from summed DDSketches: within 1 % of the exact value of the sample.",
            "Steps of several agencies may run side by side: they do not add up to the clearance.",
            "Wall-clock time. A step that ends before it starts is a finding and counts nowhere.",
        ),
        source=_SOURCE,
    ),
    Definition(
        name="step_sample",
        title_vi="Số lượt của từng khâu",
        title_en="Sample size of a step",
        unit="vehicles",
        formula="count of visits in which the agency's step has both ends",
        grain=_GRAIN,
        columns=("steps_by_day.vehicles",),
        source=_SOURCE,
    ),
    Definition(
        name="step_total",
        title_vi="Tổng thời gian của từng khâu",
        title_en="Sum of an agency's step",
        unit="ms",
        formula="sum of the finished steps: the largest is where most time goes",
        grain=_GRAIN,
        columns=("steps_by_day.total_ms",),
        source=f"{_SOURCE} and 25",
    ),
    Definition(
        name="step_sketch",
        title_vi="Phân bố thời gian của từng khâu",
        title_en="Distribution of an agency's step",
        unit="bucket counts",
        formula="DDSketch of 1 % accuracy, as in latency_by_day; sketches add with sumMap",
        grain=_GRAIN,
        columns=("steps_by_day.sketch",),
        source="Masson, Rim, Lee: DDSketch, VLDB 2019",
    ),
    Definition(
        name="holding_vehicles",
        title_vi="Xe đang nằm ở từng cơ quan",
        title_en="Vehicles that an agency holds now",
        unit="vehicles",
        formula=_HOLDS,
        grain=_NOW,
        columns=("holding_now.vehicles",),
        caveats=(
            "Taken within the last 72 hours: an end that was never reported does not stay for ever.",
            "Two agencies at work on one vehicle both hold it.",
        ),
        source=_SOURCE,
    ),
    Definition(
        name="holding_oldest",
        title_vi="Xe nằm ở cơ quan lâu nhất",
        title_en="Longest time that an agency has held a vehicle",
        unit="s",
        formula="now - when the agency took it (start of its step, else its first act in turn), the longest",
        grain=_NOW,
        columns=("holding_now.oldest_seconds",),
        source=_SOURCE,
    ),
)
