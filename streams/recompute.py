"""The SQL that works out again, from `events` alone, what every event contributes.

It shares nothing with the fold. A statement says which facts count, what stands of them, what that
contributes, and what is done with it.
"""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final, NamedTuple

from clickhouse_connect.driver.client import Client

from streams.clock import HANOI
from streams.resources import resource

FIRST_DAY: Final = date(2000, 1, 1)
LAST_DAY: Final = date(2100, 1, 2)

Consumed = Mapping[tuple[str, int], int]


class Part(NamedTuple):
    """Event types recomputed together.

    `reach`: how long after a window began its events may lie, if that is known. `restated`: not what counts,
    but what changed since a day was published.
    """

    name: str
    types: tuple[str, ...]
    reach: timedelta | None = None
    restated: bool = False


# A report's time is the end of its window, also in corrections; a visit may be corrected to any time.
PARTS: Final = (
    Part("crossings", ("vn.laocai.kpi.gate.crossing.v1",)),
    Part("clearances", ("vn.laocai.kpi.clearance.stage.v1",)),
    Part("outputs", ("vn.laocai.kpi.factory.output.v1",), timedelta(hours=1)),
    Part(
        "registers",
        ("vn.laocai.kpi.gate.state.v1", "vn.laocai.kpi.target.v1", "vn.laocai.kpi.declaration.v1"),
    ),
    Part("crossings", ("vn.laocai.kpi.gate.crossing.v1",), restated=True),
    Part("outputs", ("vn.laocai.kpi.factory.output.v1",), timedelta(hours=1), restated=True),
)


def comparison(part: Part) -> str:
    """Give the statement that compares what a part contributes with what is stored of it."""
    return statement(part, "verify/restated" if part.restated else "verify/windows", "verify/compare")


def statement(part: Part, *endings: str) -> str:
    """Join the statement of a part with its endings, files without their `.sql`."""
    counted = "verify/cuts" if part.restated else "verify/whole"
    names = ("verify/archived", counted, "verify/standing", f"verify/{part.name}", *endings)
    return "".join(resource(f"sql/{name}.sql").read_text(encoding="utf-8") for name in names)


def window_parameters(part: Part, start: datetime, end: datetime, consumed: Consumed) -> dict[str, Any]:
    """Give the parameters of a statement: the windows from `start` to before `end`, the events consumed."""
    return {
        "types": list(part.types),
        "window_from": text_of(start),
        "window_to": text_of(end),
        "scan_from": text_of(start if part.reach else midnight(FIRST_DAY)),
        "scan_to": text_of(end + part.reach if part.reach else midnight(LAST_DAY)),
        "partitions": [f"{topic}/{partition}" for topic, partition in consumed],
        "next_positions": [position + 1 for position in consumed.values()],
    }


def consumed_of(client: Client) -> dict[tuple[str, int], int]:
    """Read how far each partition of the connection's generation is stored."""
    rows = client.query("SELECT topic, partition, max(position) FROM consumed GROUP BY topic, partition")
    return {(topic, partition): position for topic, partition, position in rows.result_rows}


def midnight(day: date) -> datetime:
    """Give the moment at which a local day begins, in UTC."""
    return datetime.combine(day, datetime.min.time(), HANOI).astimezone(UTC)


def text_of(moment: datetime) -> str:
    """Write a moment in UTC as ClickHouse reads it, to the millisecond."""
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S.%f}"[:-3]
