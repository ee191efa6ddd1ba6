"""Definitions: progress to the yearly targets, and pace; the formulas are those of `streams/core/pace.py`."""

from typing import Final

from streams.core.definitions.model import Definition, Text, Unit, in_views

_VIEWS: Final = ("progress", "progress_by_target")
_GRAIN: Final = "local calendar year, as of now; indicator, scope, target record"
_REPORT: Final = "domain report, 2, rows 1 to 4"
_MONEY: Final = "minor units of the currency"
_SEASON: Final = (
    "The season: published or derived are January, April, January-April, the half-year and the year of trade"
    " in 2023, January-February and the half-year of output; the other months, the weekdays and the days"
    " around Tết are assumed."
)
_OPEN_DAYS: Final = (
    "Open days: gates are taken as closed from the eve of Tết to its third day, plants as open every day."
)
_EVEN: Final = "The day that runs brings its part evenly through its 24 hours."
_WHOLE_YEAR: Final = "A changed target re-bases the whole year; progress_by_target keeps the earlier record."
_KNOWN: Final = "Without any history of the year it has no value; the history begins at `known_since`."
_CALENDAR: Final = "What happens at the gates does not move it: a closure is a gap, not fewer open days."


def _of(  # noqa: PLR0913 - one parameter a field
    name: str,
    titles: tuple[Text, Text],
    unit: Unit,
    formula: Text,
    columns: tuple[str, ...],
    *caveats: Text,
    source: Text = _REPORT,
    assumption: str = "",
) -> Definition:
    return Definition(
        name=name,
        title_vi=titles[0],
        title_en=titles[1],
        unit=unit,
        formula=formula,
        grain=_GRAIN,
        columns=tuple(place for column in columns for place in in_views(column, *_VIEWS)),
        caveats=caveats,
        source=source,
        assumption=assumption,
    )


