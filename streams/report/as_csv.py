"""A report as one flat table: a line a figure, numbers as the views gave them."""

import csv
from datetime import date, datetime
from io import StringIO
from typing import Final

from streams.report.model import Figure, Report, Section, Value
from streams.report.units import clean

HEAD: Final = (
    "section", "line", "subject", "figure", "value", "unit", "before", "change", "goal", "verdict",
    "definition", "assumption",
)  # fmt: skip
# A spreadsheet takes a cell that begins so for a formula.
_FORMULA: Final = ("=", "+", "-", "@")


def as_csv(report: Report) -> str:
    """Write every figure; `line` tells which of a section's figures stand beside each other."""
    out = StringIO()
    writer = csv.writer(out)
    writer.writerow(HEAD)
    writer.writerows(
        _cells(section, number, figure)
        for section in report.sections
        for number, line in enumerate(section.lines, 1)
        for figure in line
    )
    return out.getvalue()


def _cells(section: Section, line: int, one: Figure) -> tuple[object, ...]:
    return (
        section.name, line, _cell(one.subject), one.name, _cell(one.value), one.unit, _cell(one.before),
        one.change, one.goal, one.verdict, one.definition, "yes" if one.assumed else "",
    )  # fmt: skip


def _cell(value: Value) -> object:
    if isinstance(value, datetime):
        return value.isoformat(timespec="milliseconds")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, str):
        text = clean(value)
        return f"'{text}" if text.startswith(_FORMULA) else text
    return "" if value is None else value
