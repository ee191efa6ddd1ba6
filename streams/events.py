"""The event contract: CloudEvents 1.0 whose bodies are typed, frozen and strict.

Producers and workers import the same models and nothing else of each other. Money is an integer of
minor units, quantities are decimal strings, times are UTC with milliseconds.
"""

import re
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Annotated, Any, Final, Literal, Self
from uuid import UUID

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    StringConstraints,
    TypeAdapter,
    model_validator,
)
from pydantic.json_schema import models_json_schema
from pydantic_core import to_json

from streams.codes import COUNTRIES, CURRENCIES, container_number_is_valid

MAX_MESSAGE_BYTES: Final = 256 * 1024
FUTURE_TOLERANCE: Final = timedelta(minutes=5)
LATE_AFTER: Final = timedelta(minutes=15)
TYPE_PREFIX: Final = "vn.laocai.kpi."
CONTENT_TYPE: Final = "application/cloudevents+json; charset=UTF-8"

_OLDEST: Final = datetime(2000, 1, 1, tzinfo=UTC)
_NEWEST: Final = datetime(2100, 1, 1, tzinfo=UTC)
# A day of the largest values, a report a minute, still fits an Int64; quantities are summed in millionths.
_MAX_USD_MINOR: Final = 10**12
_MAX_VND: Final = 10**15


# The driver of the models also takes bare numbers and dates with a space; the contract does not.
_RFC3339: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,3})?(?:Z|\+00:00)", re.ASCII)
_ISO_DATE: Final = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


# The times of a window and of its reports come again and again.
@lru_cache(maxsize=4_096)
def _moment_of(text: str) -> datetime:
    if not _RFC3339.fullmatch(text):
        raise ValueError("must be RFC 3339 in UTC with at most milliseconds, as 2026-01-31T23:59:59.999Z")
    return _utc_milliseconds(datetime.fromisoformat(text))


def _time(value: object) -> object:
    if isinstance(value, str):
        return _moment_of(value)
    return _utc_milliseconds(value) if isinstance(value, datetime) else value


def _iso_date(value: object) -> object:
    if not isinstance(value, str):
        return value
    if not _ISO_DATE.fullmatch(value):
        raise ValueError("must be an ISO 8601 date, as 2026-01-31")
    return date.fromisoformat(value)


_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND: Final = timedelta(milliseconds=1)


def epoch_ms(value: datetime) -> int:
    """Give whole milliseconds since 1970, exactly (a float of seconds would round)."""
    return (value - _EPOCH) // _MILLISECOND


def time_to_text(value: datetime) -> str:
    """Write a time as the contract has it: RFC 3339, UTC, milliseconds."""
    return f"{value:%Y-%m-%dT%H:%M:%S}.{value.microsecond // 1000:03d}Z"


def _utc_milliseconds(value: datetime) -> datetime:
    # Nearly all bear this very zone, and asking for an offset makes one each time.
    if value.tzinfo is not UTC and value.utcoffset() != timedelta(0):
        raise ValueError("must be in UTC (end with Z)")
    if value.microsecond % 1000:
        raise ValueError("must have at most milliseconds")
    if not _OLDEST <= value < _NEWEST:
        raise ValueError("must lie in the years 2000 to 2099")
    return value


def _of_this_century(value: date) -> date:
    if not _OLDEST.date() <= value <= _NEWEST.date():
        raise ValueError("must lie between 2000-01-01 and 2100-01-01")
    return value


def _country(value: str) -> str:
    if value not in COUNTRIES:
        raise ValueError("must be an ISO 3166-1 alpha-2 code")
    return value


def _currency(value: str) -> str:
    if value not in CURRENCIES:
        raise ValueError("must be an ISO 4217 code")
    return value


def _container(value: str) -> str:
    if not container_number_is_valid(value):
        raise ValueError("must be an ISO 6346 number with its check digit")
    return value


