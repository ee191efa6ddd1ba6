"""What rings when a stretch of a scenario is played; files of tests/alerts/scenarios say which, and what."""

import tomllib
from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final, NamedTuple, Self

from streams.alerts.files import load_rules
from streams.clickhouse_client import writer
from streams.clock import HANOI
from streams.core.alerts.durations import duration_ms
from streams.core.alerts.evaluate import Happening
from streams.resources import checkout
from streams.settings import Settings
from tests.folding import empty
from tests.theatre import MS, Theatre, local

#: A programme for each scenario.
FILES: Final = sorted((checkout() / "tests" / "alerts" / "scenarios").glob("*.toml"))


class Programme(NamedTuple):
    """Events of a scenario flow from `warm` on; rules look from `start` to `end`, once a `look`.

    `rings` is all that is to be heard of it.
    """

    scenario: str
    warm: datetime
    start: datetime
    end: datetime
    look: timedelta
    rings: tuple[str, ...]

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read a file of tests/alerts/scenarios."""
        told = tomllib.loads(path.read_text(encoding="utf-8"))
        warm, start, end = (local(told[name]) for name in ("warm", "from", "to"))
        look = duration_ms(told["look"]) * MS
        return cls(told["scenario"], warm, start, end, look, tuple(told["rings"]))


def perform(settings: Settings, programme: Programme) -> list[str]:
    """Play it on an engine that pretends (see `tests.theatre.pretend`); give all that rang, a line each."""
    every = programme.look // MS
    rules = [rule.model_copy(update={"every": max(rule.every, every)}) for rule in load_rules()]
    # Asked as the writer: the reader's questions end after 30 seconds, which a busy machine may need.
    with writer(settings, "kpi_g1") as client, writer(settings, settings.database) as asked:
        empty(client)
        theatre = Theatre(client, asked, rules)
        theatre.play(programme.scenario, programme.warm, (programme.start, programme.end), programme.look)
    return list(lines(theatre.heard))


def lines(heard: Iterable[tuple[datetime, Happening]]) -> Iterable[str]:
    """Write what rang: when, which rule, where, what."""
    for at, (rule, scope, kind, standing, _) in heard:
        word = f" {standing.word}" if standing.word else ""
        yield f"{at.astimezone(HANOI):%Y-%m-%d %H:%M} {rule.id} {scope} {kind}{word}"
