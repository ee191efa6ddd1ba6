"""Which events are behind the rows of each view: by this `kpi explain` opens a number.

A view over partials is one entry here, and needs no code: the events that contribute under `stem` in
`sql/verify/PART.sql`, told apart by the dimensions of its rows.
"""

from collections.abc import Mapping
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict

#: What a row of the view spans. `span`: a rolling span, `waiting`: the last 72 hours, `state`: the last word
#: of each subject, `newest`: the newest event of each source.
Window = Literal["minute", "hour", "day", "span", "year", "waiting", "state", "newest"]


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
    #: column of the view -> the number of the contributions that adds up to it
    measures: dict[str, str] = {}
    #: Columns that an event of this kind says itself, and what it says happened: so is one found that counts
    #: no more. Without `points` none is looked for.
    fields: tuple[str, ...] = ()
    points: tuple[str, ...] = ()
    #: Only rows with these values.
    when: dict[str, tuple[str, ...]] = {}
    #: The views by small and by large windows that a rolling span is made of.
    made_of: tuple[str, ...] = ()
    #: Only events of this type, where the part reads several.
    event_type: str = ""
    #: The columns by which a row is chosen, where they are not its dimensions.
    chosen_by: tuple[str, ...] = ()

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
_PROGRESS: Final[list[Kind]] = [
    {**_TRADE, "measures": {"actual_minor": "value_usd_minor"}, "when": {"indicator": ("trade_value",)}},
    {**_OUTPUT, "measures": {"actual_minor": "value_vnd"}, "when": {"indicator": ("industrial_output",)}},
    _TARGETS,
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
#: Every view that has events behind it.
BEHIND: Final = [
    *_of("trade_by_minute", "minute", _TRADE),
    *_of("trade_by_day", "day", _TRADE),
    *_of("trade_rolling", "span", _TRADE, made_of=("trade_by_minute", "trade_by_day")),
    *_of("trade_by_regime", "day", _REGIMES),
    *_of("gate_trade_by_day", "day", _TRADE, chosen_by=("gate_id", "direction", "regime")),
    *_of("commodity_by_day", "day", _COMMODITY),
    *_of("revenue_by_day", "day", _REVENUE),
    *_of("crossings_by_minute", "minute", _CROSSINGS),
    *_of("crossings_by_day", "day", _CROSSINGS),
    *_of("latency_by_minute", "minute", *_INTERVALS),
    *_of("latency_by_day", "day", *_INTERVALS),
    *_of("latency_rolling", "span", *_INTERVALS, made_of=("latency_by_minute", "latency_by_day")),
    *_of("steps_by_day", "day", _STEPS),
    *_of("output_by_hour", "hour", _OUTPUT),
    *_of("output_by_day", "day", _OUTPUT),
    *_of("output_rolling", "span", _OUTPUT, made_of=("output_by_hour", "output_by_day")),
    *_of("waiting_now", "waiting", _STAYS, measures={"vehicles": "vehicles"}),
    *_of(
        "arrivals_by_hour",
        "hour",
        _STAYS,
        measures={"arrived": "arrived", "turned_back": "turned_back"},
        fields=("gate_id", "direction"),
        points=("arrived", "turned_back"),
    ),
    *_of("gates_now", "state", _GATE_STATES),
    *_of("gate_status", "state", _GATE_STATES),
    *_of("gate_calendar", "state", _GATE_STATES),
    *_of("progress", "year", *_PROGRESS, chosen_by=("indicator", "scope")),
    *_of("progress_by_target", "year", *_PROGRESS, chosen_by=("indicator", "scope", "effective_from")),
    *_of("freshness", "newest", {"fields": ("source",)}),
]