Time = Annotated[
    datetime,
    BeforeValidator(_time),
    PlainSerializer(time_to_text, when_used="json"),
]
Date = Annotated[date, BeforeValidator(_iso_date), AfterValidator(_of_this_century)]
Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?$")]
Country = Annotated[str, AfterValidator(_country)]
Currency = Annotated[str, AfterValidator(_currency)]
VisitId = Annotated[str, StringConstraints(pattern=r"^[\x21-\x7e]{1,40}$")]
DeclarationNo = Annotated[str, StringConstraints(pattern=r"^[0-9]{12}$")]
HsCode = Annotated[str, StringConstraints(pattern=r"^[0-9]{6,8}$")]
Decimal = Annotated[str, StringConstraints(pattern=r"^[0-9]{1,9}(?:\.[0-9]{1,6})?$")]
Text = Annotated[str, StringConstraints(max_length=200)]
HourMinute = Annotated[str, StringConstraints(pattern=r"^(?:(?:[01][0-9]|2[0-3]):[0-5][0-9]|24:00)$")]
UsdMinor = Annotated[int, Field(ge=0, le=_MAX_USD_MINOR)]
Vnd = Annotated[int, Field(ge=0, le=_MAX_VND)]

Direction = Literal["outbound", "inbound"]
Regime = Literal["export", "import", "temporary_import", "re_export", "transit", "bonded", "border_resident"]
GateState = Literal["open", "restricted", "closed"]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, strict=True, extra="ignore")


class GoodsLine(_Frozen):
    """One line of a declaration as it crosses; its USD value is written once, by the producer."""

    declaration_no: DeclarationNo
    line_no: Annotated[int, Field(ge=1, le=999)]
    hs_code: HsCode
    regime: Regime
    net_mass_kg: Annotated[int, Field(ge=0, le=10_000_000)]
    value_minor: Annotated[int, Field(gt=0, le=_MAX_VND)]
    currency: Currency
    value_usd_minor: Annotated[int, Field(gt=0, le=_MAX_USD_MINOR)]
    fx_rate: Annotated[str, StringConstraints(pattern=r"^[0-9]{1,12}(?:\.[0-9]{1,12})?$")]
    fx_date: Date


class CrossingBody(_Frozen):
    """One vehicle passing one point of one gate."""

    visit_id: VisitId
    gate_id: Slug
    lane_id: Slug | None = None
    point: Literal["arrived", "booth_start", "booth_end", "crossed", "turned_back"]
    direction: Direction
    transport_mode: Literal["road", "rail"]
    vehicle_hash: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32}$")] | None = None
    vehicle_country: Country
    vehicle_class: Literal["container", "rigid", "light", "wagon", "other"]
    loaded: bool
    container_no: Annotated[str, AfterValidator(_container)] | None = None
    gross_mass_kg: Annotated[int, Field(ge=0, le=120_000)] | None = None
    goods: Annotated[list[GoodsLine], Field(max_length=50)] | None = None

    @model_validator(mode="after")
    def _goods_where_they_belong(self) -> Self:
        if bool(self.goods) != (self.loaded and self.point == "crossed"):
            raise ValueError("goods: 1 to 50 lines on a loaded `crossed`, none elsewhere")
        return self


class StageBody(_Frozen):
    """One step of the paperwork of a visit."""

    visit_id: VisitId
    gate_id: Slug
    direction: Direction
    declaration_no: DeclarationNo | None = None
    agency: Literal[
        "customs",
        "border_guard",
        "plant_quarantine",
        "health_quarantine",
        "road_administration",
        "zone_authority",
    ]
    stage: Literal[
        "lodged",
        "channel_assigned",
        "docs_start",
        "docs_end",
        "inspection_start",
        "inspection_end",
        "duty_paid",
        "released",
        "refused",
        "cancelled",
    ]
    channel: Literal["green", "yellow", "red"] | None = None
    duty_minor: Vnd | None = None
    fee_minor: Vnd | None = None
    exception: bool = False


