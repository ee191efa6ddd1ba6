"""What a replay was asked to do and how far it is: kept in its own generation, so it is dropped with it."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from pathlib import Path
from typing import Final, Literal

from clickhouse_connect.driver.client import Client
from pydantic import BaseModel, ConfigDict, Field

from streams.clickhouse_client import has_table
from streams.core.record import PartitionId
from streams.core.revision import FOLD_REVISION
from streams.errors import RefusedError
from streams.generation import record_fact, recorded_facts
from streams.registry import Registry
from streams.replay.course import Course
from streams.replay.selection import Selection
from streams.settings import Settings

ARCHIVE: Final = "archive"
KAFKA: Final = "kafka"
_FACT: Final = "replay"
# Positions by partition, written `topic/number`.
Positions = dict[str, int]


class Into(StrEnum):
    """Where a replay goes: into tables of its own, or through Kafka topics of its own into them."""

    GENERATION = "generation"
    TOPICS = "topics"


class Stage(BaseModel):
    """A stretch of the source: from `after` to before `before`, whose events get positions from `starts` on.

    Of Kafka, nothing before `after` is meant itself; of a file all is read. `letters` is where the dead
    letters of each partition are put.
    """

    model_config = ConfigDict(frozen=True)

    after: Positions = Field(default_factory=dict)
    before: Positions = Field(default_factory=dict)
    starts: Positions = Field(default_factory=dict)
    letters: Positions = Field(default_factory=dict)
    total: int = 0


class Plan(BaseModel):
    """A replay.

    Attributes:
        source: `archive`, `kafka` or the path of a file.
        live: the generation that was live when it began; the archive that is read.
        speed: how many times as fast as it happened; 0: flat out, and the selection says what is read. Else
            it says when: all that had come before it is read flat out, and the rest when its moment comes.
        course: the clock of one that has a speed.
        reached: up to when that clock's events were taken; none: from its start.
        into: its tables, or topics of its own, which a worker of its own folds into them.
        rules: the text of the alerts' rules that hold in it; empty: those of the site.
        known: the positions of the live generation before which it has folded everything; none: a file.
        registry: says which registry it judges by.
        resent: how many records that were folded flat out had been sent before, and count once.
        ends: after the last stage that was completed, the end of each partition.
        handed_over: the end of each partition when it took over from the live generation.
        differing: how many rows differed from the live ones then.
        accepted: whether somebody said then that they are meant to.
    """

    model_config = ConfigDict(frozen=True)

    name: str
    source: str
    live: str
    selection: Selection
    partitions: dict[str, int]
    registry: str
    build: str
    who: str
    began_at: datetime
    expires_at: datetime
    stage: Stage
    known: Positions = Field(default_factory=dict)
    targets: tuple[str, ...] = ()
    speed: float = 0.0
    course: Course | None = None
    reached: datetime | None = None
    into: Into = Into.GENERATION
    rules: str = ""
    revision: int = FOLD_REVISION
    state: Literal["folding", "done", "promoted"] = "folding"
    events: int = 0
    resent: int = 0
    seconds: float = 0.0
    ends: Positions = Field(default_factory=dict)
    handed_over: Positions | None = None
    differing: int | None = None
    accepted: bool = False

    @property
    def is_whole(self) -> bool:
        """Whether it holds all that the live generation held, and nothing else."""
        is_archive = self.source == ARCHIVE and self.selection.is_everything
        return is_archive and not self.targets and not self.speed and self.into is Into.GENERATION


def run_settings(settings: Settings, name: str) -> Settings:
    """Give the settings of a replay: a site of its own beside the live one, on the same servers."""
    return settings.model_copy(update={"database": f"{settings.database}_run_{name}"})


def simulations(settings: Settings) -> Path:
    """Name the folder of what is simulated for replays."""
    return settings.home.resolve() / "replays"


def shadow_settings(settings: Settings, name: str) -> Settings:
    """Give the settings of a replay through Kafka: its site, with topics and a group of its own."""
    prefix = f"{settings.topic_prefix}run-{name}."
    return run_settings(settings, name).model_copy(update={"topic_prefix": prefix})


def generation_of(settings: Settings, name: str) -> str:
    """Name the database of a replay's tables."""
    return f"{run_settings(settings, name).database}_g1"


def read_plan(client: Client, settings: Settings, name: str) -> Plan | None:
    """Read a replay's plan; None: there is no such replay."""
    generation = generation_of(settings, name)
    known = recorded_facts(client, generation) if has_table(client, generation, "generation") else {}
    text = known.get(_FACT)
    return Plan.model_validate_json(text) if text else None


def find_plan(client: Client, settings: Settings, name: str) -> Plan:
    """Read a replay's plan.

    Raises:
        RefusedError: there is no such replay.
    """
    plan = read_plan(client, settings, name)
    if plan is None:
        raise RefusedError(f"there is no replay {name!r}; see: kpi replay list")
    return plan


def write_plan(client: Client, settings: Settings, plan: Plan) -> None:
    """Write down a replay's plan as it is now."""
    record_fact(client, generation_of(settings, plan.name), _FACT, plan.model_dump_json())


def spelt(positions: Mapping[PartitionId, int]) -> Positions:
    """Write partitions as text."""
    return {f"{topic}/{number}": position for (topic, number), position in positions.items()}


def by_partition(positions: Positions) -> dict[PartitionId, int]:
    """Read partitions from text."""
    return {
        PartitionId(name.rpartition("/")[0], int(name.rpartition("/")[2])): position
        for name, position in positions.items()
    }


def digest(registry: Registry) -> str:
    """Tell a registry from another one."""
    return sha256(registry.model_dump_json().encode()).hexdigest()
