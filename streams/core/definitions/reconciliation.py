"""Definitions: what the digital gate platform and customs (VNACCS/VCIS) say of the same declarations."""

from typing import Final

from streams.core.definitions.model import Definition, Text, Unit

_EACH: Final = "declaration, as both systems know it now"
_DAY: Final = "local day of the first registration on either side; gate"
_SOURCE: Final = "contracts, declaration.v1; domain report, 0.7 and 2, row 10"
_HOUR: Final = "That a declaration may take 60 minutes to reach the other system is assumed."


def _of(  # noqa: PLR0913 - one parameter a field
    name: str,
    titles: tuple[Text, Text],
    unit: Unit,
    formula: Text,
    columns: tuple[str, ...],
    *caveats: Text,
    grain: Text = _DAY,
    source: Text = _SOURCE,
    assumption: str = "",
) -> Definition:
    view = "reconciliation" if grain == _EACH else "reconciliation_by_day"
    return Definition(
        name=name,
        title_vi=titles[0],
        title_en=titles[1],
        unit=unit,
        formula=formula,
        grain=grain,
        columns=tuple(f"{view}.{column}" for column in columns),
        caveats=caveats,
        source=source,
        assumption=assumption,
    )


RECONCILIATION: Final = (
    _of(
        "reconciliation_state",
        ("Tình trạng đối chiếu", "State of a declaration"),
        "word",
        "both uphold it: matched, or value_mismatch; neither: cancelled; known to both, upheld by one:"
        " cancelled_one_side; known to one: pending for 60 minutes, then only_digital or only_customs",
        ("state",),
        "Of each side the newest version stands, by (version, time).",
        grain=_EACH,
        assumption=_HOUR,
    ),
    _of(
        "reconciliation_due",
        ("Đã đến hạn đối chiếu", "Due for reconciliation"),
        "word",
        "60 minutes have passed since the first registration, and at least one side upholds it",
        ("due",),
        grain=_EACH,
        assumption=_HOUR,
    ),
    _of(
        "declared_sides",
        ("Phiên bản và trạng thái từng bên", "Version and status of each side"),
        "word",
        "version_no and status of the newest version; version 0 and no status where a side knows nothing",
        ("digital_version", "customs_version", "digital_status", "customs_status"),
        grain=_EACH,
    ),
    _of(
        "declared_values",
        ("Trị giá khai từng bên", "Value that each side declares"),
        "USD cents",
        "value_usd_minor of the newest version of each side",
        ("digital_usd_minor", "customs_usd_minor"),
        "No trade value: that is counted once, at the crossing.",
        grain=_EACH,
    ),
    _of(
        "declared_difference",
        ("Chênh lệch trị giá khai", "Difference of the declared values"),
        "USD cents",
        "value at customs - value on the platform, where both uphold the declaration",
        ("difference_usd_minor",),
        grain=_EACH,
    ),
    _of(
        "registration_lag",
        ("Độ trễ giữa hai hệ thống", "Lag between the registrations"),
        "s",
        "first registration at customs - first on the platform; below zero where customs were first",
        ("lag_seconds",),
        grain=_EACH,
    ),
    _of(
        "declaration_marks",
        ("Khai trễ, khai sửa", "Late and amended"),
        "word",
        "late: a message came more than 15 minutes after its time; amended: a side has a second version",
        ("late", "amended"),
        "History sent after the fact (`backfill`) is never late.",
        grain=_EACH,
    ),
    _of(
        "declarations_by_state",
        ("Số tờ khai theo tình trạng", "Declarations by state"),
        "declarations",
        "count of declarations, and of those in each reconciliation_state",
        (
            "declarations",
            "matched",
            "value_mismatch",
            "only_digital",
            "only_customs",
            "pending",
            "cancelled",
            "cancelled_one_side",
        ),
        assumption=_HOUR,
    ),
    _of(
        "declarations_due",
        ("Số tờ khai đến hạn và khớp", "Declarations due, and matched among them"),
        "declarations",
        "count where due; of them matched; of them matched with at most 60 minutes between the registrations",
        ("due", "due_matched", "due_matched_60"),
        assumption=_HOUR,
    ),
    _of(
        "match_rate",
        ("Tỷ lệ khớp", "Match rate"),
        "percent",
        "matched among those due / due x 100",
        ("match_percent",),
        "Over several days or gates divide the sums of due_matched and due.",
        assumption=_HOUR,
    ),
    _of(
        "match_rate_60",
        ("Tỷ lệ khớp trong 60 phút", "Match rate at 60 minutes"),
        "percent",
        "matched among those due, registered on both sides within 60 minutes / due x 100",
        ("match_60_percent",),
        "Values are those of now: one that was amended later counts by its last version.",
        source="domain report, 2, default alert rules (under 95 % at 60 minutes)",
        assumption=_HOUR,
    ),
    _of(
        "double_value",
        ("Trị giá có trên cả hai hệ thống", "Value that both systems hold"),
        "USD cents",
        "sum of the smaller of the two values, where both uphold the declaration",
        ("double_usd_minor",),
        "What would be counted twice by adding the two systems; nothing here adds them.",
    ),
    _of(
        "value_at_risk",
        ("Trị giá có nguy cơ tính hai lần", "Value at risk of double counting"),
        "USD cents",
        "value that one side alone upholds, once it is due or cancelled on the other, + mismatch_value",
        ("at_risk_usd_minor",),
        "An upper bound: the same goods may stand under another number on the other side, or may not.",
        assumption="That each such value may be a second declaration of the same goods is assumed.",
    ),
    _of(
        "mismatch_value",
        ("Tổng chênh lệch trị giá", "Sum of the differences"),
        "USD cents",
        "sum of |difference of the declared values| over the mismatches",
        ("mismatch_usd_minor",),
    ),
    _of(
        "lag_of_registrations",
        ("Độ trễ trung bình và trung vị", "Mean and median lag"),
        "s",
        "mean and median of |registration_lag| of the declarations that both sides know",
        ("mean_lag_seconds", "median_lag_seconds"),
        "Over several days read the single declarations: medians do not add up.",
    ),
    _of(
        "late_and_amended",
        ("Số tờ khai trễ và sửa", "Late and amended declarations"),
        "declarations",
        "count of the declarations that are late, and of those that are amended",
        ("late_declarations", "amended_declarations"),
    ),
    _of(
        "digital_declarations",
        ("Số tờ khai trên nền tảng số", "Declarations on the digital gate"),
        "declarations",
        "count of the declarations that the digital gate platform knows",
        ("digital",),
        source="domain report, 2, row 37",
    ),
    _of(
        "digital_adoption",
        ("Tỷ lệ dùng nền tảng cửa khẩu số", "Digital adoption"),
        "percent",
        "declarations that the platform knows / all declarations x 100",
        ("digital_percent",),
        "Of declarations that either system reports; the platform runs at Kim Thành since 2023-08-21.",
        source="domain report, 2, row 37; 003_592cdda6380f25ac.txt",
    ),
    Definition(
        name="visit_adoption",
        title_vi="Tỷ lệ xe có hàng đã khai trước trên nền tảng số",
        title_en="Vehicles declared on the platform before they crossed",
        unit="percent",
        formula="digital_vehicles / loaded_vehicles x 100",
        grain="local day, the last 31; gate, direction",
        columns=("adoption_by_day.digital_percent",),
        caveats=(
            "The platform runs at Kim Thành since 2023-08-21; elsewhere it knows nothing.",
            "Worked out from the events when it is asked for: it takes about a second.",
        ),
        source="domain report, 2, row 37; 003_592cdda6380f25ac.txt",
    ),
    Definition(
        name="declared_vehicles",
        title_vi="Xe có hàng, và xe đã khai trước trên nền tảng số",
        title_en="Loaded vehicles, and those declared on the platform",
        unit="vehicles",
        formula=(
            "visits by their standing `crossed` with goods; of these those all of whose declarations the"
            " digital gate registered before they crossed"
        ),
        grain="local day, the last 31; gate, direction",
        columns=("adoption_by_day.loaded_vehicles", "adoption_by_day.digital_vehicles"),
        source="domain report, 2, row 37; contracts, declaration.v1",
    ),
)