class OutputBody(_Frozen):
    """What one line of one plant made of one product in one window."""

    plant_id: Slug
    zone_id: Slug
    line_id: Slug
    product: Slug
    hs_code: HsCode | None = None
    window_start: Time
    window_end: Time
    quantity: Decimal
    unit: Literal["TNE", "KGM", "MTQ", "MWH"]
    value_minor: Vnd
    currency: Literal["VND"]
    price_basis: Literal["constant_2010", "current", "unstated"]
    state: Literal["execute", "idle", "held", "suspended", "stopped", "aborted"]
    stop_reason: (
        Literal["planned", "power", "raw_material", "breakdown", "market", "environment", "labour", "unknown"]
        | None
    ) = None

    @model_validator(mode="after")
    def _window_is_aligned(self) -> Self:
        start, length = self.window_start.timestamp(), (self.window_end - self.window_start).total_seconds()
        if not 60 <= length <= 3600 or length % 60 or start % length:  # noqa: PLR2004 - the contract's minutes
            raise ValueError("window: 1 to 60 whole minutes, starting at a multiple of its length")
        return self


class DeclarationBody(_Frozen):
    """A declaration as one of the two systems knows it."""

    declaration_no: DeclarationNo
    system: Literal["digital_gate", "vnaccs_vcis"]
    version_no: Annotated[int, Field(ge=1, le=999)]
    status: Literal["registered", "amended", "released", "cancelled"]
    regime: Regime
    gate_id: Slug
    value_usd_minor: UsdMinor
    net_mass_kg: Annotated[int, Field(ge=0, le=100_000_000)]
    lines: Annotated[int, Field(ge=0, le=999)]
    duty_minor: Vnd


class GateStateBody(_Frozen):
    """How a gate stands, on both sides of the border."""

    gate_id: Slug
    state: GateState
    counterpart_state: GateState | None = None
    reason: Text | None = None
    lanes_open: Annotated[int, Field(ge=0, le=50)] | None = None
    lanes_max: Annotated[int, Field(ge=0, le=50)] | None = None
    yard_present: Annotated[int, Field(ge=0, le=100_000)] | None = None
    yard_capacity: Annotated[int, Field(ge=0, le=100_000)] | None = None
    opens_at: HourMinute | None = None
    closes_at: HourMinute | None = None


class TargetBody(_Frozen):
    """A yearly target: minor units of a currency, or milliseconds of booth service."""

    indicator: Literal["trade_value", "industrial_output", "budget_revenue", "booth_service_time"]
    scope: Slug
    year: Annotated[int, Field(ge=2000, le=2100)]
    value_minor: Annotated[int, Field(gt=0, le=10**18)]
    currency: Currency | None = None
    qualifier: Literal["eq", "gte", "lte"]
    effective_from: Date
    source: Text


_NO_CORRECTION: Final = (None, None, None)


class _Envelope(_Frozen):
    specversion: Literal["1.0"]
    id: UUID
    source: Annotated[str, StringConstraints(pattern=r"^/vn/laocai/[a-z0-9-]{1,64}/[A-Za-z0-9._-]{1,64}$")]
    subject: Annotated[str, StringConstraints(min_length=1, max_length=140)]
    time: Time
    datacontenttype: Literal["application/json"] = "application/json"
    correlationid: Annotated[str, StringConstraints(max_length=200)] | None = None
    simulated: bool = False
    replayid: Annotated[str, StringConstraints(max_length=200)] | None = None
    correctsid: UUID | None = None
    correctstime: Time | None = None
    correctionkind: Literal["amend", "cancel"] | None = None
    correctionno: Annotated[int, Field(ge=1, le=1_000_000)] = 1
    backfill: bool = False

    @property
    def key(self) -> str:
        """Give the entity that the body speaks of: the record key and the subject."""
        raise NotImplementedError

    @model_validator(mode="after")
    def _attributes_agree(self) -> Self:
        named = self.correctsid, self.correctstime, self.correctionkind
        if named != _NO_CORRECTION:
            if None in named:
                raise ValueError("a correction needs correctsid, correctstime and correctionkind")
            if self.correctsid == self.id:
                raise ValueError("an event cannot correct itself")
        if self.subject != self.key:
            raise ValueError("subject must be the entity of the body")
        return self


