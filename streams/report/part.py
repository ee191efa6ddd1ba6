"""What a section of a report is made of: one SQL file, and what its columns are called and written; pure."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from streams.report.model import Figure, Section, Value
from streams.report.periods import Span
from streams.report.units import Unit, clean

Row = Mapping[str, Value]
Words = Callable[[Row], str]


def _nothing(_: Row) -> str:
    return ""


def _always(_: Span) -> bool:
    return True


@dataclass(frozen=True)
class Measure:
    """A column of a section's rows; beside `NAME` the query may give `NAME_before`.

    `definition` is its name in the catalogue; `goal` says what it should be, `judge` how it stands.
    """

    column: str
    title: str
    unit: Unit | Callable[[Row], Unit]
    definition: str = ""
    goal: Words = _nothing
    judge: Words = _nothing


@dataclass(frozen=True)
class Part:
    """A section: `sql/queries/report/QUERY.sql` gives its rows, each of a `subject` and maybe a `detail`."""

    name: str
    title: str
    measures: tuple[Measure, ...]
    query: str = ""
    intervals: tuple[str, ...] = ()
    layout: Literal["figures", "records"] = "figures"
    #: What the row of neither subject nor detail is called.
    total: str = "Tổng"
    note: str = ""
    nothing: str = "Không có trong kỳ."
    shown: Callable[[Span], bool] = _always

    @property
    def file(self) -> str:
        """Name the SQL file, without its ending."""
        return self.query or self.name


def section_of(part: Part, rows: list[Row], names: Mapping[str, str], assumed: frozenset[str]) -> Section:
    """Make a section of what its query gave."""
    lines = tuple(
        tuple(_figure(measure, row, _subject(part, row, names), assumed) for measure in part.measures)
        for row in rows
    )
    return Section(part.name, part.title, lines, part.layout, part.note, part.nothing)


def _subject(part: Part, row: Row, names: Mapping[str, str]) -> str:
    slugs = [str(row[column]) for column in ("subject", "detail") if row.get(column)]
    return " · ".join(names.get(slug, clean(slug)) for slug in slugs) or part.total


def _figure(measure: Measure, row: Row, subject: str, assumed: frozenset[str]) -> Figure:
    unit = measure.unit if isinstance(measure.unit, Unit) else measure.unit(row)
    value, before = row[measure.column], row.get(f"{measure.column}_before")
    compared = f"{measure.column}_before" in row
    return Figure(
        subject=subject,
        name=measure.title,
        value=value,
        text=unit.text(value),
        unit=unit.name,
        before=before,
        before_text=unit.text(before) if compared else "",
        change=unit.change(value, before) if compared else "",
        goal=measure.goal(row),
        verdict=measure.judge(row),
        definition=measure.definition,
        assumed=measure.definition in assumed,
    )
