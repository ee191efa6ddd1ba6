"""Definitions: what plants do - states, stops and their price, silence, shares, utilisation; and projects."""

from typing import Final

from streams.core.definitions.model import Definition, in_views

_STATES: Final = "contracts, factory.output.v1; PackML (ISA-TR88.00.02)"
_NEED_11: Final = "domain report, 2, row 11"
_LINE: Final = "run; zone, plant, line"
_STOP: Final = "stop; zone, plant, line"
_NOW: Final = "now; plant"
_SPANS: Final = "24h, 7d, 30d, mtd, ytd, ending now; zone, plant, product"
_UNKNOWN_TIME: Final = "Silence is no stop: time of which nothing is known is not priced."
_RATE: Final = (
    "A line would have gone on at the lower median of its whole hours of the 28 days before. One that was not"
    " seen running then (`rate_basis` nameplate) would have made its full nameplate at an assumed price: an"
    " upper bound, kept apart."
)

PLANTS: Final = (
    Definition(
        name="line_state",
        title_vi="Trạng thái dây chuyền",
        title_en="State of a line",
        unit="word",
        formula="PackML state of consecutive windows with one state and reason; status: execute is producing,"
        " standing with nothing made is stopped, no window for three usual intervals is silent",
        grain=_LINE,
        columns=("line_states.status", "line_states.state", "stops.state", "plants_now.state"),
        caveats=(
            "A line with several products does what is nearest to running of what is said of them.",
            "The usual interval is the length of the last window before the gap.",
            "A gap shorter than three intervals breaks no run.",
        ),
        source=f"{_STATES}; {_NEED_11}",
    ),
    Definition(
        name="state_duration",
        title_vi="Thời gian ở một trạng thái",
        title_en="How long a state has lasted",
        unit="s",
        formula="end of the last window of the run, or now while it goes on, - start of its first window",
        grain="run; plant, line",
        columns=in_views("seconds", "line_states", "plant_states"),
        source=_NEED_11,
    ),
    Definition(
        name="plant_status",
        title_vi="Tình trạng nhà máy",
        title_en="Status of a plant",
        unit="word",
        formula="producing if one of its lines is, else idle if one is, else stopped if one is, else silent;"
        " never_reported where the registry knows it and no report came",
        grain="run, now; plant",
        columns=in_views("status", "plant_states", "plants_now"),
        caveats=(
            "A stop is said (nothing made, a standing state); silence is that nothing is said: two alarms.",
            "Late and backfilled reports change it: it goes by the time of the windows.",
        ),
        source=f"{_STATES}; {_NEED_11}",
    ),
    Definition(
        name="plant_status_duration",
        title_vi="Tình trạng hiện tại kéo dài",
        title_en="How long a plant has been so",
        unit="s",
        formula="now - start of its run; a stop goes on through silence; a plant never seen running stands"
        " still since the registry's day, if that is earlier",
        grain=_NOW,
        columns=("plants_now.seconds", "plants_now.over_30_days", "plants_now.over_90_days"),
        caveats=(
            "A plant that stands for long leaves the province's capacity only by an edit of the registry.",
        ),
        source="domain report, 2, row 33; 000_33f413fdfb34ba06.txt (steel works)",
    ),
    Definition(
        name="plant_lines",
        title_vi="Số dây chuyền theo tình trạng",
        title_en="Lines by their status",
        unit="lines",
        formula="count of the plant's lines by what they do now; `lines`: those of the registry",
        grain=_NOW,
        columns=(
            "plants_now.lines",
            *(
                f"plants_now.lines_{status}"
                for status in ("producing", "idle", "stopped", "silent", "never_reported")
            ),
        ),
        source=_STATES,
    ),
    Definition(
        name="report_interval",
        title_vi="Chu kỳ báo cáo",
        title_en="Usual interval of reports",
        unit="s",
        formula="length of the last window, of several lines the shortest",
        grain=_NOW,
        columns=("plants_now.interval_seconds",),
        source="contracts, factory.output.v1",
    ),
    Definition(
        name="plant_output_now",
        title_vi="Sản lượng sáu giờ so với bình thường",
        title_en="Last six hours against the usual",
        unit="percent",
        formula="value of the last six whole hours / (6 x lower median of the plant's hours with output in"
        " the 28 days before) x 100; six_hours_vnd in VND",
        grain=_NOW,
        columns=("plants_now.typical_percent", "plants_now.six_hours_vnd"),
        caveats=("Below 5 % while reports come in is a plant that stands still without saying so.",),
        source="domain report, 2, default alert rules",
    ),
    Definition(
        name="stop_duration",
        title_vi="Thời gian dừng",
        title_en="Duration of a stop",
        unit="s",
        formula="sum of its stopped runs, up to now while it goes on; unreported_seconds: gaps among them",
        grain=_STOP,
        columns=("stops.seconds", "stops.unreported_seconds", "stop_losses.seconds"),
        caveats=(
            "It ends with a window in which the line runs or is idle, not with another reason or silence.",
            "The last reason that was given counts.",
            "`ended_at` is empty while it goes on, and where the line fell silent standing.",
        ),
        source=f"contracts, factory.output.v1; {_NEED_11}",
    ),
    Definition(
        name="typical_rate",
        title_vi="Giá trị sản xuất thông thường mỗi giờ",
        title_en="Usual output of a line",
        unit="VND an hour",
        formula="lower median of the value of the hours in which the line ran from end to end, of the 28 days"
        " before the stop; rate_hours: how many those are",
        grain=_STOP,
        columns=("stops.rate_vnd_hour", "stops.rate_hours"),
        caveats=("nameplate: capacity x price / lines / 8,760 h, where no such hour is known.",),
        source="domain report, 2, row 11 and default alert rules (28-day median)",
        assumption=_RATE,
    ),
    Definition(
        name="stop_loss",
        title_vi="Giá trị mất do dừng",
        title_en="Output lost to a stop",
        unit="VND",
        formula="typical_rate x stop_duration, rounded down; lost_year_vnd: its part in the local year in"
        " which it ended or goes on",
        grain="stop, local year; plant, line, reason",
        columns=("stops.lost_vnd", "stops.lost_year_vnd", "stop_losses.lost_vnd"),
        caveats=(
            _UNKNOWN_TIME,
            "Planned stops are priced too, and marked `planned`.",
            "stop_losses counts the stops that touch this year and ended in it or go on.",
        ),
        source=f"{_NEED_11}; domain report, 3 (what none of them has, 1)",
        assumption=_RATE,
    ),
    Definition(
        name="stop_points",
        title_vi="Điểm mục tiêu mất do dừng",
        title_en="Points of the target lost to a stop",
        unit="percentage points",
        formula="lost_year_vnd / the province's output target in force of that year x 100; gap_percent: in"
        " percent of what is missing to the target",
        grain="stop, local year; plant, line, reason",
        columns=("stops.lost_points", "stop_losses.lost_points", "stop_losses.gap_percent"),
        caveats=("Without a target record in force it has no value.",),
        source=f"{_NEED_11}; domain report, 3 (what none of them has, 1)",
        assumption=_RATE,
    ),
    Definition(
        name="stop_count",
        title_vi="Số lần dừng trong năm",
        title_en="Stops of the year",
        unit="stops",
        formula="count of stops that ended in this local year or go on",
        grain="this local year; plant, reason, planned, basis of the price",
        columns=("stop_losses.stops",),
        source=_NEED_11,
    ),
    Definition(
        name="output_share",
        title_vi="Tỷ trọng sản xuất",
        title_en="Share of zone and province",
        unit="percent",
        formula="value of the plant's product / value of its zone, or of the province, x 100",
        grain=_SPANS,
        columns=(
            "output_shares.zone_percent",
            "output_shares.province_percent",
            "output_shares.value_vnd",
        ),
        caveats=("Whole hours; month and year in local days.", "All price bases are added."),
        source="domain report, 2, row 12",
    ),
    Definition(
        name="output_points",
        title_vi="Đóng góp vào mục tiêu",
        title_en="Contribution to the target and to the gap",
        unit="percentage points",
        formula="value / the province's output target of this year x 100 (over ytd they add up to the percent"
        " of the target); gap_percent: value / what is missing to the target now x 100",
        grain=_SPANS,
        columns=("output_shares.target_points", "output_shares.gap_percent"),
        caveats=(
            "gap_percent says how much of what is missing another such span would bring; none once reached.",
        ),
        source="domain report, 2, row 12",
    ),
    Definition(
        name="utilisation",
        title_vi="Mức sử dụng công suất thiết kế",
        title_en="Utilisation of the nameplate",
        unit="percent",
        formula="quantity / (nameplate x reported_hours / 8,760) x 100; planned_percent: against the planned"
        " capacity, where one is known",
        grain=_SPANS,
        columns=("utilisation.percent", "utilisation.planned_percent"),
        caveats=(
            "Time of which nothing was reported counts on neither side, time standing still with all of it.",
            "Plants run some 330 days a year, so that 90 % is full.",
        ),
        source="domain report, 2, row 28 and 4.3",
        assumption="nameplate_basis says which nameplates are sourced (s, p, d) and which are assumed (a);"
        " lines share a nameplate evenly.",
    ),
    Definition(
        name="capacity",
        title_vi="Công suất",
        title_en="Capacity",
        unit="unit of the product",
        formula="nameplate and planned_capacity: units a year; capacity: the nameplate's part for the hours"
        " reported; quantity: what was made",
        grain=_SPANS,
        columns=(
            "utilisation.nameplate",
            "utilisation.planned_capacity",
            "utilisation.capacity",
            "utilisation.quantity",
        ),
        source="deploy/registry.toml (nameplate_source, planned_source); domain report, 4.3",
        assumption="nameplate_basis a: assumed.",
    ),
    Definition(
        name="reported_hours",
        title_vi="Số giờ có báo cáo",
        title_en="Hours reported",
        unit="hours",
        formula="time of all windows of all lines / lines of the registry",
        grain=_SPANS,
        columns=("utilisation.reported_hours",),
        source="contracts, factory.output.v1",
    ),
    Definition(
        name="projects",
        title_vi="Dự án theo trạng thái",
        title_en="Projects by state",
        unit="projects",
        formula="count as the source says it; unexplained: total - sum of the states; percent of the total",
        grain="year of the source; scope, state",
        columns=tuple(f"projects_by_state.{name}" for name in ("projects", "total", "percent", "state")),
        caveats=(
            "The states of 2023 add up to 162 of 169: 7 are unexplained.",
            "188 projects elsewhere are of a wider scope.",
        ),
        source="000_33f413fdfb34ba06.txt, 004_74305fc3311ed15a.txt; domain report, conflict C4",
    ),
)
