"""What is stored, read past all product code but the address: events, dead letters, rows, the views' sums."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final, NamedTuple

import clickhouse_connect
from clickhouse_connect.driver.client import Client

from streams.clickhouse import writer_options
from streams.settings import Settings
from tests.faults.oracle import At
from tests.faults.topics import Place
from tests.oracle import Rows

_ANSWER_S: Final = 20
# Whoever judges half an hour of flat-out events reads all of them: more than the engine lets a user have.
_VERDICT_S: Final = 300
_VERDICT_BYTES: Final = 4 << 30
_MINUTE, _HOUR, _DAY = "toUnixTimestamp(window_start)", "toUnixTimestamp(window_start)", "toInt32(day)"
_TRADE: Final = (
    ("gate_id", "direction", "regime", "hs_chapter"),
    ("value_usd_minor", "net_mass_kg", "lines"),
)
_COMMODITY: Final = (("gate_id", "direction", "regime", "hs_code"), _TRADE[1])
_REVENUE: Final = (("gate_id", "direction"), ("duty_vnd", "fee_vnd", "payments"))
_CROSSINGS: Final = (("gate_id", "direction", "vehicle_class", "loaded"), ("vehicles", "gross_mass_kg"))
_LATENCY: Final = (
    ("interval", "gate_id", "direction", "lane_id", "channel"),
    ("vehicles", "within_goal", "total_ms"),
)
_WAITING: Final = (("gate_id", "direction"), ("vehicles", "arrived", "turned_back"))
_FINISHED: Final = (
    ("interval", "gate_id", "direction", "lane_id", "channel", "started_ms"),
    ("vehicles", "stops"),
)
_STEPS: Final = (("agency", "step", "gate_id", "direction", "channel"), ("vehicles", "total_ms"))
_HOLDING: Final = (("gate_id", "direction", "agency", "step"), ("vehicles",))
_OUTPUT: Final = (
    ("zone_id", "plant_id", "line_id", "product", "price_basis", "unit"),
    ("value_vnd", "quantity_micro", "reports"),
)
_LINE_STATE: Final = (
    ("zone_id", "plant_id", "line_id", "state", "stop_reason", "stopped", "window_minutes"),
    ("starts",),
)
_RESTATEMENT: Final = (("kpi", "place", "cause"), ("difference", "events"))
_TABLES: Final[Mapping[str, tuple[str, tuple[tuple[str, ...], tuple[str, ...]]]]] = {
    "trade_minute": (_MINUTE, _TRADE),
    "trade_day": (_DAY, _TRADE),
    "commodity_day": (_DAY, _COMMODITY),
    "revenue_day": (_DAY, _REVENUE),
    "crossings_minute": (_MINUTE, _CROSSINGS),
    "crossings_day": (_DAY, _CROSSINGS),
    "latency_minute": (_MINUTE, _LATENCY),
    "latency_day": (_DAY, _LATENCY),
    "finished": ("toUnixTimestamp64Milli(ended_at)", _FINISHED),
    "steps_day": (_DAY, _STEPS),
    "holding": ("toUnixTimestamp64Milli(held_at)", _HOLDING),
    "waiting": ("toUnixTimestamp64Milli(arrived_at)", _WAITING),
    "output_hour": (_HOUR, _OUTPUT),
    "output_day": (_DAY, _OUTPUT),
    "line_state_hour": (_HOUR, _LINE_STATE),
    "restatement_day": (_DAY, _RESTATEMENT),
}
# What users see: the public views, under the names of the tables behind them.
_VIEWS: Final = {
    "trade_by_minute": ("trade_minute", ("value_usd_minor", "net_mass_kg", "lines")),
    "trade_by_day": ("trade_day", ("value_usd_minor", "net_mass_kg", "lines")),
    "crossings_by_minute": ("crossings_minute", ("vehicles",)),
    "crossings_by_day": ("crossings_day", ("vehicles",)),
    "latency_by_minute": ("latency_minute", ("vehicles", "total_ms")),
    "latency_by_day": ("latency_day", ("vehicles", "total_ms")),
    "output_by_hour": ("output_hour", ("value_vnd",)),
    "output_by_day": ("output_day", ("value_vnd",)),
}


class Stored(NamedTuple):
    """All that the invariants speak of."""

    events: Mapping[At, str]
    dead: Mapping[At, str]
    twice: Sequence[At]
    distinct_ids: int
    rows: Rows
    view_totals: Mapping[tuple[str, str], int]


@contextmanager
def engine(settings: Settings, answer_s: int = _ANSWER_S) -> Iterator[Client]:
    """Connect, by default with short patience: the engine may be frozen."""
    client = clickhouse_connect.get_client(
        **writer_options(settings), connect_timeout=2, send_receive_timeout=answer_s, query_limit=0
    )
    client.set_client_setting("max_memory_usage", _VERDICT_BYTES)
    try:
        yield client
    finally:
        client.close()


def generation(settings: Settings) -> str:
    """Name the database of the first generation."""
    return f"{settings.database}_g1"


def read_stored(settings: Settings) -> Stored:
    """Read everything once the line is drained."""
    with engine(settings, _VERDICT_S) as client:
        live = generation(settings)
        events = client.query(
            f"SELECT topic, partition, position, toString(id) FROM {live}.events FINAL"
        ).result_rows
        return Stored(
            {At(Place(*row[:2]), row[2]): row[3] for row in events},
            _dead(client, live),
            _twice(client, live),
            int(client.query(f"SELECT uniqExact(id) FROM {live}.events").result_rows[0][0]),
            {key: row for table in _TABLES for key, row in _rows(client, live, table)},
            _view_totals(client, settings.database),
        )


def read_consumed(client: Client, live: str) -> dict[Place, int]:
    """Give the last position of each partition that is recorded as stored."""
    sql = f"SELECT topic, partition, max(position) FROM {live}.consumed GROUP BY topic, partition"
    return {Place(*row[:2]): row[2] for row in client.query(sql).result_rows}


def _dead(client: Client, live: str) -> dict[At, str]:
    sql = f"SELECT topic, partition, position, reason FROM {live}.dead_letters FINAL"
    return {At(Place(*row[:2]), row[2]): row[3] for row in client.query(sql).result_rows}


def _twice(client: Client, live: str) -> list[At]:
    sql = f"""SELECT topic, partition, position FROM {live}.events FINAL
              GROUP BY topic, partition, position HAVING count() > 1"""
    return [At(Place(*row[:2]), row[2]) for row in client.query(sql).result_rows]


def _rows(client: Client, live: str, table: str) -> Iterator[tuple[Any, dict[Any, int]]]:
    window, (dimensions, measures) = _TABLES[table]
    sketch = ["sumMap(sketch)"] if table.startswith(("latency", "steps", "restatement")) else []
    columns = [window, *dimensions, *(f"sum({name})" for name in measures), *sketch]
    groups = ", ".join((window, *dimensions))
    for values in client.query(
        f"SELECT {', '.join(columns)} FROM {live}.{table} FINAL GROUP BY {groups}"
    ).result_rows:
        places = 1 + len(dimensions)
        row = dict(zip(measures, values[places:], strict=False)) | (values[-1] if sketch else {})
        row = {name: amount for name, amount in row.items() if amount}
        if row:
            yield (table, values[0], tuple(values[1:places])), row


def _view_totals(client: Client, database: str) -> dict[tuple[str, str], int]:
    found: dict[tuple[str, str], int] = {}
    for view, (table, measures) in _VIEWS.items():
        sums = ", ".join(f"toInt64(sum({name}))" for name in measures)
        values = client.query(f"SELECT {sums} FROM {database}.{view}").result_rows[0]
        found |= {(table, name): int(value) for name, value in zip(measures, values, strict=True)}
    return found
