"""A report as text for a terminal or a mail."""

from io import StringIO

from rich.console import Console
from rich.table import Table
from rich.text import Text

from streams.report.model import Report, Section

_WIDTH = 120


def as_text(report: Report) -> str:
    """Write the report in lines of at most 120 characters."""
    file = StringIO()
    out = Console(file=file, width=_WIDTH, color_system=None, highlight=False, markup=False)
    for line in (report.title, *report.warnings, *(f"{name}: {fact}" for name, fact in report.facts)):
        out.print(Text(line))
    for section in report.sections:
        _print(out, section)
    for note in report.notes:
        if note.assumption:
            out.print(Text(f"* {note.title} ({note.name}), giả định: {note.assumption}"))
    return file.getvalue()


def _print(out: Console, section: Section) -> None:
    out.print(Text(f"\n{section.title}"))
    if not section.rows:
        out.print(Text(section.nothing))
        return
    table = Table(box=None, pad_edge=False)
    for number, head in enumerate(section.head):
        table.add_column(Text(head), justify="right" if section.is_number(number) else "left")
    for row in section.rows:
        table.add_row(*map(Text, row))
    out.print(table)
    if section.note:
        out.print(Text(section.note))
