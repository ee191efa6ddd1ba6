"""The partial tables: their windows, dimensions and measures, for the fold and for the store."""

from dataclasses import dataclass
from typing import Final

from streams.core.windows import DAY_S, HOUR_S


@dataclass(frozen=True)
class PartialTable:
    """A table of partials; `block` windows are loaded together, in the unit of `window_column`."""

    name: str
    window_column: str
    block: int
    dimensions: tuple[str, ...]
    measures: tuple[str, ...]
    has_sketch: bool = False


# Blocks are what one look-up brings: an hour of minutes, a day of hours, a month of days.
_MONTH_DAYS: Final = 32
_GOODS: Final = ("value_usd_minor", "net_mass_kg", "lines")
_TRADE: Final = ("gate_id", "direction", "regime", "hs_chapter"), _GOODS
_COMMODITY: Final = ("gate_id", "direction", "regime", "hs_code"), _GOODS
_REVENUE: Final = ("gate_id", "direction"), ("duty_vnd", "fee_vnd", "payments")
_CROSSINGS: Final = ("gate_id", "direction", "vehicle_class", "loaded"), ("vehicles", "gross_mass_kg")
_LATENCY: Final = (
    ("interval", "gate_id", "direction", "lane_id", "channel"),
    ("vehicles", "within_goal", "total_ms"),
    True,
)
_WAITING: Final = ("gate_id", "direction"), ("vehicles", "arrived", "turned_back")
_OUTPUT: Final = (
    ("zone_id", "plant_id", "line_id", "product", "price_basis", "unit"),
    ("value_vnd", "quantity_micro", "reports"),
)
_LINE_STATE: Final = (
    ("zone_id", "plant_id", "line_id", "state", "stop_reason", "stopped", "window_minutes"),
    ("starts",),
)

# One row a finished interval, with the moment (ms) at which it began.
_FINISHED: Final = (
    ("interval", "gate_id", "direction", "lane_id", "channel", "started_ms"),
    ("vehicles", "stops"),
)
_STEPS: Final = ("agency", "step", "gate_id", "direction", "channel"), ("vehicles", "total_ms"), True
_RESTATEMENT: Final = ("kpi", "place", "cause"), ("difference", "events"), True
_HOLDING: Final = ("gate_id", "direction", "agency", "step"), ("vehicles",)

PARTIAL_TABLES: Final = {
    table.name: table
    for table in (
        PartialTable("trade_minute", "window_start", HOUR_S, *_TRADE),
        PartialTable("trade_day", "day", _MONTH_DAYS, *_TRADE),
        PartialTable("commodity_day", "day", _MONTH_DAYS, *_COMMODITY),
        PartialTable("crossings_minute", "window_start", HOUR_S, *_CROSSINGS),
        PartialTable("crossings_day", "day", _MONTH_DAYS, *_CROSSINGS),
        PartialTable("latency_minute", "window_start", HOUR_S, *_LATENCY),
        PartialTable("latency_day", "day", _MONTH_DAYS, *_LATENCY),
        PartialTable("finished", "ended_at", HOUR_S * 1000, *_FINISHED),
        PartialTable("steps_day", "day", _MONTH_DAYS, *_STEPS),
        PartialTable("holding", "held_at", HOUR_S * 1000, *_HOLDING),
        PartialTable("waiting", "arrived_at", HOUR_S * 1000, *_WAITING),
        PartialTable("revenue_day", "day", _MONTH_DAYS, *_REVENUE),
        PartialTable("output_hour", "window_start", DAY_S, *_OUTPUT),
        PartialTable("output_day", "day", _MONTH_DAYS, *_OUTPUT),
        PartialTable("restatement_day", "day", _MONTH_DAYS, *_RESTATEMENT),
        PartialTable("line_state_hour", "window_start", DAY_S, *_LINE_STATE),
    )
}