class GateCrossing(_Envelope):
    """`gate.crossing.v1`."""

    type: Literal["vn.laocai.kpi.gate.crossing.v1"] = "vn.laocai.kpi.gate.crossing.v1"
    data: CrossingBody

    @property
    def key(self) -> str:
        """Give the visit."""
        return self.data.visit_id


class ClearanceStage(_Envelope):
    """`clearance.stage.v1`."""

    type: Literal["vn.laocai.kpi.clearance.stage.v1"] = "vn.laocai.kpi.clearance.stage.v1"
    data: StageBody

    @property
    def key(self) -> str:
        """Give the visit."""
        return self.data.visit_id


class FactoryOutput(_Envelope):
    """`factory.output.v1`."""

    type: Literal["vn.laocai.kpi.factory.output.v1"] = "vn.laocai.kpi.factory.output.v1"
    data: OutputBody

    @property
    def key(self) -> str:
        """Give the plant."""
        return self.data.plant_id

    @model_validator(mode="after")
    def _time_is_the_window_end(self) -> Self:
        if self.time != self.data.window_end:
            raise ValueError("time must be the window_end of the body")
        if self.correctstime not in (None, self.time):
            raise ValueError(
                "an amendment keeps its window: cancel the report and send the other window anew"
            )
        return self


class Declaration(_Envelope):
    """`declaration.v1`."""

    type: Literal["vn.laocai.kpi.declaration.v1"] = "vn.laocai.kpi.declaration.v1"
    data: DeclarationBody

    @property
    def key(self) -> str:
        """Give the declaration's number."""
        return self.data.declaration_no


class GateStateChange(_Envelope):
    """`gate.state.v1`."""

    type: Literal["vn.laocai.kpi.gate.state.v1"] = "vn.laocai.kpi.gate.state.v1"
    data: GateStateBody

    @property
    def key(self) -> str:
        """Give the gate."""
        return self.data.gate_id


class Target(_Envelope):
    """`target.v1`."""

    type: Literal["vn.laocai.kpi.target.v1"] = "vn.laocai.kpi.target.v1"
    data: TargetBody

    @property
    def key(self) -> str:
        """Give indicator, scope and year."""
        return f"{self.data.indicator}/{self.data.scope}/{self.data.year}"


EVENT_CLASSES: Final[tuple[type[_Envelope], ...]] = (
    GateCrossing,
    ClearanceStage,
    FactoryOutput,
    Declaration,
    GateStateChange,
    Target,
)
Event = GateCrossing | ClearanceStage | FactoryOutput | Declaration | GateStateChange | Target
EVENT_ADAPTER: Final[TypeAdapter[Event]] = TypeAdapter(Annotated[Event, Field(discriminator="type")])


def event_to_json(event: Event) -> bytes:
    """Encode an event as it travels; attributes at their default are left out."""
    core = {"specversion": event.specversion, "type": event.type, "datacontenttype": event.datacontenttype}
    return to_json(core | event.model_dump(mode="json", exclude_defaults=True))


def json_schemas() -> dict[str, dict[str, Any]]:
    """Give the JSON Schema of each event, by its CloudEvents type."""
    schemas = {}
    for model in EVENT_CLASSES:
        _, schema = models_json_schema([(model, "validation")], ref_template="#/$defs/{model}")
        schemas[str(model.model_fields["type"].default)] = {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "$ref": f"#/$defs/{model.__name__}",
            **schema,
        }
    return schemas
