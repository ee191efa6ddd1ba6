"""The registry: the places, plants and products that events may name, behind one typed model."""

import tomllib
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator

from streams.errors import UsageError
from streams.events import HourMinute, HsCode, Slug
from streams.resources import resource

Amount = Annotated[str, StringConstraints(pattern=r"^[0-9]{1,16}(?:\.[0-9]{1,2})?$")]


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Gate(_Model):
    """A gate, its names, hours (Hanoi time), lanes and yard."""

    slug: Slug
    vi: str
    vi_full: str
    en: str
    kind: Literal["road", "rail", "opening", "secondary"]
    counterpart_vi: str
    opens_at: HourMinute
    closes_at: HourMinute
    lanes: tuple[Slug, ...]
    yard_capacity: int
    basis: dict[str, str] = Field(default_factory=dict)


class Shift(_Model):
    """A shift of the gates' officers (Hanoi time); it ends where the next one begins."""

    slug: Slug
    vi: str
    starts_at: HourMinute
    basis: Literal["s", "p", "d", "a"]


class Zone(_Model):
    """An industrial zone; `park` says whether it counts to the scope `parks`."""

    slug: Slug
    park: bool
    vi: str
    en: str


class Product(_Model):
    """What a plant makes; nameplate, plan and run in units a year, the price of a unit is an assumption."""

    slug: Slug
    hs_code: HsCode
    unit: Literal["TNE", "KGM", "MTQ", "MWH"]
    nameplate: int
    nameplate_source: str = ""
    planned_capacity: int | None = None
    planned_source: str = ""
    run_2023: int
    price_vnd: int


class Plant(_Model):
    """A plant, its zone, lines and products."""

    slug: Slug
    zone: Slug
    vi: str
    lines: tuple[Slug, ...]
    products: tuple[Product, ...]
    stopped_since: date | None = None
    basis: dict[str, str] = Field(default_factory=dict)


class ProjectCount(_Model):
    """How many investment projects are in each state, as a source says; the states need not add up."""

    scope: Slug
    vi: str
    year: int = Field(ge=2000, le=2100)
    total: int = Field(gt=0)
    states: dict[Slug, int]
    basis: Literal["s", "p", "d", "a"]
    source: str


class Commodity(_Model):
    """A name of goods: of an HS code of 6 to 8 digits, or of a chapter (2 digits)."""

    hs_code: Annotated[str, StringConstraints(pattern=r"^(?:[0-9]{2}|[0-9]{6,8})$")]
    vi: str
    en: str


class TargetRecord(_Model):
    """A yearly target as an operator writes it: `value` in whole units of its currency."""

    indicator: Literal["trade_value", "industrial_output", "budget_revenue", "booth_service_time"]
    scope: Slug
    year: int = Field(ge=2000, le=2100)
    value: Amount
    currency: str | None = None
    qualifier: Literal["eq", "gte", "lte"]
    effective_from: date | None = None
    source: str


class Registry(_Model):
    """Everything that an event may name. It only grows: nothing is ever removed."""

    version: int
    timezone: str
    counterpart_timezone: str
    scope: Slug
    gates: tuple[Gate, ...]
    zones: tuple[Zone, ...]
    plants: tuple[Plant, ...]
    targets: tuple[TargetRecord, ...] = ()
    projects: tuple[ProjectCount, ...] = ()
    shifts: tuple[Shift, ...] = ()
    commodities: tuple[Commodity, ...] = ()

    @model_validator(mode="after")
    def _is_consistent(self) -> "Registry":
        for name, slugs in (
            ("gates", [gate.slug for gate in self.gates]),
            ("shifts", [shift.slug for shift in self.shifts]),
            ("zones", [zone.slug for zone in self.zones]),
            ("plants", [plant.slug for plant in self.plants]),
            ("commodities", [goods.hs_code for goods in self.commodities]),
        ):
            if len(set(slugs)) != len(slugs):
                raise ValueError(f"{name}: a slug or code stands there twice")
        starts = [shift.starts_at for shift in self.shifts]
        if starts != sorted(set(starts)):
            raise ValueError("shifts: each must start later in the day than the one before it")
        zones = {zone.slug for zone in self.zones}
        for plant in self.plants:
            if plant.zone not in zones:
                raise ValueError(f"plant {plant.slug}: zone {plant.zone} is not in the registry")
        return self

    @cached_property
    def gate_by_slug(self) -> dict[str, Gate]:
        """Index the gates."""
        return {gate.slug: gate for gate in self.gates}

    @cached_property
    def plant_by_slug(self) -> dict[str, Plant]:
        """Index the plants."""
        return {plant.slug: plant for plant in self.plants}

    @cached_property
    def makers(self) -> frozenset[tuple[str, str, str, str]]:
        """Name every plant with its zone, each of its lines and each of its products."""
        return frozenset(
            (plant.slug, plant.zone, line, product.slug)
            for plant in self.plants
            for line in plant.lines
            for product in plant.products
        )

    @cached_property
    def scopes(self) -> frozenset[str]:
        """Name what a target may be for: the province, all parks, a gate or a zone."""
        zones = (zone.slug for zone in self.zones)
        return frozenset({self.scope, "parks", *self.gate_by_slug, *zones})

    @cached_property
    def park_zones(self) -> frozenset[str]:
        """Name the zones that count to the scope `parks`."""
        return frozenset(zone.slug for zone in self.zones if zone.park)


def load_registry(path: Path | None = None) -> Registry:
    """Read the registry; without a path, the shipped `deploy/registry.toml`.

    Raises:
        UsageError: the file is missing or breaks the model; the text says where.
    """
    path = path or resource("deploy/registry.toml")
    try:
        return Registry.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        raise UsageError(f"registry: {path} does not exist; set KPI_REGISTRY to the file") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"registry: {path} is not valid TOML: {error}") from None
    except ValidationError as error:
        first = error.errors()[0]
        raise UsageError(f"registry: {path}: {'.'.join(map(str, first['loc']))}: {first['msg']}") from None
