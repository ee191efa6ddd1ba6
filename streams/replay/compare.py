"""Two generations number by number: equal, different by how much, or missing on one side.

Rows are compared as readers see them, summed over partitions. What one side has folded and the other one has
not looked at is told apart by the version of its rows: it is neither equal nor different.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final, NamedTuple

from clickhouse_connect.driver.client import Client

from streams.clock import HANOI
from streams.core.tables import PARTIAL_TABLES
from streams.events import epoch_ms
from streams.replay.frontier import Frontier
from streams.replay.plan import Positions
from streams.replay.selection import Selection
from streams.store_columns import REGISTERS

# Differences that are listed; all are counted.
LISTED: Final = 1_000
_MOMENT: Final = "moment"
# Of a partition that a frontier does not name: in live everything lies beyond it, in the replay nothing.
_UNNAMED: Final = {"against": 0, "run": 2**64 - 1}
_STATES: Final = ("equal", "different", "missing", "extra", "moved", "not_yet")
_CONDITIONS: Final = {
    "window_start": (
        "{w} >= toDateTime(intDiv({{start:Int64}}, 1000))",
        "{w} < toDateTime({{last_minute:Int64}})",
    ),
    "day": ("{w} >= {{first_day:Date}}", "{w} < {{last_day:Date}}"),
    _MOMENT: (
        "{w} >= fromUnixTimestamp64Milli({{start:Int64}})",
        "{w} < fromUnixTimestamp64Milli({{end:Int64}})",
    ),
}
# What an event says, without how it travelled: a scenario's events come at once, history's were sent later.
_SAID: Final = """replaceOne(payload, ',"backfill":true', '')"""


class Comparable(NamedTuple):
    """A table whose rows are compared: by window and dimensions, the measures (name and how it is made)."""

    name: str
    window: str
    dimensions: tuple[str, ...]
    measures: Mapping[str, str]
    has_sketch: bool = False
    version: str = "version"
    only: str = "1"

    @property
    def place(self) -> str:
        """Name the column that says at which gate or in which zone, if there is one."""
        return next((name for name in ("gate_id", "zone_id", "place") if name in self.dimensions), "")


def _fact(name: str, window: str, dimensions: Sequence[str], content: Sequence[str]) -> Comparable:
    """Of a row that is there or not, compare what it says by a hash."""
    there = "toInt64(NOT removed)"
    says = f"if(removed, 0, reinterpretAsInt64(sipHash64({', '.join(content)})))"
    return Comparable(name, window, tuple(dimensions), {"rows": there, "content": says})


_PARTIALS: Final = tuple(
    Comparable(
        table.name,
        table.window_column,
        table.dimensions,
        {name: name for name in table.measures},
        table.has_sketch,
    )
    for table in PARTIAL_TABLES.values()
)
_FACTS: Final = (
    *(
        _fact(name, "time", ["id", *(column for column in columns if column == "gate_id")], columns)
        for name, columns in REGISTERS.items()
    ),
    # Its words and its name hold offsets and positions. What was sent again is in the log alone, not in the
    # archive; a replay takes that over when it is promoted.
    _fact("findings", "at", ["kind", "entity", "subject"], ["type", "ids"])._replace(
        only="kind != 'resent_differs'"
    ),
    Comparable(
        "events",
        "time",
        ("type", "id", "subject"),
        {"rows": "toInt64(1)", "content": f"reinterpretAsInt64(sipHash64({_SAID}))"},
        version="position",
    ),
)
TABLES: Final = {table.name: table for table in (*_PARTIALS, *_FACTS)}


class Row(NamedTuple):
    """A row that is not the same: its measures in the generation compared with, and in the replay."""

    kpi: str
    at: datetime
    dimensions: Mapping[str, str]
    measures: Mapping[str, tuple[int, int]]


@dataclass
class Count:
    """How many rows of a table are how.

    `moved` are those that live events have changed since; `not_yet` those in which the replay knows events
    that live has not folded.
    """

    kpi: str
    equal: int = 0
    different: int = 0
    missing: int = 0
    extra: int = 0
    moved: int = 0
    not_yet: int = 0


@dataclass
class Comparison:
    """What was found."""

    counts: list[Count] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)

    @property
    def is_clean(self) -> bool:
        """Whether there are rows that could be compared, and every one of them is equal."""
        return self.compared > 0 and self.differing == 0

    @property
    def compared(self) -> int:
        """Count the rows that are equal, different or missing."""
        return self.differing + sum(count.equal for count in self.counts)

    @property
    def differing(self) -> int:
        """Count the rows that are different or missing."""
        return sum(count.different + count.missing + count.extra for count in self.counts)


class Comparer:
    """Compares the rows that a selection names.

    Args:
        client: a connection as the writer.
        against: the generation compared with.
        run: the replay's generation.
        selection: what the replay holds.
        frontier: up to where each of them knows the other; none: both stand still.
    """

    def __init__(
        self, client: Client, against: str, run: str, selection: Selection, frontier: Frontier
    ) -> None:
        self._client = client
        self._selection = selection
        self._parameters = {"against": against, "run": run, **_parameters(selection, frontier)}

    def compare(self, advance: Callable[[str], None]) -> Comparison:
        """Compare all tables, month by month; `advance` is told which table is next."""
        found = Comparison()
        for table in self._tables():
            advance(table.name)
            count = Count(table.name)
            for month in self._months(table):
                self._compare(table, month, count, found)
            if count != Count(table.name):
                found.counts.append(count)
        return found

    def _tables(self) -> Iterator[Comparable]:
        for table in TABLES.values():
            wanted = "zone_id" if self._selection.zone else "gate_id" if self._selection.gate else table.place
            if table.place in (wanted, "place"):
                yield table

    def _months(self, table: Comparable) -> list[int]:
        window = table.window
        sides = " UNION DISTINCT ".join(
            f"SELECT DISTINCT toYYYYMM({window}) AS month FROM {{{side}:Identifier}}.{table.name}"
            f" WHERE {self._where(table)}"
            for side in ("against", "run")
        )
        rows = self._client.query(f"SELECT month FROM ({sides}) ORDER BY month", parameters=self._parameters)
        return [row[0] for row in rows.result_rows]

    def _compare(self, table: Comparable, month: int, count: Count, found: Comparison) -> None:
        parameters = {**self._parameters, "month": month, "most": max(0, LISTED - len(found.rows))}
        row = self._client.query(self._statement(table), parameters=parameters).result_rows[0]
        *numbers, sample = row
        for name, number in zip(_STATES, numbers, strict=True):
            setattr(count, name, getattr(count, name) + number)
        room = LISTED - len(found.rows)
        found.rows += [_row(table, item) for item in sample[:room]]

    def _statement(self, table: Comparable) -> str:
        sides = " UNION ALL ".join(self._side(table, side) for side in ("against", "run"))
        theirs = ", ".join(f"sumIf({name}, side = 'against')" for name in table.measures)
        ours = ", ".join(f"sumIf({name}, side = 'run')" for name in table.measures)
        nothing = "[" + ", ".join(["0"] * len(table.measures)) + "]"
        buckets = [
            f"mapFilter((bucket, amount) -> amount != 0, sumMapIf(sketch, side = '{side}'))"
            if table.has_sketch
            else "map()"
            for side in ("against", "run")
        ]
        counts = ", ".join(f"countIf(state = '{state}')" for state in _STATES)
        return f"""
            SELECT {counts},
                arraySlice(groupArrayIf({LISTED})(
                    (at, dims, theirs, ours, toUInt8(their_sketch != our_sketch)),
                    state IN ('different', 'missing', 'extra')), 1, {{most:UInt32}})
            FROM
            (
                SELECT at, dims, [{theirs}] AS theirs, [{ours}] AS ours, {buckets[0]} AS their_sketch,
                    {buckets[1]} AS our_sketch,
                    maxIf(beyond, side = 'against') AS is_moved, maxIf(beyond, side = 'run') AS is_not_yet,
                    theirs = {nothing} AND empty(their_sketch) AS is_missing_there,
                    ours = {nothing} AND empty(our_sketch) AS is_missing_here,
                    multiIf(theirs = ours AND their_sketch = our_sketch, 'equal', is_moved, 'moved',
                        is_not_yet, 'not_yet', is_missing_here, 'missing', is_missing_there, 'extra',
                        'different') AS state
                FROM ({sides})
                GROUP BY at, dims
                HAVING NOT (is_missing_there AND is_missing_here)
            )
            SETTINGS do_not_merge_across_partitions_select_final = 1
        """

    def _side(self, table: Comparable, side: str) -> str:
        dims = ", ".join(f"ifNull(toString({name}), '')" for name in table.dimensions)
        columns = [f"{how} AS {name}" if how != name else name for name, how in table.measures.items()]
        columns += ["sketch"] if table.has_sketch else []
        beyond = "0"
        if self._parameters[f"{side}_partitions"]:
            beyond = (
                f"{table.version} >= transform(concat(topic, '/', toString(partition)),"
                f" {{{side}_partitions:Array(String)}}, {{{side}_positions:Array(UInt64)}},"
                f" toUInt64({_UNNAMED[side]}))"
            )
        return (
            f"SELECT '{side}' AS side, toDateTime64({table.window}, 3, 'UTC') AS at, [{dims}] AS dims,"
            f" {', '.join(columns)}, {beyond} AS beyond FROM {{{side}:Identifier}}.{table.name} FINAL"
            f" WHERE toYYYYMM({table.window}) = {{month:UInt32}} AND {self._where(table)}"
        )

    def _where(self, table: Comparable) -> str:
        kind = table.window if table.window in _CONDITIONS else _MOMENT
        first, last = (text.format(w=table.window) for text in _CONDITIONS[kind])
        selection = self._selection
        given = {
            first: selection.start is not None,
            last: selection.end is not None,
            "topic IN {topics:Array(String)}": bool(selection.topics),
            f"{table.place} = {{place:String}}": bool(selection.gate or selection.zone),
        }
        return " AND ".join([table.only, *(condition for condition, wanted in given.items() if wanted)])


def _parameters(selection: Selection, frontier: Frontier) -> dict[str, Any]:
    start, end = selection.start, selection.end
    return {
        **_frontier_parameters("against", frontier.known),
        **_frontier_parameters("run", frontier.reached),
        "start": epoch_ms(start) if start else 0,
        "end": epoch_ms(end) if end else 0,
        # Of the minute that it cuts only a part was read.
        "last_minute": epoch_ms(end) // 60_000 * 60 if end else 0,
        # Whole local days.
        "first_day": _local_day(start, timedelta(days=1, milliseconds=-1)) if start else date(1970, 1, 1),
        "last_day": _local_day(end, timedelta()) if end else date(1970, 1, 1),
        "topics": list(selection.topics),
        "place": selection.gate or selection.zone,
    }


def _frontier_parameters(side: str, positions: Positions) -> dict[str, Any]:
    return {f"{side}_partitions": list(positions), f"{side}_positions": list(positions.values())}


def _local_day(moment: datetime, rounding: timedelta) -> date:
    return (moment + rounding).astimezone(HANOI).date()


def _row(table: Comparable, item: tuple[datetime, Sequence[str], Sequence[int], Sequence[int], int]) -> Row:
    at, dimensions, theirs, ours, sketch = item
    pairs = zip(table.measures, theirs, ours, strict=True)
    measures = {name: (there, here) for name, there, here in pairs if there != here}
    if sketch:
        # Of buckets only that they differ is said.
        measures["sketch"] = (0, 1)
    named = dict(zip(table.dimensions, dimensions, strict=True))
    return Row(table.name, at.replace(tzinfo=UTC), named, measures)
