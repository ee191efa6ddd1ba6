"""A board as its JSON says: the classic Grafana model, the parts that the wall draws, read strictly."""

from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Final, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator
from pydantic.alias_generators import to_camel

from streams.errors import UsageError
from streams.wall.timerange import TimeRange, parse_duration, parse_moment

_FORMATS: Final = ("time_series", "table", "logs", "trace", "multi")
_DEFAULT_REFRESH_S: Final = 30.0


def _format_name(value: object) -> object:
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < len(_FORMATS):
        return _FORMATS[value]
    return "time_series" if value == "timeseries" else value


class _Model(BaseModel):
    # Grafana's own keys that the wall has no use for are many; what it does use must be of the right type.
    model_config = ConfigDict(
        strict=True, frozen=True, extra="ignore", alias_generator=to_camel, populate_by_name=True
    )


class GridPos(_Model):
    """Where a panel lies on the grid of 24 columns."""

    x: int = Field(ge=0, le=23)
    y: int = Field(ge=0)
    w: int = Field(ge=1, le=24)
    h: int = Field(ge=1)


class Target(_Model):
    """One query of a panel."""

    ref_id: str = "A"
    raw_sql: str
    format: Annotated[
        Literal["time_series", "table", "logs", "trace", "multi"], BeforeValidator(_format_name)
    ] = "table"
    hide: bool = False
    table: str = ""
    column: str = ""


class Step(_Model):
    """A threshold: from `value` on, this colour."""

    color: str
    value: float | None = None


class Thresholds(_Model):
    """Steps in ascending order; the first has no value. Without any, Grafana's own."""

    mode: Literal["absolute", "percentage"] = "absolute"
    steps: tuple[Step, ...] = (Step(color="green"), Step(color="red", value=80))

    model_config = ConfigDict(strict=False)


class Color(_Model):
    """How a field gets its colour."""

    mode: str = "thresholds"
    fixed_color: str = "text"


class Mapping(_Model):
    """A value mapping: what matches is shown as another text or colour."""

    type: Literal["value", "range", "regex", "special"]
    options: dict[str, Any]


class DataLink(_Model):
    """Where a value leads to; `${__value.raw}` in the address is the value itself."""

    title: str = ""
    url: str


class FieldConfig(_Model):
    """How the values of one field are shown."""

    unit: str = ""
    decimals: int | None = None
    min: float | None = None
    max: float | None = None
    no_value: str | None = None
    display_name: str | None = None
    color: Color = Color()
    thresholds: Thresholds = Thresholds()
    mappings: list[Mapping] = []
    links: list[DataLink] = []
    custom: dict[str, Any] = {}


class Matcher(_Model):
    """Which fields an override is for."""

    id: str
    options: Any = None


class Property(_Model):
    """One thing that an override sets; the id may be a path such as `custom.lineWidth`."""

    id: str
    value: Any = None


class Override(_Model):
    """Properties for the fields that match."""

    matcher: Matcher
    properties: list[Property]


class FieldConfigSource(_Model):
    """The defaults, kept as written so that overrides merge into them, and the overrides."""

    defaults: dict[str, Any] = {}
    overrides: list[Override] = []

    @model_validator(mode="after")
    def _defaults_are_valid(self) -> "FieldConfigSource":
        FieldConfig.model_validate(self.defaults)
        return self


class Link(_Model):
    """A link of a panel or a board: to an address, or (`dashboards`) to every board with these tags."""

    type: Literal["link", "dashboards"] = "link"
    title: str = ""
    url: str = ""
    tags: tuple[str, ...] = ()
    #: Whether what is chosen goes along.
    include_vars: bool = False

    model_config = ConfigDict(strict=False)


class Panel(_Model):
    """One panel: its place, its queries, how it is drawn."""

    id: int
    type: str
    title: str = ""
    description: str = ""
    transparent: bool = False
    grid_pos: GridPos
    targets: list[Target] = []
    field_config: FieldConfigSource = FieldConfigSource()
    options: dict[str, Any] = {}
    interval: str | None = None
    max_data_points: int | None = Field(None, ge=1)
    time_from: str | None = None
    time_shift: str | None = None
    links: list[Link] = []

    @property
    def figures(self) -> list[str]:
        """Name what the panel shows, by the definitions that it links to."""
        return [link.url.partition("#")[2] for link in self.links]


class Span(_Model):
    """The time range of a board, as written."""

    start: str = Field("now-6h", alias="from")
    end: str = Field("now", alias="to")

    def at(self, now: datetime, zone: ZoneInfo) -> TimeRange:
        """Give the times that it means now.

        Raises:
            ValueError: one of the two is no moment.
        """
        return TimeRange(
            parse_moment(self.start, now, zone), parse_moment(self.end, now, zone, round_up=True)
        )


