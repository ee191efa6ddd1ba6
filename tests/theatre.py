"""The simulated world played to the real views at a pretended time, with the alerts' rules watching."""

import asyncio
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any, Final

from clickhouse_connect.driver.client import Client

from producers.simulate.world import World
from producers.targets import body_of, new_targets
from streams import clock
from streams.alerts.files import measure_sql
from streams.alerts.memory import ms_of
from streams.clickhouse_client import writer
from streams.clock import HANOI
from streams.core.alerts.evaluate import Happening, evaluate
from streams.core.alerts.machine import Look, Standing
from streams.core.alerts.rules import Rule
from streams.core.record import PartitionId, Record
from streams.events import event_to_json
from streams.pipeline import Pipeline
from streams.registry import load_registry
from streams.settings import Settings
from streams.store import ClickHouseStore
from streams.topics import EVENT_TOPICS, partition_of
from tests.driver import drive, in_batches
from tests.fakes import MemoryDeadLetters

MS: Final = timedelta(milliseconds=1)
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_BATCH: Final = 10_000
_NOW: Final = re.compile(r"now(64)?\((?:3, )?'(UTC|Asia/Ho_Chi_Minh)'\)")


def pretend(settings: Settings) -> None:
    """Let the views of an engine take the time from a table: see `Theatre.at`."""
    with writer(settings) as client:
        client.command(
            "CREATE TABLE IF NOT EXISTS kpi_g1.pretended (at DateTime64(3, 'UTC')) ENGINE = Memory"
        )
        views = client.query(
            "SELECT create_table_query FROM system.tables"
            " WHERE database IN ('kpi', 'kpi_g1') AND engine = 'View' ORDER BY metadata_modification_time"
        ).result_columns[0]
        for view in views:
            if _NOW.search(view):
                client.command(pretended(view.replace("CREATE VIEW", "CREATE OR REPLACE VIEW", 1)))


def pretended(sql: str) -> str:
    """Give a query that takes the time from the table."""
    return _NOW.sub(_pretended_now, sql)


def _pretended_now(found: re.Match[str]) -> str:
    if found[1]:
        return "(SELECT at FROM kpi_g1.pretended)"
    return f"(SELECT toDateTime(at, '{found[2]}') FROM kpi_g1.pretended)"


class Stream:
    """The events of a scenario as a worker reads them: by partition, numbered, in the order of arrival."""

    def __init__(self, scenario: str, start: datetime) -> None:
        """Begin with the targets of the registry, as `kpi up` does."""
        registry = load_registry()
        self._world = World(registry, 2026, scenario)
        self._at = start
        self._offsets: defaultdict[PartitionId, Iterator[int]] = defaultdict(count)
        targets = new_targets(map(body_of, registry.targets), (), start)
        self._first = [
            self._record("target", start, one.subject.encode(), event_to_json(one)) for one in targets
        ]

    def until(self, moment: datetime) -> list[Record]:
        """Give what arrives before a moment and was not given yet."""
        events = self._world.events(ms_of(self._at), ms_of(moment))
        records = [
            self._record(event.topic, event.at_ms * MS + EPOCH, event.key, event.value) for event in events
        ]
        first, self._first, self._at = self._first, [], moment
        return first + records

    def _record(self, topic: str, at: datetime, key: bytes, value: bytes) -> Record:
        place = PartitionId(topic, partition_of(key, EVENT_TOPICS[topic].partitions))
        offset = next(self._offsets[place])
        return Record(place, offset, offset, ms_of(at), key, value)


@dataclass
class Theatre:
    """A scenario on the stage: events come when the world sends them, and rules look in their turn."""

    client: Client
    reader: Client
    rules: Sequence[Rule]
    heard: list[tuple[datetime, Happening]] = field(default_factory=list)
    #: How often each measure was asked, and for how many seconds in all.
    asked: defaultdict[str, list[float]] = field(default_factory=lambda: defaultdict(list))

    def __post_init__(self) -> None:
        self._standings: dict[str, dict[str, Standing]] = {}
        self._looked: dict[str, int] = {}

    def play(self, scenario: str, warm: datetime, span: tuple[datetime, datetime], tick: timedelta) -> None:
        """Play a span of a scenario; events flow from `warm` on, when nobody looks yet."""
        asyncio.run(self._play(Stream(scenario, warm), span, tick))

    async def _play(self, stream: Stream, span: tuple[datetime, datetime], tick: timedelta) -> None:
        store, letters = ClickHouseStore(self.client, "kpi_g1"), MemoryDeadLetters()
        await store.open()
        pipeline = Pipeline(store, letters, load_registry())
        for topic, facts in EVENT_TOPICS.items():
            for number in range(facts.partitions):
                pipeline.assign(PartitionId(topic, number), set())
        moment, end = span
        while moment <= end:
            if due := self._due(moment):
                await drive(pipeline, in_batches(stream.until(moment), _BATCH))
                self.heard += [(moment, happening) for happening in self._look(moment, due)]
            moment += tick
        assert letters.letters == []

    def _due(self, moment: datetime) -> list[Rule]:
        return [rule for rule in self.rules if ms_of(moment) - self._looked.get(rule.id, 0) >= rule.every]

    def _look(self, moment: datetime, rules: Iterable[Rule]) -> Iterator[Happening]:
        """Let rules look at a moment; give what they say aloud."""
        self.client.command("TRUNCATE TABLE kpi_g1.pretended")
        self.client.insert("pretended", [[moment]], database="kpi_g1", column_names=["at"])
        answers: dict[str, dict[str, Any]] = {}
        for rule in rules:
            if rule.measure not in answers:
                answers[rule.measure] = self._answers(rule.measure)
            were = self._standings.get(rule.id, {})
            found = evaluate(rule, were, answers[rule.measure], lambda _: Look(ms_of(moment)))
            self._standings[rule.id], self._looked[rule.id] = found.standings, ms_of(moment)
            yield from (one for one in found.happenings if not one.standing.silent)

    def _answers(self, measure: str) -> dict[str, Any]:
        began = clock.monotonic()
        result = self.reader.query(pretended(measure_sql(measure)))
        self.asked[measure].append(clock.monotonic() - began)
        rows = (dict(zip(result.column_names, row, strict=True)) for row in result.result_rows)
        return {str(row["scope"]): row for row in rows}


def local(text: str) -> datetime:
    """Read a moment of Hanoi's clocks, such as 2026-01-06 10:00."""
    return datetime.fromisoformat(text).replace(tzinfo=HANOI).astimezone(UTC)
