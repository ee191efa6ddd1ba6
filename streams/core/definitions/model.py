"""What a definition says, in one strict form."""

from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, StringConstraints

Text = Annotated[str, StringConstraints(min_length=2, max_length=400)]
Unit = Literal[
    "USD cents",
    "USD cents a vehicle",
    "USD cents a tonne",
    "VND a USD",
    "payments",
    "VND",
    "VND an hour",
    "minor units of the currency",
    "minor units of the currency a day",
    "kg",
    "unit of the product",
    "unit of the KPI",
    "vehicles",
    "declarations",
    "lines",
    "reports",
    "records",
    "stops",
    "projects",
    "ms",
    "s",
    "minutes",
    "hours",
    "days",
    "lanes",
    "places",
    "percent",
    "percentage points",
    "ratio",
    "date",
    "time",
    "word",
    "subscribers",
    "unit of the rule",
    "messages",
    "level",
    "bucket counts",
]

#: Views of single records: each row is a fact with its own words, not a measure.
RECORDS: Final = frozenset({"events", "dead_letters", "findings"})
#: Columns that say of what, where and when a row is; every other column of a view is a measure.
DIMENSIONS: Final = frozenset(
    [
        "window_start",
        "day",
        "topic",
        "first_day",
        "last_day",
        "span",
        "year",
        "interval",
        "indicator",
        "kpi",
        "cause",
        "scope",
        "gate_id",
        "direction",
        "regime",
        "hs_chapter",
        "chapter",
        "hs_heading",
        "hs_code",
        "commodity",
        "regime_class",
        "gate",
        "counterpart",
        "gate_kind",
        "declaration_no",
        "digital_at",
        "customs_at",
        "vehicle_class",
        "loaded",
        "lane_id",
        "channel",
        "shift",
        "agency",
        "step",
        "zone_id",
        "plant_id",
        "line_id",
        "product",
        "price_basis",
        "unit",
        "currency",
        "qualifier",
        "carried",
        "effective_from",
        "until",
        "in_force",
        "source",
        "as_of",
        "planned_at",
        "known_since",
        "assumption",
        "reason",
        "since",
        "forecast_at",
        "lead_hours",
        "status_since",
        "started_at",
        "ended_at",
        "said_at",
        "heard_at",
        "known_until",
        "basis",
        "stop_reason",
        "ongoing",
        "planned",
        "reported_until",
        "last_report",
        "rate_basis",
        "since_basis",
        "nameplate_basis",
        "nameplate_source",
        "planned_source",
        "vi",
        "alert_id",
        "rule",
        "place",
        "severity",
        "fired_at",
        "silent",
        "title_vi",
        "text_vi",
        "acknowledged_by",
        "acknowledged_at",
        "runbook",
        "subscriber",
        "last_sent_at",
        "trouble",
        "first_event",
        "last_event",
        "last_received_at",
    ]
)


class Definition(BaseModel):
    """One KPI: what it is, how it is worked out, where it is read, what it rests on."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    name: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{2,39}$")]
    title_vi: Text
    title_en: Text
    unit: Unit
    formula: Text
    #: What one number is for: its window and its dimensions.
    grain: Text
    #: Where it is read, as `view.column`.
    columns: tuple[Annotated[str, StringConstraints(pattern=r"^[a-z_0-9]+\.[a-z_0-9]+$")], ...]
    caveats: tuple[Text, ...] = ()
    #: The document and section that the definition comes from.
    source: Text
    #: What is assumed; empty where nothing is.
    assumption: str = ""


def in_views(column: str, *views: str) -> tuple[str, ...]:
    """Name a column in several views."""
    return tuple(f"{view}.{column}" for view in views)
