"""The partial rows of the live generation, as the oracle writes them."""

from typing import Any

from streams.clickhouse import connect_reader
from streams.core.tables import PARTIAL_TABLES, PartialTable
from streams.migrate import live_generation
from streams.settings import Settings

_NUMBERS = {
    "window_start": "toUnixTimestamp(window_start)",
    "day": "toInt32(day)",
    "arrived_at": "toUnixTimestamp64Milli(arrived_at)",
    "ended_at": "toUnixTimestamp64Milli(ended_at)",
    "held_at": "toUnixTimestamp64Milli(held_at)",
}


def stored_rows(settings: Settings) -> dict[Any, dict[Any, int]]:
    """Read all partials, summed over partitions; measures that are zero are left out."""
    client = connect_reader(settings)
    generation = live_generation(client, settings)
    rows: dict[Any, dict[Any, int]] = {}
    for table in PARTIAL_TABLES.values():
        for values in client.query(_sums(table, generation)).result_rows:
            places = 1 + len(table.dimensions)
            measures: dict[Any, int] = dict(zip(table.measures, values[places:], strict=False))
            measures |= values[-1] if table.has_sketch else {}
            rows[table.name, values[0], tuple(values[1:places])] = {m: n for m, n in measures.items() if n}
    client.close()
    return {key: measures for key, measures in rows.items() if measures}


def _sums(table: PartialTable, generation: str) -> str:
    sketch = ["sumMap(sketch)"] if table.has_sketch else []
    sums = [f"sum({measure})" for measure in table.measures]
    columns = [_NUMBERS[table.window_column], *table.dimensions, *sums, *sketch]
    group = ", ".join([table.window_column, *table.dimensions])
    return f"SELECT {', '.join(columns)} FROM {generation}.{table.name} FINAL GROUP BY {group}"
