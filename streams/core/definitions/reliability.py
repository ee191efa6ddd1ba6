"""Definitions: what a trader can plan with: the goal's share, the mean, the buffer, open hours, stops."""

from typing import Final

from streams.core.definitions.model import Definition, in_views

_VIEWS: Final = ("latency_summary", "latency_by_shift")
_GRAIN: Final = "local day, shift; interval, gate, direction, lane or channel"
_DAY: Final = "local day; interval, gate, direction, lane or channel"
_FHWA: Final = "FHWA, ops.fhwa.dot.gov/publications/fhwahop12014/data_analysis.htm; domain report, 3"
_SHIFTS: Final = (
    "A shift begins as the registry says (06:00, 14:00, 22:00: assumed) and ends where the next one begins;"
    " what crosses midnight belongs to the day on which it began."
)
_FINISHED: Final = "Of finished intervals alone: clearing_now has those that still wait."

RELIABILITY: Final = (
    Definition(
        name="within_goal_percent",
        title_vi="Tỷ lệ xe đạt mục tiêu 2 phút",
        title_en="Share of vehicles served within the goal",
        unit="percent",
        formula="within_goal / vehicles x 100 of booth services; no value for the other intervals",
        grain=_GRAIN,
        columns=in_views("within_goal_percent", *_VIEWS),
        caveats=("Only booth service has the goal of two minutes.", _SHIFTS, _FINISHED),
        source="003_592cdda6380f25ac.txt; domain report, 2, row 5",
        assumption="The hours of the shifts.",
    ),
    Definition(
        name="latency_mean",
        title_vi="Thời gian trung bình",
        title_en="Mean of a latency",
        unit="ms",
        formula="total_ms / vehicles",
        grain=_GRAIN,
        columns=in_views("mean_ms", *_VIEWS),
        caveats=(_SHIFTS, _FINISHED),
        source=_FHWA,
        assumption="The hours of the shifts.",
    ),
    Definition(
        name="buffer_time",
        title_vi="Thời gian dự phòng",
        title_en="Buffer time",
        unit="ms",
        formula="p95 - mean, at least 0: what to add to the mean so as to be in time 19 times out of 20",
        grain=_GRAIN,
        columns=in_views("buffer_ms", *_VIEWS),
        caveats=("Of few vehicles it says little: see the sample size.", _SHIFTS, _FINISHED),
        source=_FHWA,
        assumption="The hours of the shifts.",
    ),
    Definition(
        name="buffer_index",
        title_vi="Chỉ số dự phòng",
        title_en="Buffer index",
        unit="ratio",
        formula="buffer time / mean",
        grain=_GRAIN,
        columns=in_views("buffer_index", *_VIEWS),
        caveats=("0.4 means: plan for 40 % more than the mean.", _SHIFTS, _FINISHED),
        source=_FHWA,
        assumption="The hours of the shifts.",
    ),
    Definition(
        name="open_hours_latency",
        title_vi="Thời gian tính trong giờ mở cửa",
        title_en="Latency within opening hours",
        unit="ms",
        formula=(
            "of each interval only the time within the gate's ordinary opening hours (registry); mean, and"
            " the sample's values of rank floor(q (n - 1))"
        ),
        grain=_DAY,
        columns=tuple(
            column
            for name in ("open_mean_ms", "open_p50_ms", "open_p90_ms", "open_p95_ms")
            for column in in_views(name, "latency_summary")
        ),
        caveats=(
            "Of the same vehicles as the wall-clock figures; booth service has none.",
            "By today's registry, for the past too; when a gate closed within its hours it counts as open.",
            _FINISHED,
        ),
        source="domain report, 2, rows 6 and 9",
        assumption="The opening hours of every gate but Kim Thành.",
    ),
    Definition(
        name="stops_per_visit",
        title_vi="Số lần dừng khai báo mỗi lượt xe",
        title_en="Stops of a visit for declarations and inspections",
        unit="stops",
        formula="steps (docs, inspection) that agencies began in a cleared visit: their mean and the most",
        grain="local day of the release; gate, direction, channel",
        columns=("latency_summary.stops_mean", "latency_summary.stops_max"),
        caveats=(
            "A step that one agency began twice is one stop.",
            "What is asked for without a record is not in it.",
        ),
        source="000_33f413fdfb34ba06.txt (declaration points, informal charges); domain report, 2, row 25",
    ),
)
