"""Asks the public views for a report: one query a section, as the reader."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from clickhouse_connect.driver.client import Client

from streams.report.part import Part, Row
from streams.report.periods import Span
from streams.resources import resource


def ask(client: Client, span: Span, parts: Sequence[Part]) -> Mapping[str, list[Row]]:
    """Give the rows of each section by its name."""
    return {part.name: _rows(client, part.file, span, part.intervals) for part in parts}


def is_simulated(client: Client, span: Span) -> bool:
    """Tell whether the period holds simulated events."""
    return bool(_rows(client, "simulated", span)[0]["simulated"])


def missing(client: Client, span: Span) -> list[Row]:
    """Give the stretches of days of the year of which nothing is known."""
    return _rows(client, "missing", span)


def _rows(client: Client, name: str, span: Span, intervals: Sequence[str] = ()) -> list[Row]:
    sql = resource(f"sql/queries/report/{name}.sql").read_text(encoding="utf-8")
    parameters = {**_moments(span), "intervals": list(intervals)}
    answer = client.query(sql, parameters=parameters, tz_mode="aware")
    return [dict(zip(answer.column_names, row, strict=True)) for row in answer.result_rows]


def _moments(span: Span) -> dict[str, Any]:
    moments = {
        "begin": span.period.begin,
        "end": span.end,
        "before_begin": span.before.begin,
        "before_end": span.before_end,
        "hours_end": _whole_hour(span.end),
        "hours_before_end": _whole_hour(span.before_end),
    }
    return {name: moment.astimezone(UTC).replace(tzinfo=None) for name, moment in moments.items()}


def _whole_hour(moment: datetime) -> datetime:
    return moment.replace(minute=0, second=0, microsecond=0)