class Variable(_Model):
    """A template variable whose choices are a query's rows: the value, and its text where there are two."""

    name: str = Field(pattern=r"^[a-z_]+$")
    type: Literal["query"]
    label: str = ""
    query: str
    multi: bool = False
    include_all: bool = False


class Templating(_Model):
    """The template variables of a board; one may use those before it."""

    variables: tuple[Variable, ...] = Field((), alias="list")

    model_config = ConfigDict(strict=False)


class AnnotationTarget(_Model):
    """Which annotations are meant: those that bear these tags."""

    tags: list[str] = []


class AnnotationFilter(_Model):
    """The panels that show annotations, or (`exclude`) those that do not; without ids all do."""

    exclude: bool = False
    ids: list[int] = []


class Annotation(_Model):
    """Annotations of one kind, marked on every time series of a board, or on some of them."""

    name: str
    enable: bool = True
    icon_color: str = "red"
    target: AnnotationTarget = AnnotationTarget()
    filter: AnnotationFilter = AnnotationFilter()

    def is_on(self, panel: int) -> bool:
        """Tell whether a panel shows them."""
        return not self.filter.ids or (panel in self.filter.ids) is not self.filter.exclude


class Annotations(_Model):
    """The annotations of a board."""

    shown: tuple[Annotation, ...] = Field((), alias="list")

    model_config = ConfigDict(strict=False)


class TimePicker(_Model):
    """Whether who looks at a board may choose its time."""

    hidden: bool = False


class Board(_Model):
    """A board of the wall.

    `mark` says in its header that it shows other numbers than the live ones, `pace` how fast its time runs.
    """

    mark: str = ""
    pace: float = 1.0
    uid: str = Field(min_length=1, max_length=40, pattern=r"^[A-Za-z0-9_-]+$")
    title: str
    tags: list[str] = []
    timezone: str = ""
    refresh: str | Literal[False] = ""
    time: Span = Span()
    timepicker: TimePicker = TimePicker()
    templating: Templating = Templating()
    annotations: Annotations = Annotations()
    links: list[Link] = []
    panels: list[Panel]

    @property
    def zone(self) -> ZoneInfo:
        """Give the zone that the board's times are shown in; the browser's means Hanoi's here."""
        try:
            return ZoneInfo({"utc": "UTC"}.get(self.timezone, self.timezone))
        except (ZoneInfoNotFoundError, ValueError):
            return ZoneInfo("Asia/Ho_Chi_Minh")

    @property
    def refresh_s(self) -> float:
        """Give the seconds between two refreshes."""
        return parse_duration(self.refresh) if self.refresh else _DEFAULT_REFRESH_S

    @property
    def variables(self) -> tuple[Variable, ...]:
        """Give the template variables, in the order that they depend on each other."""
        return self.templating.variables

    def span_of(self, panel: Panel, now: datetime, chosen: Span | None = None) -> TimeRange:
        """Give a panel's time: the chosen or the board's, or its own until now, moved by `timeShift`."""
        zone = self.zone
        if panel.time_from:
            since = panel.time_from if panel.time_from.startswith("now") else f"now-{panel.time_from}"
            span = TimeRange(parse_moment(since, now, zone), now.astimezone(zone))
        else:
            span = (chosen or self.time).at(now, zone)
        if not panel.time_shift:
            return span
        back = f"now-{panel.time_shift}"
        return TimeRange(parse_moment(back, span.start, zone), parse_moment(back, span.end, zone))

    @property
    def rows(self) -> int:
        """Give the rows of the grid that the panels take."""
        return max((panel.grid_pos.y + panel.grid_pos.h for panel in self.panels), default=1)


def read_board(path: Path) -> Board:
    """Read a board's JSON.

    Raises:
        UsageError: the file is not a board; the text says where and why.
    """
    try:
        return Board.model_validate_json(path.read_bytes())
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"])) or "the file"
        raise UsageError(f"board {path.name}: {place}: {first['msg']}") from None


def read_boards(folder: Path) -> list[Board]:
    """Read every board of a folder, by file name.

    Raises:
        UsageError: there is none, one is not a board, or two have one uid.
    """
    boards = [read_board(path) for path in sorted(folder.glob("*.json"))]
    if not boards:
        raise UsageError(f"there is no board in {folder}; make them with: kpi boards build")
    if len({board.uid for board in boards}) != len(boards):
        raise UsageError(f"two boards in {folder} have the same uid")
    return boards
