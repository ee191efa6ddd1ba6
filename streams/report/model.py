"""A report: what every renderer needs, and nothing that it must still work out; pure."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, Literal

#: A value as the view gave it.
Value = int | float | str | bool | date | datetime | None

_HEADS: Final = ("Chỉ tiêu", "Trị số", "Kỳ so sánh", "Thay đổi", "Mục tiêu", "Đánh giá")
_NO_NUMBERS: Final = frozenset(["", "word", "time", "date"])
_NUMBERS: Final = frozenset(_HEADS[1:4])


@dataclass(frozen=True)
class Figure:
    """One number or word: how it is written, and how it stands to the period before and to its goal."""

    subject: str
    name: str
    value: Value
    text: str
    unit: str = ""
    before: Value = None
    before_text: str = ""
    change: str = ""
    goal: str = ""
    verdict: str = ""
    definition: str = ""
    assumed: bool = False

    @property
    def label(self) -> str:
        """Say of what the figure is, with a mark where it rests on an assumption."""
        return _marked(" · ".join(part for part in (self.subject, self.name) if part), self)


@dataclass(frozen=True)
class Section:
    """Figures that belong together, a line each thing that they are of.

    As `figures` each has a row of its own beside that of the period before; as `records` each line is a row.
    """

    name: str
    title: str
    lines: tuple[tuple[Figure, ...], ...]
    layout: Literal["figures", "records"] = "figures"
    note: str = ""
    #: What the section says where it has no lines.
    nothing: str = ""

    @property
    def head(self) -> tuple[str, ...]:
        """Give the heads of the columns."""
        return tuple(column[0] for column in self._columns)

    @property
    def rows(self) -> tuple[tuple[str, ...], ...]:
        """Give the rows as text."""
        return tuple(zip(*(column[1:] for column in self._columns), strict=True))

    def is_number(self, column: int) -> bool:
        """Tell whether a column holds numbers, which stand to the right."""
        if self.layout == "figures":
            return self.head[column] in _NUMBERS
        return column > 0 and self.lines[0][column - 1].unit not in _NO_NUMBERS

    @property
    def _columns(self) -> list[tuple[str, ...]]:
        """Give the columns, each with its head; one of `figures` that says nothing is left out."""
        if not self.lines:
            return []
        return _records(self.lines) if self.layout == "records" else _figures(self.figures)

    @property
    def figures(self) -> Iterator[Figure]:
        """Give all figures."""
        return (figure for line in self.lines for figure in line)


def _marked(words: str, figure: Figure) -> str:
    return f"{words}*" if figure.assumed else words


def _records(lines: Sequence[Sequence[Figure]]) -> list[tuple[str, ...]]:
    subjects = ("", *(line[0].subject for line in lines))
    return [
        subjects,
        *(
            (_marked(cells[0].name, cells[0]), *(one.text for one in cells))
            for cells in zip(*lines, strict=True)
        ),
    ]


def _figures(figures: Iterable[Figure]) -> list[tuple[str, ...]]:
    rows = [(one.label, one.text, one.before_text, one.change, one.goal, one.verdict) for one in figures]
    columns = [(head, *cells) for head, cells in zip(_HEADS, zip(*rows, strict=True), strict=True)]
    return [column for column in columns if any(column[1:])]


@dataclass(frozen=True)
class Note:
    """What a figure of the report means and rests on; the catalogue has it in full under its name."""

    name: str
    title: str
    meaning: str
    assumption: str


@dataclass(frozen=True)
class Report:
    """A report, whole."""

    title: str
    #: The period on the clocks of both sides, what it is compared with, and when the report was made.
    facts: tuple[tuple[str, str], ...]
    #: Said above everything, as that the events are simulated.
    warnings: tuple[str, ...]
    sections: tuple[Section, ...]
    notes: tuple[Note, ...]
    asked_at: datetime
