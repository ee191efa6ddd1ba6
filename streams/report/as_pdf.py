"""A report as PDF: typst sets `templates/report.typ` in its own fonts, which are the same everywhere."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

import typst

from streams.report.model import Report, Section

_TEMPLATE: Final = Path(__file__).parent / "templates" / "report.typ"


def as_pdf(report: Report) -> bytes:
    """Set the report on A4 pages; its texts are data to the template, never markup."""
    data = {
        "title": report.title,
        "facts": report.facts,
        "warnings": report.warnings,
        "sections": [_section(section) for section in report.sections],
        "notes": [asdict(note) for note in report.notes],
    }
    return typst.compile(
        _TEMPLATE,
        ignore_system_fonts=True,
        sys_inputs={"report": json.dumps(data, ensure_ascii=False)},
        timestamp=int(report.asked_at.timestamp()),
    )


def _section(section: Section) -> dict[str, Any]:
    return {
        "title": section.title,
        "head": section.head,
        "rows": section.rows,
        "numbers": [section.is_number(number) for number in range(len(section.head))],
        "note": section.note,
        "nothing": section.nothing,
    }