PROGRESS: Final = (
    _of(
        "target",
        ("Mục tiêu năm", "Yearly target"),
        _MONEY,
        "value of the target record in force; milliseconds for booth_service_time",
        ("target_minor",),
        "A year without a record of its own is measured against the last one before it: `carried`.",
        "`gte` means more than: 51,100 and 52,200 bn VND are printed so.",
        source="contracts, target.v1; domain report, conflicts C6 and C7",
    ),
    _of(
        "year_to_date",
        ("Từ đầu năm", "Year to date"),
        _MONEY,
        "sum of trade_value, output_value or budget_revenue over the days of the year, in the target's scope",
        ("actual_minor",),
        "Service time does not add up over a year: it has no value.",
    ),
    _of(
        "percent_of_target",
        ("Phần trăm mục tiêu", "Percent of the target"),
        "percent",
        "year_to_date / target x 100",
        ("percent",),
    ),
    _of(
        "gap",
        ("Còn thiếu", "Gap to the target"),
        _MONEY,
        "target - year_to_date; below zero once the target is passed",
        ("gap_minor",),
    ),
    _of(
        "planned",
        ("Kế hoạch đến nay (theo mùa)", "Plan to date, seasonal"),
        _MONEY,
        "target x share of the season that is over, Tết where it lies in this year; rounded down",
        ("planned_minor",),
        _WHOLE_YEAR,
        _EVEN,
        source="domain report, 0.3 and 4.1, 4.3",
        assumption=_SEASON,
    ),
    _of(
        "planned_straight",
        ("Kế hoạch đến nay (đường thẳng)", "Plan to date, straight"),
        _MONEY,
        "target x time that is over / time of the year; rounded down",
        ("planned_straight_minor",),
        "In a normal year it says 5 points behind at the half-year: the season is the better measure.",
        _WHOLE_YEAR,
        source="domain report, 0.3",
    ),
    _of(
        "pace",
        ("Nhịp độ (theo mùa)", "Pace ratio, seasonal"),
        "ratio",
        "year_to_date / planned; 1 is on plan",
        ("pace",),
        _KNOWN,
        assumption=_SEASON,
    ),
    _of(
        "pace_straight",
        ("Nhịp độ (đường thẳng)", "Pace ratio, straight"),
        "ratio",
        "year_to_date / planned_straight",
        ("pace_straight",),
        _KNOWN,
    ),
    _of(
        "points",
        ("Nhanh hay chậm (điểm phần trăm)", "Points ahead or behind"),
        "percentage points",
        "percent_of_target - percent of the season that is over",
        ("points",),
        _KNOWN,
        assumption=_SEASON,
    ),
    _of(
        "open_days",
        ("Ngày mở cửa đã qua và còn lại", "Open days gone and left"),
        "days",
        "open days before today; open days from today to 31 December, today as long as it runs",
        ("open_days_elapsed", "open_days_left"),
        _CALENDAR,
        source="Labour Code 2019, article 112 (five days of Tết); domain report, 4.1 and 4.3",
        assumption=_OPEN_DAYS,
    ),
    _of(
        "needed_per_open_day",
        ("Cần mỗi ngày mở cửa", "Needed per open day"),
        "minor units of the currency a day",
        "gap / open days left, rounded up; 0 once reached",
        ("needed_per_open_day",),
        "The same for each day that is left: the season would ask less of some days, more of others.",
        assumption=_OPEN_DAYS,
    ),
    _of(
        "projection",
        ("Dự báo cả năm", "Projected year end"),
        _MONEY,
        "year_to_date + (1 - share) x year_to_date / covered share, share of the season; rounded down",
        ("projection",),
        "Early in a year a few days decide it: read it with its band.",
        _KNOWN,
        source="ratio method (chain ladder), Mack, ASTIN Bulletin 23/2",
        assumption=_SEASON,
    ),
    _of(
        "projection_band",
        ("Dự báo thấp và cao", "Band of the projection"),
        _MONEY,
        "the rest of the year at the rate of the slowest and of the fastest of the last 12 complete months",
        ("projection_low", "projection_high"),
        "No confidence interval: a closure longer than any of those months is outside it.",
        "It needs three complete months.",
        assumption=_SEASON,
    ),
    _of(
        "reached_on",
        ("Ngày đạt mục tiêu", "Date of reaching the target"),
        "date",
        "first day whose sum reaches the target; else the day of the share at which it will, at this pace",
        ("reached_on",),
        "Without a value: not within the year.",
        assumption=_SEASON,
    ),
    _of(
        "last_year",
        ("Cùng kỳ năm trước (cùng số ngày mở cửa)", "Same period last year, open days"),
        _MONEY,
        "last year's sum over as many open days; the day that runs counts by its part",
        ("last_year_minor",),
        "A year that is over is compared with the whole year before it.",
        "It needs history from 1 January of last year.",
        assumption=_OPEN_DAYS,
    ),
    _of(
        "last_year_percent",
        ("So với cùng kỳ năm trước", "Against the same period last year"),
        "percent",
        "year_to_date / last_year x 100",
        ("last_year_percent",),
        source="001_6716846caa41b391.txt (63.62 %, 129 %); domain report, 2, row 4",
        assumption=_OPEN_DAYS,
    ),
    _of(
        "last_year_season",
        ("Cùng kỳ năm trước (theo Tết)", "Same period last year, Tết-aligned"),
        _MONEY,
        "last year's sum up to the point at which the same share of its season was over",
        ("last_year_season_minor",),
        "It needs history from 1 January of last year.",
        assumption=_SEASON,
    ),
    _of(
        "last_year_season_percent",
        ("So với cùng kỳ năm trước (theo Tết)", "Against last year, Tết-aligned"),
        "percent",
        "year_to_date / last_year_season x 100",
        ("last_year_season_percent",),
        assumption=_SEASON,
    ),
    Definition(
        name="plan_curve",
        title_vi="Đường kế hoạch",
        title_en="Plan lines",
        unit="percent",
        formula="share of the season, and of the year's time, that is over by the end of the day",
        grain="local day; indicator",
        columns=("plan_by_day.planned_percent", "plan_by_day.straight_percent"),
        caveats=("For the years 2015 to 2050.",),
        source="domain report, 0.3 and 4.1, 4.3",
        assumption=_SEASON,
    ),
    Definition(
        name="open_calendar",
        title_vi="Lịch mở cửa",
        title_en="Open days of the year",
        unit="days",
        formula="whether the day is open, and the open days from 1 January to its end",
        grain="local day; indicator",
        columns=("plan_by_day.open", "plan_by_day.open_days_elapsed"),
        caveats=(_CALENDAR,),
        source="Labour Code 2019, article 112 (five days of Tết); domain report, 4.1 and 4.3",
        assumption=_OPEN_DAYS,
    ),
)
