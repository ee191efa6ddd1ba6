"""Which events are behind the rows of each view: by this `kpi explain` opens a number.

A view over partials is one entry here, and needs no code: the events that contribute under `stem` in
`sql/verify/PART.sql`, told apart by the dimensions of its rows.
"""

from collections.abc import Mapping
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict

#: What a row of the view spans. `span`: a rolling span, `waiting`: the last 72 hours, `last_hour`: the
#: minutes of the last 60, `sixty_minutes`: these to the millisecond, `today`, `week`: one and seven local
#: days up to the one that runs, `state`: the last word of each subject, `standing`: since its state began,
#: `run`: from its start to its end, `declared`: all that is said of a day's declarations, `declaration`: of
#: one, `newest`: the newest event of each source.
Window = Literal[
    "minute", "hour", "shift", "day", "span", "year", "waiting", "last_hour", "sixty_minutes", "today",
    "week", "state", "standing", "run", "declared", "declaration", "newest",
]  # fmt: skip


class Behind(BaseModel):
    """The events behind a view's rows, or behind those rows that `when` names."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    view: str
    window: Window
    #: The part of `sql/verify` that recomputes it, and the name under which that contributes.
    part: Literal["crossings", "clearances", "outputs", "registers", ""] = ""
    stem: str = ""
    #: The columns that the parts of a contribution's dimensions are, in order; "" where the view adds up.
    dimensions: tuple[str, ...] = ()
    #: column of the view -> the numbers of the contributions that add up to it, joined by "+"
    measures: dict[str, str] = {}
    #: Columns that an event of this kind says itself, and what it says happened: so is one found that counts
    #: no more. Without `points` none is looked for.
    fields: tuple[str, ...] = ()
    points: tuple[str, ...] = ()
    #: Only rows with these values.
    when: dict[str, tuple[str, ...]] = {}
    #: Only events with these values, whatever the row.
    only: dict[str, tuple[str, ...]] = {}
    #: Only events that came after their day was published: they add nothing to compare with the row.
    restating: bool = False
    #: The views by small and by large windows that a rolling span is made of.
    made_of: tuple[str, ...] = ()
    #: Only events of this type, where the part reads several.
    event_type: str = ""
    #: The columns by which a row is chosen, where they are not its dimensions.
    chosen_by: tuple[str, ...] = ()
    #: Only one row can be opened: what several say does not add up.
    single: bool = False

    @property
    def columns(self) -> tuple[str, ...]:
        """Give the columns by which a row is chosen."""
        span = ("span",) if self.window == "span" else ()
        return self.chosen_by or (*span, *filter(None, dict.fromkeys((*self.dimensions, *self.fields))))


Kind = Mapping[str, object]

_TRADE: Final[Kind] = {
    "part": "crossings",
    "stem": "trade",
    "dimensions": ("gate_id", "direction", "regime", "hs_chapter"),
    "measures": {"value_usd_minor": "value_usd_minor", "net_mass_kg": "net_mass_kg", "lines": "lines"},
    "fields": ("gate_id", "direction", "regime", "hs_chapter"),
    "points": ("crossed",),
}
_CROSSINGS: Final[Kind] = {
    "part": "crossings",
    "stem": "crossings",
    "dimensions": ("gate_id", "direction", "vehicle_class", "loaded"),
    "measures": {"vehicles": "vehicles", "gross_mass_kg": "gross_mass_kg"},
    "fields": ("gate_id", "direction", "vehicle_class", "loaded"),
    "points": ("crossed",),
}
_OUTPUT: Final[Kind] = {
    "part": "outputs",
    "stem": "output",
    "dimensions": ("zone_id", "plant_id", "line_id", "product", "price_basis", "unit"),
    "measures": {"value_vnd": "value_vnd", "quantity": "quantity_micro", "reports": "reports"},
    "fields": ("zone_id", "plant_id", "line_id", "product", "price_basis", "unit"),
    "points": ("",),
}
_LATENCY: Final[Kind] = {
    "stem": "latency",
    "dimensions": ("interval", "gate_id", "direction", "lane_id", "channel"),
    "measures": {"vehicles": "vehicles", "within_goal": "within_goal", "total_ms": "total_ms"},
    "fields": ("gate_id", "direction"),
}
# interval -> what recomputes it, and the event that ends it
_ENDS: Final = {
    "booth_service": ("crossings", "booth_end"),
    "gate_dwell": ("crossings", "crossed"),
    "clearance": ("clearances", "released"),
}
_STAYS: Final[Kind] = {"part": "crossings", "stem": "waiting", "dimensions": ("gate_id", "direction")}
_ARRIVALS: Final[Kind] = {
    **_STAYS,
    "measures": {"arrived": "arrived", "turned_back": "turned_back"},
    "fields": ("gate_id", "direction"),
    "points": ("arrived", "turned_back"),
}
_HOLDING: Final[Kind] = {
    "part": "clearances",
    "stem": "holding",
    "dimensions": ("gate_id", "direction", "agency", "step"),
    "measures": {"vehicles": "vehicles"},
}
_GATE_STATES: Final[Kind] = {
    "part": "registers",
    "stem": "gate_states",
    "fields": ("gate_id",),
    "points": ("",),
    "event_type": "vn.laocai.kpi.gate.state.v1",
}
_TARGETS: Final[Kind] = {
    "part": "registers",
    "stem": "targets",
    "fields": ("indicator", "scope"),
    "points": ("",),
    "window": "state",
    "event_type": "vn.laocai.kpi.target.v1",
}


def _of(view: str, window: Window, *kinds: Kind, **more: object) -> list[Behind]:
    return [Behind.model_validate({"view": view, "window": window, **more, **kind}) for kind in kinds]


_INTERVALS: Final[list[Kind]] = [
    {**_LATENCY, "part": part, "points": (end,), "when": {"interval": (interval,)}}
    for interval, (part, end) in _ENDS.items()
]

_REGIMES: Final[Kind] = {
    **_TRADE,
    "dimensions": ("", "", "regime"),
    "measures": {"value_usd_minor": "value_usd_minor"},
    "fields": ("regime",),
}
_COMMODITY: Final[Kind] = {
    **_TRADE,
    "stem": "commodity",
    "dimensions": ("gate_id", "direction", "regime", "hs_code"),
    "fields": ("gate_id", "direction", "regime", "hs_code"),
}
_REVENUE: Final[Kind] = {
    "part": "clearances",
    "stem": "revenue",
    "dimensions": ("gate_id", "direction"),
    "measures": {"duty_vnd": "duty_vnd", "fee_vnd": "fee_vnd", "payments": "payments"},
    "fields": ("gate_id", "direction"),
    "points": ("duty_paid",),
}
_STEPS: Final[Kind] = {
    "part": "clearances",
    "stem": "steps",
    "dimensions": ("agency", "step", "gate_id", "direction", "channel"),
    "measures": {"vehicles": "vehicles", "total_ms": "total_ms"},
}
_LINES: Final[Kind] = {
    "part": "outputs",
    "stem": "line_state",
    "dimensions": ("zone_id", "plant_id", "line_id"),
    "fields": ("zone_id", "plant_id", "line_id"),
    "points": ("",),
}
# `stopped` is a contribution's sixth dimension.
_STOPPED: Final[Kind] = {
    **_LINES,
    "dimensions": ("zone_id", "plant_id", "", "", "stop_reason", "stopped"),
    "only": {"stopped": ("1",)},
}
_DECLARATIONS: Final[Kind] = {
    "part": "registers",
    "stem": "declarations",
    "fields": ("declaration_no",),
    "points": ("",),
    "event_type": "vn.laocai.kpi.declaration.v1",
}


def _counting(kind: Kind, **measures: str) -> Kind:
    return {**kind, "measures": measures}


def _loads(loaded: str, column: str) -> Kind:
    return {**_counting(_CROSSINGS, **{column: "vehicles"}), "only": {"loaded": (loaded,)}}


def _outbound(kind: Kind, column: str, number: str) -> Kind:
    return {**_counting(kind, **{column: number}), "only": {"direction": ("outbound",)}}


_PROGRESS: Final[list[Kind]] = [
    {**_counting(_TRADE, actual_minor="value_usd_minor"), "when": {"indicator": ("trade_value",)}},
    {**_counting(_OUTPUT, actual_minor="value_vnd"), "when": {"indicator": ("industrial_output",)}},
    {**_counting(_REVENUE, actual_minor="duty_vnd+fee_vnd"), "when": {"indicator": ("budget_revenue",)}},
    _TARGETS,
]
_TRAFFIC: Final[list[Kind]] = [
    _loads("true", "loaded_vehicles"),
    _loads("false", "empty_vehicles"),
    _counting(_TRADE, value_usd_minor="value_usd_minor", net_mass_kg="net_mass_kg"),
]
_BOOTH: Final = {"interval": ("booth_service",)}
_SERVICES: Final[Kind] = {
    **_INTERVALS[0],
    "when": {},
    "only": _BOOTH,
    "dimensions": ("interval", "gate_id", "direction"),
    "measures": {"sample": "vehicles"},
}
# A lane's direction is the registry's, not that of the vehicle.
_IN_LANES: Final[Kind] = {
    **_SERVICES,
    "dimensions": ("interval", "", "", "lane_id"),
    "measures": {"vehicles": "vehicles", "busy_seconds": "total_ms"},
    "fields": ("gate_id",),
}
# What is restated -> the events that it is made of.
_RESTATED: Final[list[Kind]] = [
    {**_TRADE, "when": {"kpi": ("trade_value",)}},
    {**_CROSSINGS, "when": {"kpi": ("vehicles",)}},
    {**_OUTPUT, "when": {"kpi": ("industrial_output",)}},
    {**_INTERVALS[0], "when": {"kpi": ("booth_p50", "booth_p90")}, "only": _BOOTH},
]
# What the gate said of its lanes and its yard in the last three days: what is older is no news.
_SAID_LATELY: Final[Kind] = {**_GATE_STATES, "window": "waiting"}
#: Every view that has events behind it.
BEHIND: Final = [
    *_of("trade_by_minute", "minute", _TRADE),
    *_of("trade_by_day", "day", _TRADE),
    *_of("trade_rolling", "span", _TRADE, made_of=("trade_by_minute", "trade_by_day")),
    *_of("trade_by_regime", "day", _REGIMES),
    *_of("gate_trade_by_day", "day", _TRADE, chosen_by=("gate_id", "direction", "regime")),
    *_of("gate_traffic_by_day", "day", *_TRAFFIC, chosen_by=("gate_id", "direction")),
    *_of("commodity_by_day", "day", _COMMODITY),
    *_of("revenue_by_day", "day", _REVENUE),
    *_of("adoption_by_day", "day", _loads("true", "loaded_vehicles"), chosen_by=("gate_id", "direction")),
    *_of("reconciliation", "declaration", _DECLARATIONS, chosen_by=("declaration_no",)),
    *_of("reconciliation_by_day", "declared", _DECLARATIONS, chosen_by=("gate_id",)),
    *_of("crossings_by_minute", "minute", _CROSSINGS),
    *_of("crossings_by_day", "day", _CROSSINGS),
    *_of("latency_by_minute", "minute", *_INTERVALS),
    *_of("latency_by_day", "day", *_INTERVALS),
    *_of("latency_rolling", "span", *_INTERVALS, made_of=("latency_by_minute", "latency_by_day")),
    *_of("latency_summary", "day", *(_counting(kind, vehicles="vehicles") for kind in _INTERVALS)),
    *_of("latency_by_shift", "shift", *_INTERVALS),
    *_of("steps_by_day", "day", _STEPS),
    *_of("output_by_hour", "hour", _OUTPUT),
    *_of("output_by_day", "day", _OUTPUT),
    *_of("output_rolling", "span", _OUTPUT, made_of=("output_by_hour", "output_by_day")),
    *_of(
        "output_shares",
        "span",
        _counting(_OUTPUT, value_vnd="value_vnd"),
        made_of=("output_by_hour", "output_by_day"),
        chosen_by=("span", "zone_id", "plant_id", "product"),
    ),
    *_of(
        "utilisation",
        "span",
        _counting(_OUTPUT, quantity="quantity_micro"),
        made_of=("output_by_hour", "output_by_day"),
        chosen_by=("span", "plant_id", "product"),
    ),
    *_of("line_states", "run", _LINES),
    *_of("plant_states", "run", _LINES, chosen_by=("zone_id", "plant_id")),
    *_of("stops", "run", _LINES),
    *_of("stop_losses", "year", _STOPPED, chosen_by=("zone_id", "plant_id", "stop_reason"), single=True),
    *_of("plants_now", "standing", _LINES, chosen_by=("zone_id", "plant_id")),
    *_of("waiting_now", "waiting", _counting(_STAYS, vehicles="vehicles")),
    *_of("holding_now", "waiting", _HOLDING),
    *_of(
        "clearing_now",
        "waiting",
        _counting(_STAYS, vehicles="vehicles"),
        {**_counting(_CROSSINGS, crossed_1h="vehicles"), "window": "last_hour"},
        chosen_by=("gate_id", "direction"),
    ),
    *_of("arrivals_by_hour", "hour", _ARRIVALS),
    *_of(
        "acceptance_by_day",
        "day",
        _outbound(_CROSSINGS, "accepted", "vehicles"),
        _outbound(_ARRIVALS, "arrived", "arrived"),
        chosen_by=("gate_id",),
    ),
    *_of(
        "extended_hours_by_day",
        "day",
        _counting(_CROSSINGS, vehicles="vehicles"),
        chosen_by=("gate_id", "direction"),
    ),
    *_of(
        "lane_use",
        "last_hour",
        {**_IN_LANES, "when": {"span": ("1h",)}},
        {**_IN_LANES, "when": {"span": ("today",)}, "window": "today"},
        chosen_by=("span", "gate_id", "direction", "lane_id"),
        single=True,
    ),
    *_of(
        "lanes_now",
        "today",
        _counting(_IN_LANES, busy_seconds_today="total_ms"),
        {**_counting(_IN_LANES, busy_seconds_1h="total_ms"), "window": "last_hour"},
        _SAID_LATELY,
        chosen_by=("gate_id",),
        single=True,
    ),
    *_of(
        "gate_capacity",
        "today",
        {**_SERVICES, "when": {"span": ("today",)}},
        {**_SERVICES, "when": {"span": ("7d",)}, "window": "week"},
        chosen_by=("gate_id", "direction"),
        single=True,
    ),
    *_of(
        "yards_now",
        "waiting",
        _counting(_STAYS, waiting="vehicles"),
        {**_counting(_ARRIVALS, inflow_1h="arrived", outflow_1h="turned_back"), "window": "sixty_minutes"},
        {**_counting(_CROSSINGS, outflow_1h="vehicles"), "window": "last_hour"},
        _SAID_LATELY,
        chosen_by=("gate_id",),
    ),
    *_of("gates_now", "state", _GATE_STATES),
    *_of("gate_timeline", "run", _GATE_STATES),
    *_of("gate_state_by_day", "day", _GATE_STATES),
    *_of("gate_status", "state", _GATE_STATES),
    *_of("gate_calendar", "state", _GATE_STATES),
    *_of("progress", "year", *_PROGRESS, chosen_by=("indicator", "scope"), single=True),
    *_of(
        "progress_by_target",
        "year",
        *_PROGRESS,
        chosen_by=("indicator", "scope", "effective_from"),
        single=True,
    ),
    *_of("restatements", "day", *_RESTATED, restating=True, chosen_by=("kpi", "scope", "cause")),
    *_of("freshness", "newest", {"fields": ("source",)}),
]

_NONE: Final = "; no events are behind it"
#: Every other view: where it comes from, and why it is not opened.
UNOPENED: Final = {
    "plan_by_day": "is worked out from the season (kpi definitions planned)" + _NONE,
    "projects_by_state": "is what the registry says in [[projects]] (kpi definitions projects)" + _NONE,
    "arrivals_forecast": "is worked out (kpi definitions arrivals_expected) from arrivals and declarations;"
    " arrivals_by_hour and reconciliation open those",
    "arrivals_backtest": "compares what forecasts would have said with what came (kpi definitions"
    " forecast_error); arrivals_by_hour opens what came",
    "missing_days": "names days of which nothing was told (kpi definitions missing_days)" + _NONE,
    "alerts_now": "has the open alerts (kpi definitions alert_phase); the number of the alert's"
    " own KPI can be opened",
    "alerts_recent": "has the alerts of a week (kpi definitions alert_ending); the number of the"
    " alert's own KPI can be opened",
    "recipients_now": "counts messages of alerts (kpi definitions messages_by_state)" + _NONE,
    "history_now": "counts what comes in after the fact (kpi definitions history_events); read it"
    " from events",
    "history_by_place": "counts what comes in after the fact (kpi definitions history_events); read it"
    " from events",
    "events": "has an event in each row; read it with kpi query",
    "dead_letters": "has records that never became events; kpi dlq show gives each of them whole",
    "findings": "names in `ids` of each row the events that contradict each other; read them with kpi query",
}
